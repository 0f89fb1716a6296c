"""The two flows: what is due by a schedule, and the training that was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.events import emit_event

from tenure.domain.decisions import RetrainDecision
from tenure.domain.periods import Period
from tenure.domain.triggers import Trigger, TriggerKind
from tenure.errors import ReplayError
from tenure.flow import LOOP, PERIOD, Step, step_named
from tenure.orchestration.prefect.tasks import TASKS
from tenure.orchestration.schedule import periods_due, read_standing
from tenure.orchestration.steps import StepProcess
from tenure.running.changes import user_name
from tenure.running.ledger import load_artefacts
from tenure.running.runtime import Runtime, open_runtime
from tenure.running.step import is_due

RETRAIN = "tenure.decision.retrain"
"""The event that a decision to retrain is told with; its payload has ``as_of`` and ``run``."""
_DECIDE = step_named("decide")
_AFTER_THE_DECISION = LOOP[LOOP.index(_DECIDE) + 1 :]


def resource(project: str) -> str:
    """The resource that a project's events are about.

    Examples
    --------
    >>> resource("cash-loans")
    'tenure.project.cash-loans'
    """
    return f"tenure.project.{project}"


@dataclass(slots=True)
class _Run:
    """What one flow run works with."""

    runtime: Runtime
    process: StepProcess
    flow_run: FlowRun
    artefacts: dict[str, Any] = field(default_factory=dict)

    def steps(self, steps: Sequence[Step], period: Period) -> None:
        """Run the steps that are due, each as its task."""
        for step in steps:
            if is_due(step, self.artefacts):
                self.artefacts[step.into] = TASKS[step.name](
                    self.process, self.runtime.project.project, period.as_of
                )

    def begin(self, period: Period) -> None:
        """Begin with what the period has made already."""
        self.artefacts = {PERIOD: period} | load_artefacts(period.as_of, store=self.runtime.store)


@flow(name="tenure", persist_result=False)
def run_due(  # noqa: PLR0917 - parameters of a flow are given by name
    project: str,
    as_of: date | None = None,
    first: date | None = None,
    until: date | None = None,
    timezone: str = "UTC",
    hands_over: bool = True,  # noqa: FBT001, FBT002 - as above
) -> None:
    """Run the periods that are over, oldest first.

    Parameters
    ----------
    project
        The project file, or its folder.
    as_of
        The end of the last period to run; the last one that was over on the day scheduled, when None.
    first
        The end of the first period, for a project of which none has run.
    until
        The end of the last period that is ever run by a schedule.
    timezone
        Where the day is looked at on which the run was scheduled.
    hands_over
        Whether the training of the newest period is left to the flow `train_decided`.
    """
    with _opened(project, kind=None) as run:
        today = _scheduled_day(run.flow_run, timezone) if as_of is None else as_of + timedelta(days=1)
        unit = run.runtime.project.period
        due = periods_due(read_standing(run.runtime), today=today, unit=unit, first=first, until=until)
        get_run_logger().info("due on %s: %s", today, ", ".join(map(str, due)) or "nothing")
        for period in due:
            _run_period(period, run, hands_over=hands_over and period is due[-1])


@flow(name="tenure-training", persist_result=False)
def train_decided(project: str, as_of: date, decided_in: str = "") -> None:
    """Do what follows a decision to retrain: audit, train, judge, promote, alert and report of that period.

    Parameters
    ----------
    project
        The project file, or its folder.
    as_of
        The period that the decision is of.
    decided_in
        The run that decided.
    """
    with _opened(project, kind=TriggerKind.DRIFT_DECISION, of=decided_in) as run:
        pending = read_standing(run.runtime).next
        if pending is None or pending.as_of != as_of:
            get_run_logger().info("the period %s has run to its end: nothing is left to do", as_of)
            return
        run.begin(pending)
        run.steps(LOOP, pending)


def _run_period(period: Period, run: _Run, *, hands_over: bool) -> None:
    run.begin(period)
    before = LOOP[: LOOP.index(_DECIDE) + 1]
    was_decided = _DECIDE.into in run.artefacts
    run.steps(before, period)
    decision = run.artefacts.get(_DECIDE.into)
    if hands_over and not was_decided and isinstance(decision, RetrainDecision) and decision.retrain:
        _tell_decision(decision, run)
        return
    run.steps(_AFTER_THE_DECISION, period)


def _tell_decision(decision: RetrainDecision, run: _Run) -> None:
    """Emit the event that a training waits for."""
    name, as_of = run.runtime.project.project, decision.as_of.isoformat()
    get_run_logger().info("retrain as of %s: left to the deployment that waits for %s", as_of, RETRAIN)
    emit_event(
        event=RETRAIN,
        resource={"prefect.resource.id": resource(name), "prefect.resource.name": name},
        payload={
            "as_of": as_of,
            "run": run.flow_run.name,
            "reasons": [each.message for each in decision.triggers if each.favours],
        },
    )


@contextmanager
def _opened(project: str, *, kind: TriggerKind | None, of: str = "") -> Iterator[_Run]:
    """The project, with a process for its steps, for the length of a flow run."""
    flow_run = _flow_run()
    trigger = _trigger(flow_run, kind, of)
    runtime = open_runtime(Path(project), trigger=trigger)
    with StepProcess(Path(project), trigger) as process:
        yield _Run(runtime, process, flow_run)


def _flow_run() -> FlowRun:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise ReplayError("this runs as a flow of Prefect only", hint="`tenure run` runs without Prefect.")
    return context.flow_run


def _trigger(flow_run: FlowRun, kind: TriggerKind | None, of: str) -> Trigger:
    """What set the flow run off, and its name; who asked for it, where it was a person."""
    who = f"prefect {flow_run.name} ({flow_run.id})"
    if kind is not None:
        return Trigger(kind, f"{who}, decided in {of}" if of else who)
    if flow_run.auto_scheduled:
        return Trigger(TriggerKind.TIME, who)
    by = flow_run.created_by.display_value if flow_run.created_by else None
    return Trigger(TriggerKind.MANUAL, f"{by or user_name()}, {who}")


def _scheduled_day(flow_run: FlowRun, timezone: str) -> date:
    """The day on which the flow run was to start: a late start runs no other periods."""
    at = flow_run.expected_start_time
    if at is None:
        raise ReplayError("the flow run has no time at which it was to start", hint="give `as_of`.")
    return at.astimezone(ZoneInfo(timezone)).date()
