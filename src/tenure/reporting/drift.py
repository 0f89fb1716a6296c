"""Measurements of one period → what is worth saying of them, the gravest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.report import Drift, Monitored

MAX_ALERTS = 40
_GRAVITY = {
    MeasurementVerdict.ALERT: 0,
    MeasurementVerdict.WARNING: 1,
    MeasurementVerdict.NOT_ENOUGH_ROWS: 2,
    MeasurementVerdict.OK: 3,
    MeasurementVerdict.NO_THRESHOLD: 4,
}
_SCOPES = (
    Scope.PERFORMANCE,
    Scope.ESTIMATE,
    Scope.SCORE,
    Scope.CLASS,
    Scope.RULE,
    Scope.POPULATION,
    Scope.FEATURE,
    Scope.DECILE,
)
_OF_SCORES = {(Scope.SCORE, "mean"), (Scope.SCORE, "psi"), (Scope.SCORE, "kl")}
_OF_CLASSES = {(Scope.CLASS, "share"), (Scope.CLASS, "share_change")}


def summarise(measurements: Sequence[Measurement]) -> Monitored:
    """What the monitors measured: alerts, features and scores, the gravest first.

    An alert on how the model does or what it says comes before one on what it sees; of those, the one
    on the feature of the greatest severity comes first, then of the largest share of the importance.
    """
    weight = _weight(measurements)
    alerts = [m for m in measurements if m.verdict is MeasurementVerdict.ALERT]
    return Monitored(
        n_measurements=len(measurements),
        n_alerts=len(alerts),
        n_warnings=sum(m.verdict is MeasurementVerdict.WARNING for m in measurements),
        alerts=tuple(sorted(alerts, key=lambda m: _alert_rank(m, weight))[:MAX_ALERTS]),
        drift=rank_drift(measurements),
        scores=tuple(m for m in measurements if (m.scope, m.metric) in _OF_SCORES | _OF_CLASSES),
    )


def rank_drift(measurements: Sequence[Measurement]) -> tuple[Drift, ...]:
    """Each feature once, by its gravest verdict, then by its PSI; those without a PSI come last."""
    of_features = sorted((m for m in measurements if m.scope is Scope.FEATURE), key=lambda m: m.feature)
    rows = [_drift(name, list(part)) for name, part in groupby(of_features, key=lambda m: m.feature)]
    return tuple(sorted(rows, key=_drift_rank))


def gravest(verdicts: Sequence[MeasurementVerdict]) -> MeasurementVerdict:
    """The verdict to worry about most; `no threshold` when there is none.

    Examples
    --------
    >>> gravest([MeasurementVerdict.OK, MeasurementVerdict.ALERT])
    <MeasurementVerdict.ALERT: 'alert'>
    """
    return min(verdicts, key=_GRAVITY.__getitem__, default=MeasurementVerdict.NO_THRESHOLD)


def _drift(name: str, measured: list[Measurement]) -> Drift:
    values = {m.metric: m.value for m in measured}
    return Drift(
        feature=name,
        psi=values.get("psi"),
        null_increase=values.get("null_increase"),
        importance=values.get("importance"),
        severity=values.get("severity"),
        n=max(m.n for m in measured),
        verdict=gravest([m.verdict for m in measured]),
    )


def _drift_rank(row: Drift) -> tuple[int, float, str]:
    return (_GRAVITY[row.verdict], -(row.psi if row.psi is not None else -1.0), row.feature)


def _weight(measurements: Sequence[Measurement]) -> Mapping[tuple[str, str], float]:
    """Severity and importance by feature."""
    return {
        (m.feature, m.metric): m.value or 0.0
        for m in measurements
        if m.scope is Scope.FEATURE and m.metric in {"severity", "importance"}
    }


def _alert_rank(
    alert: Measurement, weight: Mapping[tuple[str, str], float]
) -> tuple[int, float, float, float, str, str]:
    of_feature = alert.scope is Scope.FEATURE
    severity, share = (
        weight.get((alert.feature, metric), 0.0) if of_feature else 0.0
        for metric in ("severity", "importance")
    )
    size = abs(alert.value or 0.0)
    return (_SCOPES.index(alert.scope), -severity, -share, -size, alert.feature, alert.metric)
