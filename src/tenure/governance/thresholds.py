"""What a number must be before something follows: triggers, brakes, conditions of the gate, limits."""

from __future__ import annotations

from collections.abc import Iterator

from tenure.governance.model import Table
from tenure.project import Project

_LIMITS = {
    "psi": ("drift of a feature or the score (PSI)", "alert"),
    "psi_warning": ("drift of a feature or the score (PSI)", "warning"),
    "prediction_drift": ("drift of the score (KL divergence)", "alert"),
    "null_increase": ("more nulls than in training, as a share", "alert"),
    "new_category_share": ("rows in categories that training did not have", "warning"),
    "mean_shift": ("mean of a number, in standard deviations", "warning"),
    "out_of_range": ("rows beyond the range of training", "warning"),
    "cardinality_ratio": ("categories to those of training", "warning"),
    "class_share": ("share of a class against training", "alert"),
    "accuracy_drop": ("accuracy of a cohort below the test rows'", "alert"),
    "calibration_gap": ("share that came true less mean score", "alert"),
    "estimate_error": ("metric of a cohort less its estimate", "alert"),
}
"""Keys of ``monitor`` that are limits: what is measured, and what a number beyond is."""
_TRIGGERS = {
    "psi": "a feature that matters drifted by more than",
    "prediction_drift": "the scores drifted (KL divergence) by more than",
    "high_alerts": "high-severity alerts in one period, at least",
    "accuracy_drop": "accuracy on matured labels is lower than on test by more than",
    "every_periods": "periods since the last training",
    "max_age_periods": "periods in office",
}
_BRAKES = {
    "cooldown_periods": "periods between two trainings, at least",
    "min_labels": "matured labels, at least",
    "min_label_times": "event times that labels come from, at least",
}


def limits(project: Project) -> Table:
    """What is watched, each with its limit."""
    rows = [
        (what, f"{getattr(project.monitor, name):g}", follows, f"monitor.{name}")
        for name, (what, follows) in _LIMITS.items()
    ]
    rows += [
        (rule.name, " or ".join(_bounds(rule.below, rule.above)), rule.verdict, "monitor.rules")
        for rule in project.monitor.rules
    ]
    return Table(("what is measured", "limit", "beyond it", "key"), tuple(rows))


def triggers(project: Project) -> Table:
    """What asks for a training, and what holds it back."""
    told = [
        (kind, what, "off" if value is None else f"{value:g}", f"retrain.{name}")
        for kind, names in (("trigger", _TRIGGERS), ("brake", _BRAKES))
        for name, what in names.items()
        for value in [getattr(project.retrain, name)]
    ]
    return Table(("", "what", "limit", "key"), tuple(told))


def conditions(project: Project) -> Table:
    """What a candidate must show to take office."""
    return Table(("condition", "asked", "key"), tuple(_conditions(project)))


def _conditions(project: Project) -> Iterator[tuple[str, str, str]]:
    gate, fairness = project.gate, project.gate.fairness
    yield "leakage audit", "without an error that is not muted", "audit"
    yield "clean process", "the bundle loads, every hash is right, the probabilities are the same", "gate"
    yield "test rows", f"at least {gate.min_rows:,}", "gate.min_rows"
    for metric, value in gate.minimum.items():
        yield (
            metric,
            f"at least {value:g}" if metric not in {"brier", "log_loss"} else f"at most {value:g}",
            "gate.minimum",
        )
    beat = gate.beat_champion
    interval = ", and the 95 % interval on its side" if beat.interval == "required" else ""
    yield "against the champion", f"{beat.metric} better by {beat.by:.1%}{interval}", "gate.beat_champion"
    if gate.latency_ms is not None:
        yield "one row", f"within {gate.latency_ms:g} ms of processor time", "gate.latency_ms"
    protected = [
        f"{name}.{column}"
        for name, source in project.sources.items()
        for column, rule in (source.columns or {}).items()
        if rule.protected
    ]
    asked = _fairness(fairness.min_impact_ratio, fairness.max_tpr_gap, fairness.max_fpr_gap)
    told = f"{asked} ({', '.join(protected)})" if protected else "nothing: no column is marked protected"
    yield "groups of people", told, "gate.fairness"
    yield "a person", gate.approval, "gate.approval"


def _fairness(ratio: float | None, tpr: float | None, fpr: float | None) -> str:
    told = [
        ("impact ratio at least", ratio),
        ("gap in recall at most", tpr),
        ("gap in false positives at most", fpr),
    ]
    return ", ".join(f"{what} {value:g}" for what, value in told if value is not None) or "nothing"


def _bounds(below: float | None, above: float | None) -> Iterator[str]:
    if below is not None:
        yield f"below {below:g}"
    if above is not None:
        yield f"above {above:g}"
