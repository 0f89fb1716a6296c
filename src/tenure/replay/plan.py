"""The plan of a replay, as data, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tenure.domain.periods import Period, PeriodUnit, replay_periods
from tenure.errors import ReplayError
from tenure.flow import LOOP


class PeriodState(StrEnum):
    """What a replay will do with a period."""

    DONE = "done"
    RESUME = "resume"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class PlannedPeriod:
    """One period of a replay, and which of its steps have run already."""

    period: Period
    steps_done: tuple[str, ...]
    through: str = LOOP[-1].name
    """The last step that the replay runs."""

    @property
    def state(self) -> PeriodState:
        """What the replay will do with it."""
        if self.through in self.steps_done:
            return PeriodState.DONE
        return PeriodState.RESUME if self.steps_done else PeriodState.RUN


def plan_backfill(
    first: date,
    last: date,
    *,
    unit: PeriodUnit,
    steps_done: Sequence[tuple[date, tuple[str, ...]]],
    through: str = LOOP[-1].name,
) -> tuple[PlannedPeriod, ...]:
    """What a replay from `first` to `last` would do, period by period.

    Parameters
    ----------
    first, last
        The ends of the first and of the last period.
    unit
        How long a period is.
    steps_done
        The periods that have run, ascending, each with the steps that have.
    through
        The last step that runs in each period.

    Raises
    ------
    ReplayError
        If the replay would leave a gap to the periods that have run, begin before them, or end before
        it begins.
    """
    try:
        periods = replay_periods(first, last, unit)
    except ValueError as error:
        raise ReplayError(str(error), hint="give --from the earlier date and --to the later one.") from error
    recorded = dict(steps_done)
    _refuse_gaps(periods, tuple(recorded), unit)
    begin = min(recorded, default=first)
    return tuple(
        PlannedPeriod(Period(p.end, unit, first=p.end <= begin), recorded.get(p.end, ()), through)
        for p in periods
    )


def _refuse_gaps(periods: Iterable[Period], recorded: Sequence[date], unit: PeriodUnit) -> None:
    new = [period for period in periods if period.end not in recorded]
    if not recorded or not new:
        return
    expected = Period(recorded[-1], unit).next()
    if new[0].end != expected.end:
        raise ReplayError(
            f"the period {new[0]} does not follow the ones that have run ({recorded[0]} to {recorded[-1]})",
            hint=f"the next period is {expected}; to begin elsewhere, use another `datamart`.",
        )
