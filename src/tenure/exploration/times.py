"""Values of the event time -> rows by month or day, and the spans without any."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tenure.domain.durations import shift_months
from tenure.exploration.columns import day_of
from tenure.exploration.readings import Reading
from tenure.exploration.summary import PeriodCount
from tenure.exploration.values import ReadValues
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_DAYS_OF_DAYS = 62
_MOST_PERIODS = 240


def rows_by_period(reading: Reading, values: ReadValues, *, engine: Engine) -> tuple[PeriodCount, ...]:
    """Rows by the month of their event time, or by its day where all lie within 62 days.

    Periods without rows are there, with none; nothing where the source has no event time, and of more
    than 240 periods the last ones only.
    """
    names = [column.name for column in reading.columns]
    if reading.event_time not in names:
        return ()
    own = values.kept.filter(values.kept["column"] == str(names.index(str(reading.event_time))))
    moments = own.filter(own["number"].notnull()).mutate(
        time=lambda t: t["number"].cast("int64").as_timestamp("s")
    )
    ends = engine.arrow(moments.aggregate(first=moments["number"].min(), last=moments["number"].max()))
    first, last = ends["first"][0].as_py(), ends["last"][0].as_py()
    if first is None:
        return ()
    is_daily = day_of(last) - day_of(first) <= timedelta(days=_DAYS_OF_DAYS)
    counts = _counts(moments, "D" if is_daily else "M", engine)
    periods = _days(day_of(first), day_of(last)) if is_daily else _months(day_of(first), day_of(last))
    return tuple(PeriodCount(period, counts.get(period, 0)) for period in periods[-_MOST_PERIODS:])


def gaps_in(periods: tuple[PeriodCount, ...]) -> tuple[str, ...]:
    """The periods without rows between two with rows; none where half of them or more are empty.

    Examples
    --------
    >>> gaps_in((PeriodCount("2024-01", 5), PeriodCount("2024-02", 0), PeriodCount("2024-03", 4)))
    ('2024-02',)
    """
    empty = tuple(period.period for period in periods if not period.n)
    return empty if 2 * len(empty) < len(periods) else ()


def _counts(moments: ir.Table, unit: str, engine: Engine) -> dict[str, int]:
    period = moments["time"].truncate(unit).cast("string").left(10 if unit == "D" else 7)
    counted = moments.mutate(period=period).group_by("period").aggregate(n=lambda t: t["n"].sum())
    return {row["period"]: int(row["n"]) for row in engine.arrow(counted).to_pylist()}


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _months(first: date, last: date) -> list[str]:
    start, n = first.replace(day=1), (last.year - first.year) * 12 + last.month - first.month + 1
    return [shift_months(start, k).isoformat()[:7] for k in range(max(0, n - _MOST_PERIODS), n)]
