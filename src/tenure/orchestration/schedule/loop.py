"""The loop around the loop: look what is due, run it, wait.

One look is one go: every period that is over runs, oldest first. What fails and may be tried again is
tried again, each time after a longer pause. What fails otherwise waits until raw tables, the project file or
a query have changed: that is then the trigger of its next run.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tenure.domain.periods import Period
from tenure.domain.triggers import Trigger, TriggerKind
from tenure.domain.wording import counted
from tenure.errors import ReplayError, TenureError
from tenure.flow import LOOP
from tenure.orchestration.local import run_step_and_tell
from tenure.orchestration.lock import only_run
from tenure.orchestration.schedule.clock import Clock
from tenure.orchestration.schedule.due import Standing, due_day, periods_due, read_standing
from tenure.orchestration.schedule.news import News, What
from tenure.orchestration.schedule.times import Looks
from tenure.running.changes import is_told_by_files, user_name
from tenure.running.runtime import Runtime

Open = Callable[[Trigger], Runtime]
"""Opens the project, for a run with that trigger: the project file as it is now."""
Tell = Callable[[News], None]

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 4
"""How often a look that is the only one tries what may be tried again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a schedule is asked to do."""

    looks: Looks = field(default_factory=Looks)
    first: date | None = None
    """The end of the first period, for a project of which none has run."""
    until: date | None = None
    """The end of the last period; the schedule ends with it."""
    once: bool = False
    """Whether one look is all."""
    wait_for: frozenset[str] = frozenset()
    """Sources that must have changed since they were taken in last before anything runs."""


@dataclass(slots=True)
class _Memory:
    """What one look leaves to the next."""

    n_failed: int = 0
    """Tries in a row that failed and may be repeated."""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A period that cannot run until something changes, and what there was when it failed."""

    period: Period
    code_sha256: str
    raw: Mapping[str, str]

    def changes(self, runtime: Runtime) -> tuple[TriggerKind, str] | None:
        """What has changed since, and where; None where nothing has."""
        now = runtime.raw_states()
        sources = sorted(name for name, state in now.items() if self.raw.get(name) != state)
        if sources:
            return TriggerKind.NEW_DATA, ", ".join(sources)
        return (TriggerKind.CODE_CHANGE, "") if runtime.code_sha256 != self.code_sha256 else None


@dataclass(frozen=True, slots=True)
class _Turn:
    """What every look needs."""

    plan: Plan
    open: Open
    clock: Clock
    tell: Tell
    memory: _Memory = field(default_factory=_Memory)


def keep_schedule(plan: Plan, *, open_project: Open, clock: Clock, tell: Tell) -> None:
    """Run what is due, again and again, until the plan's end or until the clock is stopped.

    Parameters
    ----------
    plan
        When to look, and for what.
    open_project
        Opens the project; called before each look, so that a changed project file counts.
    clock
        Tells the time, waits, and says when to stop.
    tell
        Takes the news, as they happen.

    Raises
    ------
    TenureError
        If the first look finds that nothing can ever run; with `plan.once`, if what is due does not run.
    """
    turn = _Turn(plan, open_project, clock, tell)
    is_first = True
    while not clock.is_stopped:
        look_again = _look(turn, is_first=is_first)
        if look_again is None:
            return
        clock.wait(look_again)
        is_first = False
    tell(News(What.ENDED, "stopped: the tables are whole; the next start goes on where it was"))


def _look(turn: _Turn, *, is_first: bool) -> datetime | None:
    """Run what is due; the time of the next look, or None when there is none."""
    plan, memory = turn.plan, turn.memory
    try:
        runtime = turn.open(_trigger(TriggerKind.TIME))
        if is_first:
            _check_wait_for(plan, runtime)
        standing = read_standing(runtime)
        due = _due(standing, turn, runtime)
        kind = _what_for(due, standing, turn, runtime)
        if kind is not None:
            _run(due, _trigger(*kind), turn)
        memory.n_failed = 0
    except TenureError as error:
        return _after(error, turn, is_first=is_first)
    return _next_look(turn, waits=bool(due) and kind is None)


def _due(standing: Standing, turn: _Turn, runtime: Runtime) -> tuple[Period, ...]:
    plan, unit = turn.plan, runtime.project.period
    today = turn.clock.now().date()
    return periods_due(standing, today=today, unit=unit, first=plan.first, until=plan.until)


def _what_for(
    due: tuple[Period, ...], standing: Standing, turn: _Turn, runtime: Runtime
) -> tuple[TriggerKind, str] | None:
    """What sets the due periods off; None while they wait, or there are none."""
    refused, wait_for = turn.memory.refused, turn.plan.wait_for
    if not due:
        return None
    if refused is not None and refused.period.end == due[0].end:
        changes = refused.changes(runtime)
        if changes is None:
            _say_waits(turn, due[0], "until raw tables or the project file change")
        return changes
    missing = sorted(wait_for - set(standing.new_data))
    if missing:
        _say_waits(turn, due[0], f"for new rows of {', '.join(missing)}")
        return None
    return (TriggerKind.NEW_DATA, ", ".join(sorted(wait_for))) if wait_for else (TriggerKind.TIME, "")


def _run(due: tuple[Period, ...], trigger: Trigger, turn: _Turn) -> None:
    """Run the periods in their order, each to its end or to the step at which it is asked to stop."""
    runtime = turn.open(trigger)
    with only_run(runtime):
        for period in due:
            if turn.clock.is_stopped:
                return
            turn.tell(News(What.RUNS, f"runs the period {period} ({trigger})", period.as_of, trigger))
            _run_period(period, runtime, turn)


def _run_period(period: Period, runtime: Runtime, turn: _Turn) -> None:
    raw, code = runtime.raw_states(), runtime.code_sha256
    artefacts: Mapping[str, object] = {}
    try:
        for step in LOOP:
            if turn.clock.is_stopped:
                return
            artefacts = run_step_and_tell(
                step, period, runtime=runtime, say=lambda line: turn.tell(News(What.SAYS, line))
            )
    except TenureError as error:
        if not error.transient:
            turn.memory.refused = Refused(period, code, raw)
        raise
    turn.memory.refused = None
    told = f"the period {period} has run"
    turn.tell(News(What.RAN, told, period.as_of, runtime.trigger, artefacts))


def _after(error: TenureError, turn: _Turn, *, is_first: bool) -> datetime | None:
    """When to look again after a failure.

    Raises
    ------
    TenureError
        The error itself, where nobody is going to look again.
    """
    memory, refused = turn.memory, turn.memory.refused
    memory.n_failed = memory.n_failed + 1 if error.transient else 0
    is_hopeless = not error.transient or memory.n_failed >= MOST_TRIES
    if (turn.plan.once and is_hopeless) or (is_first and not error.transient and refused is None):
        raise error
    turn.tell(News(What.FAILED, str(error), refused.period.as_of if refused else None))
    if not error.transient:
        return _next_look(turn, waits=True)
    pause: timedelta = min(_FIRST_PAUSE * 2 ** (memory.n_failed - 1), _LONGEST_PAUSE)
    turn.tell(News(What.WAITS, f"tries again in {counted(round(pause.total_seconds() / 60), 'minute')}"))
    return turn.clock.now() + pause


def _next_look(turn: _Turn, *, waits: bool) -> datetime | None:
    """The time of the next look; None when one was all, or the plan is done."""
    if turn.plan.once or turn.clock.is_stopped:
        if turn.plan.once and not turn.clock.is_stopped:
            turn.tell(News(What.ENDED, "nothing more is due"))
        return None if turn.plan.once else turn.clock.now()
    standing = _standing_or_none(turn)
    following = standing.next if standing else None
    until = turn.plan.until
    if until is not None and following is not None and following.end > until:
        turn.tell(News(What.ENDED, f"the last period asked for, {until}, has run"))
        return None
    due = due_day(following) if following is not None else _tomorrow(turn)
    at = turn.plan.looks.next(turn.clock.now(), due=due, waits=waits)
    turn.tell(News(What.WAITS, f"next look at {at:%Y-%m-%d %H:%M}"))
    return at


def _standing_or_none(turn: _Turn) -> Standing | None:
    """How far the project has come; None while its file has problems."""
    try:
        return read_standing(turn.open(_trigger(TriggerKind.TIME)))
    except TenureError:
        return None


def _tomorrow(turn: _Turn) -> date:
    return turn.clock.now().date() + timedelta(days=1)


def _check_wait_for(plan: Plan, runtime: Runtime) -> None:
    """Refuse to wait for what does not exist, or never shows that it has changed."""
    sources = runtime.project.sources
    for name in sorted(plan.wait_for):
        if name not in sources:
            raise ReplayError(
                f"there is no source `{name}` to wait for", hint=f"sources: {', '.join(sources)}."
            )
        if not is_told_by_files(sources[name]):
            raise ReplayError(
                f"`{name}` is a table of a database: nothing tells that it has changed, short of reading it",
                hint="wait for a source of files or a Delta table, or leave `--wait-for` away.",
            )


def _say_waits(turn: _Turn, period: Period, what: str) -> None:
    turn.tell(News(What.WAITS, f"the period {period} is due and waits {what}", period.as_of))


def _trigger(kind: TriggerKind, about: str = "") -> Trigger:
    who = f"tenure schedule ({user_name()}@{socket.gethostname()})"
    return Trigger(kind, f"{who}, {about}" if about else who)
