"""Periods as a line of cron."""

from __future__ import annotations

from datetime import date, time, timedelta

from tenure.domain.periods import PeriodUnit


def cron_of(as_of: date, unit: PeriodUnit, *, at: time = time.min) -> str:
    """The schedule whose intervals hold the days of the periods of which one ends at `as_of`.

    A period is the days after the end of the one before up to its own end, that day included. An interval
    ends, and a run begins, when that day is over.

    Parameters
    ----------
    as_of
        The end of a period.
    unit
        How long periods are.
    at
        How long after the end of that day, the run begins.

    Examples
    --------
    >>> cron_of(date(2024, 5, 1), PeriodUnit.MONTH), cron_of(date(2024, 5, 31), PeriodUnit.MONTH)
    ('0 0 2 * *', '0 0 1 * *')
    >>> cron_of(date(2024, 5, 5), PeriodUnit.WEEK, at=time(6, 30))  # a Sunday
    '30 6 * * 1'
    >>> cron_of(date(2024, 5, 5), PeriodUnit.DAY)
    '0 0 * * *'
    """
    after = as_of + timedelta(days=1)
    days = {
        PeriodUnit.MONTH: f"{after.day} * *",
        PeriodUnit.WEEK: f"* * {after.isoweekday() % 7}",
        PeriodUnit.DAY: "* * *",
    }
    return f"{at.minute} {at.hour} {days[unit]}"
