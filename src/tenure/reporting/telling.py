"""A measurement that is an alert → the beginning of a sentence that a person understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tenure.domain.measurements import Measurement, Scope
from tenure.domain.report import Drift, Matured

_METRICS = {"psi": "PSI", "kl": "KL divergence", "roc_auc_error": "AUC", "accuracy_error": "accuracy"}


def tell_alert(alert: Measurement, drift: Sequence[Drift], performance: Sequence[Matured]) -> str:
    """What the alert says, with its number, its limit and the rows it rests on.

    Parameters
    ----------
    alert
        The measurement.
    drift
        The features of the period: they tell the weight of the one it is about.
    performance
        The cohorts of the period: they tell who scored the one it is about.

    Examples
    --------
    >>> from datetime import date
    >>> from tenure.domain.measurements import MeasurementVerdict
    >>> day, verdict = date(2024, 3, 31), MeasurementVerdict.ALERT
    >>> tell_alert(Measurement(day, Scope.FEATURE, "income", "psi", 0.41, 0.25, 520, verdict), (), ())
    '`income` has drifted: PSI 0.41 (limit 0.25, n=520)'
    """
    tell = _WORDS.get(alert.metric.partition(" ")[0])
    if tell is None or alert.value is None:
        value = "unknown" if alert.value is None else f"{alert.value:.3g}"
        return f"{_subject(alert, performance)} has {alert.metric} {value} ({_limit(alert)})"
    return f"{_subject(alert, performance)} {tell(alert)}{_weight(alert, drift)}"


def _subject(alert: Measurement, performance: Sequence[Matured]) -> str:
    if alert.scope is Scope.SCORE:
        return "The score" if alert.feature == "score" else f"The {alert.feature}"
    if alert.scope is Scope.CLASS:
        return f"Class `{alert.feature}`"
    if alert.scope is Scope.PERFORMANCE:
        scored = [f" (scored by version {c.version})" for c in performance if str(c.cohort) == alert.feature]
        return f"{_measured(alert)} cohort {alert.feature}{scored[0] if scored else ''}"
    if alert.scope is Scope.ESTIMATE:
        return f"The cohort {alert.feature}"
    if alert.scope is Scope.RULE:
        return f"Your monitor `{alert.feature}`"
    return f"`{alert.feature}`"


def _measured(alert: Measurement) -> str:
    metric, _, of_class = alert.metric.partition(" ")
    if of_class:
        return f"The share of `{of_class}` in the"
    return "Accuracy on the" if metric == "accuracy_drop" else "The"


def _drifted(alert: Measurement) -> str:
    return f"has drifted: {_METRICS[alert.metric]} {alert.value:.2f} ({_limit(alert)})"


def _nulls(alert: Measurement) -> str:
    return f"is null in {_points(alert)} points more of the rows than in training ({_limit_points(alert)})"


def _share(alert: Measurement) -> str:
    more = "more" if (alert.value or 0.0) > 0 else "less"
    return f"is predicted for {_points(alert)} points {more} of the rows ({_limit_points(alert)})"


def _accuracy(alert: Measurement) -> str:
    return f"is {_points(alert)} % below that of the test rows ({_limit_points(alert, ' %')})"


def _calibration(alert: Measurement) -> str:
    side = "above" if (alert.value or 0.0) > 0 else "below"
    return f"came out {_points(alert)} points {side} what the scores said ({_limit_points(alert)})"


def _surprise(alert: Measurement) -> str:
    side = "better" if (alert.value or 0.0) > 0 else "worse"
    metric = _METRICS.get(alert.metric, alert.metric)
    return f"did {side} than its scores promised: {metric} {alert.value:+.3f} ({_limit(alert)})"


_WORDS: Mapping[str, Callable[[Measurement], str]] = {
    "psi": _drifted,
    "kl": _drifted,
    "null_increase": _nulls,
    "share_change": _share,
    "accuracy_drop": _accuracy,
    "calibration_gap": _calibration,
    "roc_auc_error": _surprise,
    "accuracy_error": _surprise,
}


def _weight(alert: Measurement, drift: Sequence[Drift]) -> str:
    shares = [row.importance for row in drift if row.feature == alert.feature]
    if alert.scope is not Scope.FEATURE or not shares or shares[0] is None:
        return ""
    return f"; it holds {shares[0]:.1%} of the model's importance"


def _points(alert: Measurement) -> str:
    return f"{100 * abs(alert.value or 0.0):.1f}"


def _limit(alert: Measurement) -> str:
    return f"n={alert.n:,}" if alert.threshold is None else f"limit {alert.threshold:g}, n={alert.n:,}"


def _limit_points(alert: Measurement, unit: str = "") -> str:
    if alert.threshold is None:
        return f"n={alert.n:,}"
    return f"limit {100 * alert.threshold:g}{unit}, n={alert.n:,}"
