"""Run the periods of a replay in their order; killed anywhere, it goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tenure.domain.periods import Period
from tenure.flow import LOOP, step_named
from tenure.replay.plan import PeriodState, PlannedPeriod, plan_backfill
from tenure.running.ledger import load_artefacts, recorded_periods
from tenure.running.period import run_period
from tenure.running.runtime import Runtime


def plan(
    first: date, last: date, *, runtime: Runtime, through: str = LOOP[-1].name
) -> tuple[PlannedPeriod, ...]:
    """What `backfill` would do between the two dates, up to the step `through` of each period.

    Raises
    ------
    ReplayError
        If the replay would leave a gap to the periods that have run.
    """
    done = [(day, _steps_done(day, runtime)) for day in recorded_periods(store=runtime.store)]
    return plan_backfill(first, last, unit=runtime.project.period, steps_done=done, through=through)


def backfill(
    planned: Sequence[PlannedPeriod], *, runtime: Runtime
) -> Iterator[tuple[Period, Mapping[str, Any]]]:
    """Each period that was not done, with the artefacts it made, as soon as it has run.

    Raises
    ------
    PeriodStoppedError
        If a period's rows are refused; the periods before it stay.
    """
    waiting = [item for item in planned if item.state is not PeriodState.DONE]
    for item in runtime.progress.track(waiting, "replay", total=len(waiting)):
        yield item.period, run_period(item.period, runtime=runtime, through=step_named(item.through))


def _steps_done(day: date, runtime: Runtime) -> tuple[str, ...]:
    made = load_artefacts(day, store=runtime.store)
    return tuple(step.name for step in LOOP if step.into in made)
