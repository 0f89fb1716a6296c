"""One command per step of the loop, made from the flow table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import typer

from tenure.cli.console import TerminalProgress, out, print_json, print_table
from tenure.cli.options import AsOfOption, JobsOption, JsonOption, PlanOption, ProjectOption, as_day
from tenure.cli.pages import show_pages
from tenure.cli.planning import search_plan, show_search_plan
from tenure.cli.triggers import TriggerOption
from tenure.cli.views import as_json
from tenure.domain.artefacts import Audit
from tenure.domain.decisions import Reason, RetrainDecision
from tenure.domain.findings import Finding, blocking, found
from tenure.domain.wording import counted
from tenure.errors import LeakageError, ReplayError
from tenure.flow import LOOP, PERIOD, Step, step_named
from tenure.orchestration.words import summary
from tenure.running.ledger import load_artefacts, recorded_periods
from tenure.running.office import refuse_to_undo_a_rollback
from tenure.running.period import open_period
from tenure.running.records import record_decision
from tenure.running.runtime import Runtime, open_runtime
from tenure.running.step import call, run_step
from tenure.training import train


def add_stage_commands(app: typer.Typer) -> None:
    """Give `app` one command per step, named and described as the step's function is."""
    for step in LOOP:
        first_line = (step.function.__doc__ or "").strip().splitlines()[0]
        command = _training_command(step) if step.function is train else _command(step)
        app.command(step.name, help=first_line, rich_help_panel="One step of the loop")(command)


def resolve_as_of(as_of: date | None, *, runtime: Runtime) -> date:
    """The period asked for, or the last one that ran.

    Raises
    ------
    ReplayError
        If none was asked for and none has run.
    """
    recorded = recorded_periods(store=runtime.store)
    if as_of is None and not recorded:
        raise ReplayError("no period has run yet", hint="say which one: --as-of YYYY-MM-DD.")
    return as_of or recorded[-1]


def _command(step: Step) -> Callable[..., None]:
    def command(
        project: ProjectOption = Path(),
        as_of: AsOfOption = None,
        jobs: JobsOption = None,
        trigger: TriggerOption = None,
        json: JsonOption = False,
    ) -> None:
        runtime = open_runtime(project, progress=TerminalProgress(), jobs=jobs, trigger=trigger)
        artefacts = run_stage(step, as_day(as_of), runtime=runtime)
        _show(artefacts, json=json)
        if step is LOOP[-1]:
            show_pages(artefacts[step.into].as_of, runtime=runtime)
        _refuse_leaks(artefacts.get(step.into))

    return command


def _training_command(step: Step) -> Callable[..., None]:
    run = _command(step)

    def command(
        project: ProjectOption = Path(),
        as_of: AsOfOption = None,
        plan: PlanOption = False,
        jobs: JobsOption = None,
        trigger: TriggerOption = None,
        json: JsonOption = False,
    ) -> None:
        if not plan:
            run(project, as_of, jobs, trigger, json)
            return
        runtime = open_runtime(project, progress=TerminalProgress(), jobs=jobs)
        show_search_plan(search_plan(as_day(as_of), runtime=runtime), json=json)

    return command


def run_stage(step: Step, as_of: date | None, *, runtime: Runtime) -> dict[str, Any]:
    """Run one step of a period on what the steps before it made.

    A training, or an audit, that a person asks for does not wait for a decision to retrain.

    Raises
    ------
    ReplayError
        If a step before it has not run for this period, or it would promote who was rolled back in it.
    """
    period = open_period(resolve_as_of(as_of, runtime=runtime), runtime=runtime)
    if step.name == "promote":
        refuse_to_undo_a_rollback(period.as_of, runtime=runtime)
    artefacts: dict[str, Any] = {PERIOD: period} | load_artefacts(period.as_of, store=runtime.store)
    if step.name in {"audit", "train"}:
        artefacts["decision"] = _asked_for(artefacts.get("decision"), period.as_of)
    made: dict[str, Any] = {}
    if step.name == "train":
        made["audit"] = run_step(step_named("audit"), artefacts, period=period, runtime=runtime)
        _refuse_leaks(made["audit"])
    _require_inputs(step, artefacts | made, period.as_of)
    made[step.into] = run_step(step, artefacts | made, period=period, runtime=runtime)
    if step.name == "train":
        record_decision(artefacts["decision"], as_of=period.as_of, store=runtime.store)
    return made


def run_beside(arrow: Step, as_of: date | None, *, runtime: Runtime) -> Any:
    """What a step beside the loop makes of what is known by the end of the period; nothing is recorded.

    Raises
    ------
    LeakageError
        If the audit finds leaks.
    """
    checked = run_stage(step_named("audit"), as_of, runtime=runtime)["audit"]
    _refuse_leaks(checked)
    artefacts = load_artefacts(checked.as_of, store=runtime.store) | {"audit": checked}
    return call(arrow, artefacts, runtime=runtime)


def _asked_for(decision: RetrainDecision | None, as_of: date) -> RetrainDecision:
    """The decision to retrain, by the person who gave the command."""
    reason = Reason("manual", True, "a person asked for it")
    if decision is None:
        return RetrainDecision(as_of, True, (reason,), 0, 1)
    reasons, n_triggers = (reason, *decision.reasons), decision.n_triggers + 1
    return dataclasses.replace(decision, retrain=True, reasons=reasons, n_triggers=n_triggers)


def _require_inputs(step: Step, artefacts: dict[str, Any], as_of: date) -> None:
    for parameter, artefact in step.inputs:
        if artefact not in artefacts and not step.optional(parameter):
            maker = next(other.name for other in LOOP if other.into == artefact)
            raise ReplayError(
                f"`{step.name}` of {as_of} needs what `{maker}` makes, and that has not run",
                hint=f"`tenure {maker} --as-of {as_of}`, or `tenure run --as-of {as_of}` for all of it.",
            )


def _refuse_leaks(artefact: Any) -> None:
    if isinstance(artefact, Audit) and not artefact.proceeds:
        listed = "\n".join(f"  - {f.code} {f.message}" for f in blocking(artefact.findings)[:10])
        raise LeakageError(
            f"the audit of {artefact.as_of} found {counted(len(blocking(artefact.findings)), 'leak')}:\n"
            f"{listed}",
            hint="take the column out, or mute the finding by name under `audit.mute` with a reason.",
        )


def _show(artefacts: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(as_json(artefacts))
        return
    for name, artefact in artefacts.items():
        out.print(f"{name}: {summary(artefact)}", markup=False, highlight=False, soft_wrap=True)
        show_findings(getattr(artefact, "findings", ()))


def show_findings(findings: tuple[Finding, ...]) -> None:
    """What was found, as a table; nothing for nothing."""
    rows = [(f.code, f.severity, f.scope, f.column, f.n_rows, f.message) for f in found(findings)]
    if rows:
        print_table("findings", ("code", "severity", "scope", "column", "rows", "what"), rows)
