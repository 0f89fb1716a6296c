"""Gold tables → what the scores promised of each cohort, and what its labels showed at each age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tenure.domain.measurements import Scope
from tenure.domain.tables import MONITORING
from tenure.ports import TableStore
from tenure.render.history import MAX_PERIODS
from tenure.render.words import ordered

_COLUMNS = ("as_of", "scope", "feature", "metric", "value", "n")
_SCOPES = (Scope.PERFORMANCE.value, Scope.ESTIMATE.value)
_AGE, _MATURED = "periods_since", "matured_share"


@dataclass(frozen=True, slots=True)
class Estimated:
    """What the scores of a cohort promise, measured in its own period, before any label."""

    cohort: date
    metric: str
    value: float
    low: float | None
    """Of the 95 % interval."""
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Realised:
    """What the labels of a cohort that were known by `as_of` showed."""

    cohort: date
    as_of: date
    periods_since: int | None
    """Age of the cohort, in periods."""
    matured_share: float | None
    """Of the cohort, the share with a label."""
    metric: str
    value: float
    low: float | None
    """Of the 95 % interval; None for what has none."""
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Vintages:
    """Every cohort of the last periods: estimates, and each time it was measured."""

    estimates: tuple[Estimated, ...]
    realised: tuple[Realised, ...]
    """By cohort, then by age."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """What was estimated, or measured with an interval, else whatever was, as a person orders it."""
        bounded = {point.metric for point in self.realised if point.low is not None}
        found = bounded | {point.metric for point in self.estimates}
        return tuple(ordered(found or {point.metric for point in self.realised}))

    @property
    def ages(self) -> tuple[int, ...]:
        """The largest number of times that any cohort was measured, as the ages it had then."""
        by_cohort: dict[date, set[int]] = {}
        for point in self.realised:
            if point.periods_since is not None:
                by_cohort.setdefault(point.cohort, set()).add(point.periods_since)
        longest: set[int] = set()
        for ages in by_cohort.values():
            longest = max(longest, ages, key=len)
        return tuple(sorted(longest))

    def latest(self, metric: str) -> tuple[Realised, ...]:
        """The metric of each cohort as it was last measured, the oldest cohort first."""
        last = {point.cohort: point for point in self.realised if point.metric == metric}
        return tuple(last[cohort] for cohort in sorted(last))


def read_vintages(store: TableStore, *, as_of: date) -> Vintages:
    """Estimates and outcomes of the cohorts of the last periods, as known at the end of `as_of`.

    Parameters
    ----------
    store
        Where ``gold/monitoring`` is; one that was never written gives no points.
    as_of
        The last period to look at.
    """
    known = [day for day in store.periods(MONITORING) if day <= as_of][-MAX_PERIODS:]
    if not known:
        return Vintages((), ())
    table = store.read(MONITORING, columns=_COLUMNS, after=known[0] - timedelta(days=1), until=as_of)
    rows = table.filter(pc.is_in(table["scope"], value_set=pa.array(_SCOPES, table["scope"].type)))
    values: dict[tuple[str, date, str], dict[str, tuple[float, int]]] = {}
    for row in rows.to_pylist():
        if row["value"] is not None:
            place = (row["scope"], row["as_of"], row["feature"])
            values.setdefault(place, {})[row["metric"]] = (row["value"], row["n"])
    return Vintages(tuple(_estimates(values)), tuple(_realised(values)))


_Values = Mapping[tuple[str, date, str], Mapping[str, tuple[float, int]]]


def _estimates(values: _Values) -> list[Estimated]:
    """Those made in the cohort's own period; what was found later is how far off they were."""
    found = []
    for (scope, as_of, cohort), of_cohort in values.items():
        if scope == Scope.ESTIMATE.value and cohort == as_of.isoformat():
            for metric in _bare(of_cohort):
                value, n = of_cohort[metric]
                found.append(Estimated(as_of, metric, value, *_bounds(of_cohort, metric), n))
    return sorted(found, key=lambda point: (point.cohort, point.metric))


def _realised(values: _Values) -> list[Realised]:
    found = []
    for (scope, as_of, cohort), of_cohort in values.items():
        if scope == Scope.PERFORMANCE.value:
            age, matured = (of_cohort.get(name, (None, 0))[0] for name in (_AGE, _MATURED))
            for metric in _bare(of_cohort):
                value, n = of_cohort[metric]
                periods = None if age is None else int(age)
                told = (metric, value, *_bounds(of_cohort, metric), n)
                found.append(Realised(date.fromisoformat(cohort), as_of, periods, matured, *told))
    return sorted(found, key=lambda point: (point.cohort, point.as_of, point.metric))


def _bare(of_cohort: Mapping[str, Any]) -> Sequence[str]:
    """The metrics among the names, without bounds, ages and errors."""
    ends = ("_low", "_high", "_error")
    named = [name for name in of_cohort if name not in {_AGE, _MATURED}]
    return [name for name in named if not name.endswith(ends) or name == "calibration_error"]


def _bounds(of_cohort: Mapping[str, tuple[float, int]], metric: str) -> tuple[float | None, float | None]:
    low, high = (of_cohort.get(f"{metric}_{side}") for side in ("low", "high"))
    return (None if low is None else low[0], None if high is None else high[0])
