"""A period: the unit of a run. It ends at ``as_of``, and may read what was known by then."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from tenure.domain.durations import shift_months
from tenure.errors import ReplayError


class PeriodUnit(StrEnum):
    """How long a period is."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


_LAST_COMMON_DAY = 27
"""The last day that every month has and that ends none."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The half-open span of days ``(start, end]`` that one run takes in.

    Parameters
    ----------
    end
        The last day of the period: the ``as_of`` of the run.
    unit
        How long the period is.
    first
        Whether this is the first period of a datamart. The first one reaches back to the beginning
        of the data: whatever was known by its end is taken in with it.

    Raises
    ------
    ReplayError
        If a month ends neither on one of the days 1 to 27 nor on the last day of its month: of such
        months it could not be told where the one before ended.

    Examples
    --------
    >>> period = Period(date(2024, 3, 1), PeriodUnit.MONTH)
    >>> period.start
    datetime.date(2024, 2, 1)
    >>> period.contains(date(2024, 3, 1)), period.contains(date(2024, 2, 1))
    (True, False)
    """

    end: date
    unit: PeriodUnit = PeriodUnit.MONTH
    first: bool = False

    def __post_init__(self) -> None:
        """Refuse ends that not every month has."""
        if self.unit is PeriodUnit.MONTH and self.end.day > _LAST_COMMON_DAY and not _ends_month(self.end):
            raise ReplayError(
                f"a monthly period cannot end on {self.end}: not every month has a day {self.end.day}",
                hint="end it on one of the days 1 to 27, or on the last day of the month.",
            )

    @property
    def as_of(self) -> date:
        """The date by which everything this period reads was known."""
        return self.end

    @property
    def start(self) -> date:
        """The day before the first day of the period (exclusive bound); ``date.min`` for a first one."""
        return date.min if self.first else _step(self.end, self.unit, -1)

    @property
    def first_moment(self) -> datetime:
        """The first moment of the period: the day after `start` begins."""
        return datetime.combine(self.start + timedelta(days=1), time.min)

    @property
    def last_moment(self) -> datetime:
        """The last moment of the period's last day; rows that came late count as known then."""
        return datetime.combine(self.end, time.max)

    def contains(self, day: date) -> bool:
        """Whether `day` falls in the period."""
        return self.start < day <= self.end

    def next(self) -> Period:
        """The period that follows; it is never a first one."""
        return Period(_step(self.end, self.unit, 1), self.unit)

    def __str__(self) -> str:
        """The end of the period as ``YYYY-MM-DD``: the partition value of its rows."""
        return self.end.isoformat()


def replay_periods(first: date, last: date, unit: PeriodUnit) -> tuple[Period, ...]:
    """The periods that end at `first`, one unit later, and so on, none after `last`.

    Raises
    ------
    ValueError
        If `last` lies before `first`.

    Examples
    --------
    >>> [str(p) for p in replay_periods(date(2024, 1, 31), date(2024, 3, 31), PeriodUnit.MONTH)]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    if last < first:
        raise ValueError(f"the replay would end ({last}) before it begins ({first})")
    return tuple(Period(end, unit) for end in _ends(first, last, unit))


def periods_between(earlier: date, later: date, unit: PeriodUnit) -> int:
    """How many whole periods lie between two days; negative when `later` is the earlier one.

    Examples
    --------
    >>> periods_between(date(2024, 1, 1), date(2024, 7, 1), PeriodUnit.MONTH)
    6
    """
    if unit is PeriodUnit.MONTH:
        return (later.year - earlier.year) * 12 + later.month - earlier.month
    return (later - earlier).days // (7 if unit is PeriodUnit.WEEK else 1)


def _ends(first: date, last: date, unit: PeriodUnit) -> Iterator[date]:
    step = 0
    while (end := _step(first, unit, step)) <= last:
        yield end
        step += 1


def _step(day: date, unit: PeriodUnit, count: int) -> date:
    if unit is PeriodUnit.MONTH:
        there = shift_months(day, count)
        return _month_end(there) if _ends_month(day) else there
    return day + timedelta(days=count * (7 if unit is PeriodUnit.WEEK else 1))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _ends_month(day: date) -> bool:
    return day == _month_end(day)
