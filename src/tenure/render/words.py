"""Numbers and names as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterable

from tenure.domain.measurements import MeasurementVerdict
from tenure.domain.report import Matured

NOTHING = "–"
"""What stands where there is no number."""
_METRICS = {
    "roc_auc": "AUC",
    "gini": "Gini",
    "ks": "KS",
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall",
    "accuracy": "Accuracy",
    "brier": "Brier",
    "log_loss": "Log loss",
    "accuracy_drop": "Accuracy drop",
    "calibration_gap": "Calibration gap",
    "observed_share": "Came true",
    "matured_share": "Matured",
    "benefit_per_row": "Saved per row",
}
_MARKS = {
    MeasurementVerdict.ALERT: "▲",
    MeasurementVerdict.WARNING: "◆",
    MeasurementVerdict.OK: "●",
    MeasurementVerdict.NOT_ENOUGH_ROWS: "○",
    MeasurementVerdict.NO_THRESHOLD: "·",
}


def count(value: int | None) -> str:
    """A count with thousands apart.

    Examples
    --------
    >>> count(12500), count(None)
    ('12,500', '–')
    """
    return NOTHING if value is None else f"{value:,}"


def number(value: float | None, digits: int = 3) -> str:
    """A number with so many decimals; a very small or very large one in scientific notation.

    Examples
    --------
    >>> number(0.81249), number(None), number(3e-7), number(0.0), number(1234567.0)
    ('0.812', '–', '3.0e-07', '0.000', '1.2e+06')
    """
    if value is None:
        return NOTHING
    if value and (abs(value) < 10**-digits / 2 or abs(value) >= 10**6):
        return f"{value:.1e}"
    return f"{value:.{digits}f}"


def plain(value: float | None) -> str:
    """A number as short as it can be told: a whole one as a count.

    Examples
    --------
    >>> plain(9360.0), plain(0.25), plain(0.49871), plain(None)
    ('9,360', '0.25', '0.4987', '–')
    """
    return NOTHING if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share in percent.

    Examples
    --------
    >>> percent(0.1234), percent(None)
    ('12.3 %', '–')
    """
    return NOTHING if value is None else f"{100 * value:.{digits}f} %"


def signed_percent(value: float | None, digits: int = 1) -> str:
    """A difference of shares in percentage points, with its sign.

    Examples
    --------
    >>> signed_percent(0.05), signed_percent(-0.0001)
    ('+5.0', '-0.0')
    """
    return NOTHING if value is None else f"{100 * value:+.{digits}f}"


def ordered(names: Iterable[str]) -> list[str]:
    """Names of metrics in the order a person reads them; those not known here come last.

    Examples
    --------
    >>> ordered(["accuracy", "loss", "roc_auc"])
    ['roc_auc', 'accuracy', 'loss']
    """
    known = list(_METRICS)
    place = {name: known.index(name) for name in known}
    return sorted(names, key=lambda name: (place.get(name.partition(" ")[0], len(known)), name))


def measured_metrics(cohorts: Iterable[Matured]) -> list[str]:
    """The metrics of a table of cohorts: those with a name of their own here.

    How far accuracy dropped follows from it, and is left out.
    """
    names = {name for cohort in cohorts for name, _ in cohort.metrics}
    told = [name for name in ordered(names) if name.partition(" ")[0] in _METRICS]
    return [name for name in told if name != "accuracy_drop"]


def metric_name(name: str) -> str:
    """What a person calls a metric: its own name where there is no better one.

    Examples
    --------
    >>> metric_name("roc_auc"), metric_name("calibration_gap orta"), metric_name("loss")
    ('AUC', 'Calibration gap orta', 'loss')
    """
    metric, _, of_class = name.partition(" ")
    return f"{_METRICS.get(metric, metric)} {of_class}".rstrip()


def mark(verdict: MeasurementVerdict) -> str:
    """A sign for a verdict, so that colour is not all that tells it."""
    return _MARKS[verdict]
