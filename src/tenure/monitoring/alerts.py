"""Measurements that are alerts or warnings, as findings: one per feature, with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tenure.domain.findings import Finding, Severity
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope

_CODES = {
    "psi": "MON001",
    "kl": "MON002",
    "null_increase": "MON003",
    "new_category_share": "MON004",
    "cardinality_ratio": "MON005",
    "share_change": "MON006",
    "accuracy_drop": "MON007",
    "calibration_gap": "MON008",
    "out_of_range": "MON011",
    "mean_shift": "MON012",
    "roc_auc_error": "MON020",
    "accuracy_error": "MON020",
}
_WORDS = {
    "psi": "has drifted",
    "kl": "has drifted",
    "null_increase": "is null more often",
    "new_category_share": "has categories the model never saw",
    "cardinality_ratio": "has more categories",
    "share_change": "is predicted more or less often",
    "accuracy_drop": "was scored less accurately than the test rows",
    "calibration_gap": "came out otherwise than the scores said",
    "out_of_range": "has values beyond all that the model was trained on",
    "mean_shift": "has another mean",
    "roc_auc_error": "did otherwise than had been estimated",
    "accuracy_error": "did otherwise than had been estimated",
}
_WEIGHED = (Scope.FEATURE, "psi")
_TOLD = {MeasurementVerdict.ALERT, MeasurementVerdict.WARNING}


def findings_of(measurements: Sequence[Measurement]) -> Iterator[Finding]:
    """A finding for every measurement that is an alert or a warning; drift says what it weighs."""
    severity = {
        m.feature: m.value for m in measurements if (m.scope, m.metric) == (Scope.FEATURE, "severity")
    }
    for measured in measurements:
        metric = measured.metric.split(" ", maxsplit=1)[0]
        if measured.verdict in _TOLD and metric in _CODES:
            weighs = severity.get(measured.feature) if (measured.scope, metric) == _WEIGHED else None
            yield _finding(measured, metric, weighs)


def _finding(measured: Measurement, metric: str, severity: float | None) -> Finding:
    about = "the cohort " if measured.scope in {Scope.PERFORMANCE, Scope.ESTIMATE} else ""
    name = "the score" if measured.scope is Scope.SCORE else f"{about}`{measured.feature}`"
    weight = "" if severity is None else f", severity {severity:.2f}"
    alert = measured.verdict is MeasurementVerdict.ALERT
    return Finding(
        code=_CODES[metric],
        severity=Severity.WARNING if alert else Severity.INFO,
        message=f"{name} {_WORDS[metric]}: {measured.metric} {measured.value:.3g} "
        f"(limit {measured.threshold:.3g}, n={measured.n:,}{weight})",
        scope=measured.scope.value,
        column=measured.feature,
        n_rows=measured.n,
    )
