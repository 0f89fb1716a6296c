"""The local runner: a period's steps as one process runs them, with what people are told and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tenure.domain.periods import Period
from tenure.errors import PeriodStoppedError, SourceError
from tenure.flow import Step, step_named
from tenure.orchestration.pages import write_pages
from tenure.orchestration.telling import tell
from tenure.running.period import LAST_STEP, run_one, run_period
from tenure.running.runtime import Runtime

Say = Callable[[str], None]
_ALERT = step_named("alert")


def run_and_tell(
    period: Period,
    *,
    runtime: Runtime,
    say: Say,
    through: Step = LAST_STEP,
    only: Step | None = None,
    notify: bool = True,
) -> Mapping[str, Any]:
    """The artefacts of the period, by name; then its incidents are told and its pages written.

    Parameters
    ----------
    period
        Which one.
    runtime
        The project, opened.
    say
        Takes the lines that are for a person.
    through
        The last step that runs; pages are written after the last one of all.
    only
        The one step that runs, for a scheduler that starts each by itself: those before it have run. The
        artefacts are then its own, or none when it is not due.
    notify
        Whether incidents are told.

    Raises
    ------
    PeriodStoppedError
        If ingestion or validation found errors; of that people are told, too.
    SourceError
        If a source cannot be read.
    """
    with _told_if_stopped(period, runtime, say, notify=notify):
        if only is None:
            artefacts = run_period(period, runtime=runtime, through=through)
        else:
            artefacts = run_one(only, period, runtime=runtime)
    if notify and _ALERT.into in artefacts:
        tell(period.as_of, runtime=runtime, say=say)
    if (only or through) is LAST_STEP:
        for page in write_pages(period.as_of, runtime=runtime):
            say(f"look at {page}")
    return artefacts


def run_step_and_tell(step: Step, period: Period, *, runtime: Runtime, say: Say) -> Mapping[str, Any]:
    """The artefacts of the period after the step; what is told and shown comes with the last one.

    Steps before it that have not run yet run first: a step that was killed is made good by the next one.

    Raises
    ------
    PeriodStoppedError, SourceError
        As `run_and_tell` does.
    """
    if step is LAST_STEP:
        return run_and_tell(period, runtime=runtime, say=say)
    with _told_if_stopped(period, runtime, say, notify=True):
        return run_period(period, runtime=runtime, through=step)


@contextmanager
def _told_if_stopped(period: Period, runtime: Runtime, say: Say, *, notify: bool) -> Iterator[None]:
    try:
        yield
    except (PeriodStoppedError, SourceError):
        if notify:
            tell(period.as_of, runtime=runtime, say=say)
        raise
