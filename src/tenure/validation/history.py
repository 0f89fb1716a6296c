"""What a period is compared with: row counts of the periods before it, and the newest row known."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tenure.domain.periods import Period, periods_between
from tenure.domain.sources import Source
from tenure.domain.tables import AS_OF, ROW_EVENT_TIME, bronze
from tenure.ports import Engine, TableStore
from tenure.validation.config import RowCountPolicy


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a source apart from the rows of the period.

    Parameters
    ----------
    n_rows
        Rows of the period itself.
    earlier
        Row counts of the periods before it, oldest first; zero for a period without rows.
    newest
        The latest event time of the rows of earlier periods; measured only where the period has no
        rows of its own and the source states a `max_age`, else None.
    """

    n_rows: int
    earlier: tuple[int, ...] = ()
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class UsualRows:
    """The row counts that are usual, both ends included."""

    low: int
    high: int
    median: float
    n_periods: int


def usual_rows(earlier: tuple[int, ...], policy: RowCountPolicy) -> UsualRows | None:
    """The row counts from `at_least` to `at_most` times the median of the last `window` periods.

    None with fewer than `min_periods` of them, and when the median is zero (a source that delivers
    more rarely than once a period): then nothing is usual. The median, so that a first period that
    reaches back to the beginning of the data does not count for more than one period.

    Examples
    --------
    >>> usual_rows((5000, 100, 110, 90), RowCountPolicy())
    UsualRows(low=53, high=262, median=105.0, n_periods=4)
    >>> usual_rows((100, 110), RowCountPolicy()) is None
    True
    """
    recent = earlier[-policy.window :]
    if len(recent) < policy.min_periods:
        return None
    median = statistics.median(recent)
    if median == 0:
        return None
    low, high = math.ceil(median * policy.at_least), math.floor(median * policy.at_most)
    return UsualRows(low, high, float(median), len(recent))


def counts_in_order(counts: Mapping[date, int], period: Period) -> tuple[int, ...]:
    """Row counts of every period from the first with rows to the one before `period`, gaps as zero.

    Examples
    --------
    >>> march = Period(date(2024, 3, 1))
    >>> counts_in_order({date(2023, 12, 1): 7, date(2024, 2, 1): 9}, march)
    (7, 0, 9)
    """
    if not counts:
        return ()
    first = min(counts)
    slots = [0] * max(1, periods_between(first, period.end, period.unit))
    for end, n_rows in counts.items():
        slots[min(periods_between(first, end, period.unit), len(slots) - 1)] += n_rows
    return tuple(slots)


def measure_history(
    name: str, source: Source, period: Period, *, store: TableStore, engine: Engine
) -> History:
    """What is known of a source by the end of `period`: later periods are not looked at."""
    if not store.exists(bronze(name)):
        return History(0)
    counts = _counts(name, period, store, engine)
    n_rows = counts.pop(period.as_of, 0)
    is_asked = n_rows == 0 and source.max_age is not None and source.event_time is not None
    newest = _newest(name, period, store, engine) if is_asked else None
    return History(n_rows, counts_in_order(counts, period), newest)


def earliest_fresh(source: Source, period: Period) -> datetime | None:
    """The oldest event time that is still fresh at the end of the period; None without `max_age`."""
    if source.max_age is None or source.event_time is None:
        return None
    return datetime.combine(source.max_age.before(period.as_of), datetime.min.time())


def _counts(name: str, period: Period, store: TableStore, engine: Engine) -> dict[date, int]:
    rows = engine.scan(store.snapshot(bronze(name), until=period.as_of))
    counted = engine.arrow(rows.group_by(AS_OF).aggregate(n_rows=rows.count()))
    return dict(zip(counted[AS_OF].to_pylist(), counted["n_rows"].to_pylist(), strict=True))


def _newest(name: str, period: Period, store: TableStore, engine: Engine) -> datetime | None:
    rows = engine.scan(store.snapshot(bronze(name), until=period.as_of))
    if ROW_EVENT_TIME not in rows.columns:
        return None
    newest = engine.arrow(rows.aggregate(newest=rows[ROW_EVENT_TIME].max()))["newest"][0].as_py()
    return newest if isinstance(newest, datetime) else None
