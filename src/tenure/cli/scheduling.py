"""``tenure schedule`` and ``tenure due``: for those who have no scheduler, and for cron."""

from __future__ import annotations

import json as jsonlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import TerminalProgress, out, print_json, print_line, say
from tenure.cli.options import JobsOption, JsonOption, ProjectOption, as_day
from tenure.domain.periods import Period
from tenure.domain.triggers import Trigger
from tenure.orchestration.lock import only_schedule
from tenure.orchestration.schedule import (
    Looks,
    News,
    Plan,
    Standing,
    SystemClock,
    What,
    keep_schedule,
    periods_due,
    read_looks,
    read_standing,
)
from tenure.orchestration.schedule.due import due_day
from tenure.orchestration.schedule.times import EVERY_PERIOD
from tenure.orchestration.words import headline
from tenure.running.runtime import Runtime, open_runtime

NOTHING_DUE = 1
"""The exit code of `tenure due` when nothing is."""

FirstOption = Annotated[
    datetime | None,
    typer.Option("--first", formats=["%Y-%m-%d"], help="End of the first period, if none has run yet."),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="End of the last period; it ends with that one."),
]
WaitForOption = Annotated[
    list[str] | None,
    typer.Option("--wait-for", metavar="SOURCE", help="Run only once this source has changed; repeatable."),
]


def schedule(
    project: ProjectOption = Path(),
    every: Annotated[
        list[str] | None,
        typer.Option("--every", metavar="period|HH:MM", help="When to look what is due; repeatable."),
    ] = None,
    first: FirstOption = None,
    until: UntilOption = None,
    wait_for: WaitForOption = None,
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, and end.")] = False,
    jobs: JobsOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per event.")] = False,
) -> None:
    """Run each period when it is over, again and again: a scheduler for those who have none."""
    plan = Plan(
        _looks(every or [EVERY_PERIOD]), as_day(first), as_day(until), once, frozenset(wait_for or ())
    )

    def opened(trigger: Trigger) -> Runtime:
        return open_runtime(project, progress=TerminalProgress(), jobs=jobs, trigger=trigger)

    with only_schedule(open_runtime(project)), _stopped_by_signals() as clock:
        keep_schedule(plan, open_project=opened, clock=clock, tell=_tell_json if json else _tell)


def due(
    project: ProjectOption = Path(),
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day; today if absent.")
    ] = None,
    first: FirstOption = None,
    json: JsonOption = False,
) -> None:
    """Say which periods are over and have not run, and what has changed; exit code 1 when none is due."""
    runtime = open_runtime(project)
    today = as_day(on) or SystemClock().now().date()
    standing = read_standing(runtime)
    periods = periods_due(standing, today=today, unit=runtime.project.period, first=as_day(first))
    if json:
        print_json(_due_json(periods, standing, today))
    else:
        for line in _due_lines(periods, standing, today):
            print_line(line)
    if not periods:
        raise typer.Exit(NOTHING_DUE)


def _looks(every: list[str]) -> Looks:
    try:
        return read_looks(every)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@contextmanager
def _stopped_by_signals() -> Iterator[SystemClock]:
    """A clock that SIGTERM and the first Ctrl-C stop; a second Ctrl-C interrupts as ever."""
    clock = SystemClock()

    def stop(number: int, _frame: object) -> None:
        clock.stop()
        signal.signal(number, before[signal.Signals(number)])
        say("stopping after the step that runs; again to interrupt it")

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield clock
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(news: News) -> None:
    if news.what is What.RAN:
        print_line(f"{news.as_of}  {headline(news.artefacts)}")
    else:
        say(news.message)


def _tell_json(news: News) -> None:
    told = news.as_json()
    if news.what is What.RAN:
        told["message"] = headline(news.artefacts)
    out.file.write(jsonlib.dumps(told, ensure_ascii=False) + "\n")
    out.file.flush()


def _due_json(periods: tuple[Period, ...], standing: Standing, today: date) -> dict[str, object]:
    following = periods[-1].next() if periods else standing.next
    return {
        "on": today.isoformat(),
        "due": [str(period) for period in periods],
        "new_data": list(standing.new_data),
        "has_new_code": standing.has_new_code,
        "next_due_on": due_day(following).isoformat() if following else None,
    }


def _due_lines(periods: tuple[Period, ...], standing: Standing, today: date) -> Iterator[str]:
    if periods:
        yield f"due on {today}: {', '.join(map(str, periods))}"
    else:
        when = f"; the period {standing.next} is on {due_day(standing.next)}" if standing.next else ""
        yield f"nothing is due on {today}{when}"
    if standing.new_data:
        yield f"raw rows have changed since they were taken in: {', '.join(standing.new_data)}"
    if standing.has_new_code:
        yield "the project file, a query of it, or the package has changed since the last step"
