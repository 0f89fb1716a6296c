"""Which periods are due on a day, and what has changed since the last one ran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tenure.domain.periods import Period, PeriodUnit
from tenure.errors import ReplayError
from tenure.flow import LOOP
from tenure.running.changes import changed_sources
from tenure.running.ledger import load_circumstances, recorded_periods
from tenure.running.period import is_finished
from tenure.running.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a project has come."""

    next: Period | None
    """The period to run next: one that was broken off, or the one after the last; None before the first."""
    new_data: tuple[str, ...]
    """Sources whose raw rows are not those that were taken in last; all of them before the first run."""
    has_new_code: bool
    """Whether the project file, a query of it, or the package has changed since the last step."""


def read_standing(runtime: Runtime) -> Standing:
    """How far the project has come, and what has changed since."""
    now = runtime.raw_states()
    recorded = recorded_periods(store=runtime.store)
    if not recorded:
        return Standing(None, tuple(sorted(now)), has_new_code=False)
    last = Period(recorded[-1], runtime.project.period, first=len(recorded) == 1)
    ran = load_circumstances(last.as_of, store=runtime.store)
    taken_in, newest = ran.get(LOOP[0].name), list(ran.values())[-1:]
    return Standing(
        next=last.next() if is_finished(last, runtime=runtime) else last,
        new_data=changed_sources(taken_in.raw_sha256 if taken_in else "", now),
        has_new_code=any(each.code_sha256 != runtime.code_sha256 for each in newest),
    )


def periods_due(
    standing: Standing,
    *,
    today: date,
    unit: PeriodUnit,
    first: date | None = None,
    until: date | None = None,
) -> tuple[Period, ...]:
    """The periods that are over and have not run to their end, in their order.

    A period is over on the day after its last one: what became known on that day belongs to it.

    Parameters
    ----------
    standing
        How far the project has come.
    today
        The day on which it is asked.
    unit
        How long a period is.
    first
        The end of the first period, for a project of which none has run.
    until
        The end of the last period that may be due.

    Raises
    ------
    ReplayError
        If none has run and nobody says which is the first.

    Examples
    --------
    >>> standing = Standing(Period(date(2024, 1, 31)), (), has_new_code=False)
    >>> [str(p) for p in periods_due(standing, today=date(2024, 3, 1), unit=PeriodUnit.MONTH)]
    ['2024-01-31', '2024-02-29']
    >>> periods_due(standing, today=date(2024, 1, 31), unit=PeriodUnit.MONTH)
    ()
    """
    if standing.next is None and first is None:
        raise ReplayError("no period has run yet", hint="say which one is the first: --first YYYY-MM-DD.")
    each = standing.next or Period(first or today, unit, first=True)
    due = []
    while each.end < today and (until is None or each.end <= until):
        due.append(each)
        each = each.next()
    return tuple(due)


def due_day(period: Period) -> date:
    """The first day on which the period is over.

    Examples
    --------
    >>> due_day(Period(date(2024, 1, 31)))
    datetime.date(2024, 2, 1)
    """
    return period.end + timedelta(days=1)
