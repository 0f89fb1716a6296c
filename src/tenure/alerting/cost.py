"""Rule: what a trouble may cost, by the project's cost table where it has one."""

from __future__ import annotations

from collections.abc import Sequence

from tenure.domain.costs import CostPolicy
from tenure.domain.incidents import Cost, IncidentKind, Signal
from tenure.domain.measurements import Measurement, Scope


def cost_of(
    kind: IncidentKind,
    signals: Sequence[Signal],
    *,
    measurements: Sequence[Measurement],
    costs: CostPolicy | None,
) -> Cost | None:
    """The rows at stake, and what they cost if each is decided wrongly.

    ===========================  ====================================================================
    what there is                rows at stake
    ===========================  ====================================================================
    accuracy of a cohort         n (accuracy of the test rows - accuracy): wrong decisions beyond those
                                 expected; the largest cohort of the period
    calibration of a cohort      n |observed share - mean score|: outcomes that the scores did not expect
    share of a class             n |change of the share|: decisions that fell otherwise
    any other alert              rows of the period: what they cost is known when their labels mature
    ===========================  ====================================================================

    Returns
    -------
    None where no measurement is among the signals. `low` and `high` hold the rows against the cheaper and
    the dearer of the two errors of the cost table.

    Examples
    --------
    >>> costs = CostPolicy(false_positive=1, false_negative=5)
    >>> moved = (Signal("share_change", "1", 0.2, 0.1, n=300),)
    >>> cost_of(IncidentKind.DRIFT, moved, measurements=(), costs=costs)
    Cost(n_rows=60, meaning='decisions fell otherwise than before', low=60.0, high=300.0)
    """
    for name, meaning in _MEANINGS.items():
        of_name = [s for s in signals if s.name.partition(" ")[0] == name and s.value is not None]
        if of_name:
            n_rows = max(_at_stake(signal, measurements) for signal in of_name)
            low, high = _priced(n_rows, costs)
            return Cost(n_rows, meaning, low, high)
    n_measured = max((s.n for s in signals if s.value is not None), default=0)
    if not n_measured or kind is IncidentKind.QUALITY:
        return None
    return Cost(n_measured, "rows were scored under it; what they cost shows when their labels mature")


_MEANINGS = {
    "accuracy_drop": "decisions more than expected were wrong",
    "calibration_gap": "outcomes were not what the scores said",
    "share_change": "decisions fell otherwise than before",
}


def _at_stake(signal: Signal, measurements: Sequence[Measurement]) -> int:
    share = abs(signal.value or 0.0)
    if signal.name == "accuracy_drop":
        share = _lost_accuracy(signal, measurements)
    return round(signal.n * share)


def _lost_accuracy(signal: Signal, measurements: Sequence[Measurement]) -> float:
    """Accuracy of the test rows less the cohort's: the drop is told as a share of the former."""
    drop = signal.value or 0.0
    now = [
        m.value
        for m in measurements
        if (m.scope, m.metric, m.feature) == (Scope.PERFORMANCE, "accuracy", signal.about)
    ]
    if not now or now[0] is None or drop >= 1:
        return drop
    return now[0] * drop / (1 - drop)


def _priced(n_rows: int, costs: CostPolicy | None) -> tuple[float | None, float | None]:
    if costs is None:
        return None, None
    each = sorted((costs.false_positive, costs.false_negative))
    return n_rows * each[0], n_rows * each[1]
