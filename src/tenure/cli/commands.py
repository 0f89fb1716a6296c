"""The commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

import tenure
from tenure.cli.airflow import airflow
from tenure.cli.alerting import NotifyOption, QuietOption, alerts
from tenure.cli.comparing import features
from tenure.cli.console import TerminalProgress, err, out, print_json, print_line, print_table, say
from tenure.cli.dashboard import dashboard
from tenure.cli.demo import demo
from tenure.cli.drafting import init
from tenure.cli.experimenting import ab
from tenure.cli.exploring import profile
from tenure.cli.governing import sop, validation_report
from tenure.cli.materialising import materialise
from tenure.cli.metering import metrics
from tenure.cli.options import AsOfOption, FromOption, JobsOption, JsonOption, ProjectOption, ToOption, as_day
from tenure.cli.pages import show_pages
from tenure.cli.prefecting import prefect
from tenure.cli.scheduling import due, schedule
from tenure.cli.serving import serve, smoke
from tenure.cli.simulating import simulate
from tenure.cli.stages import add_stage_commands, run_beside
from tenure.cli.through import LAST_STEP, OnlyOption, ThroughOption
from tenure.cli.tracing import adverse, explain
from tenure.cli.triggers import TriggerOption
from tenure.cli.tuning import tune
from tenure.cli.views import as_json, cross_validation_json
from tenure.domain.decisions import Promotion, Rollback
from tenure.domain.models import CrossValidation
from tenure.domain.periods import Period
from tenure.errors import ReplayError
from tenure.flow import CROSS_VALIDATION, step_named
from tenure.orchestration.local import run_and_tell
from tenure.orchestration.lock import only_run
from tenure.orchestration.telling import tell
from tenure.orchestration.words import headline, summary
from tenure.replay import PlannedPeriod, backfill, plan
from tenure.running.ledger import recorded_periods
from tenure.running.office import put_back, take_in
from tenure.running.period import is_finished, open_period
from tenure.running.runtime import Runtime, open_runtime
from tenure.status import read_status, status_lines

app = typer.Typer(
    name="tenure",
    help="A model keeps its job only for as long as it earns it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    if debug:
        os.environ["TENURE_DEBUG"] = "1"


@app.command(rich_help_panel="The loop")
def version() -> None:
    """Print the version."""
    out.print(tenure.__version__)


@app.command(rich_help_panel="The loop")
def run(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    through: ThroughOption = LAST_STEP,
    only: OnlyOption = None,
    jobs: JobsOption = None,
    notify: NotifyOption = True,
    trigger: TriggerOption = None,
    json: JsonOption = False,
) -> None:
    """Run the loop once: the period that ends at --as-of, or the next one due."""
    runtime = open_runtime(project, progress=TerminalProgress(), jobs=jobs, trigger=trigger)
    day = as_day(as_of)
    period = open_period(day, runtime=runtime) if day else _next_period(runtime)
    if only is not None and through is not LAST_STEP:
        raise typer.BadParameter("--only and --through exclude each other")
    with only_run(runtime):
        artefacts = run_and_tell(
            period,
            runtime=runtime,
            say=say,
            through=step_named(through),
            only=None if only is None else step_named(only),
            notify=notify,
        )
    if not artefacts:
        say(f"{period}  {only} is not due")
    if json:
        print_json(as_json(dict(artefacts)))
        return
    for name, artefact in artefacts.items():
        if name != "period":
            out.print(f"{name:<12} {summary(artefact)}", markup=False, highlight=False, soft_wrap=True)


@app.command("backfill", rich_help_panel="The loop")
def backfill_command(
    first: FromOption,
    last: ToOption,
    project: ProjectOption = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and stop.")] = False,
    through: ThroughOption = LAST_STEP,
    jobs: JobsOption = None,
    notify: QuietOption = False,
    trigger: TriggerOption = None,
    json: JsonOption = False,
) -> None:
    """Replay history period by period, with the decisions of each; killed anywhere, it goes on."""
    runtime = open_runtime(project, progress=TerminalProgress(), jobs=jobs, trigger=trigger)
    planned = plan(first.date(), last.date(), runtime=runtime, through=through)
    if dry_run:
        _show_plan(planned, json=json)
        return
    with only_run(runtime):
        for period, artefacts in backfill(planned, runtime=runtime):
            if notify and "alerting" in artefacts:
                tell(period.as_of, runtime=runtime, say=say)
            if not json:
                print_line(f"{period}  {headline(artefacts)}")
        if through is LAST_STEP:
            show_pages(planned[-1].period.as_of, runtime=runtime)
    _show_status(runtime, json=json)


@app.command("cross-validate", rich_help_panel="The loop")
def cross_validate_command(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Train once per fold of a split by entity, and say how each does on its test rows."""
    runtime = open_runtime(project, progress=TerminalProgress(), jobs=jobs)
    result: CrossValidation = run_beside(CROSS_VALIDATION, as_day(as_of), runtime=runtime)
    if json:
        print_json(cross_validation_json(result))
        return
    rows = [(name, f"{mean:.4f}", *(f"{v:.4f}" for v in result.values(name))) for name, mean in result.means]
    folds = tuple(f"fold {fold.number}" for fold in result.folds)
    print_table("test rows of every fold", ("metric", "mean", *folds), rows)


@app.command(rich_help_panel="The office")
def status(project: ProjectOption = Path(), json: JsonOption = False) -> None:
    """Who is in office, since when, how it does by matured cohort, and what is due next."""
    _show_status(open_runtime(project), json=json)


@app.command(rich_help_panel="The office")
def rollback(
    project: ProjectOption = Path(),
    to: Annotated[
        int | None, typer.Option("--to", help="Version to put back; the last one if absent.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="Recorded with the decision.")] = "",
    json: JsonOption = False,
) -> None:
    """Take the champion out of office and put an earlier one back."""
    rolled = put_back(to, why=why, runtime=open_runtime(project))
    if json:
        print_json(TypeAdapter(Rollback).dump_python(rolled, mode="json"))
        return
    out.print(f"version {rolled.restored.version} is back in office; {rolled.removed.version} is out")


@app.command(rich_help_panel="The office")
def approve(
    version: Annotated[int, typer.Argument(help="A version that passed the gate and waits.")],
    by: Annotated[str, typer.Option("--by", help="Who approves; recorded with the decision.")],
    note: Annotated[str, typer.Option("--note", help="What they say; recorded with the decision.")] = "",
    project: ProjectOption = Path(),
    json: JsonOption = False,
) -> None:
    """Take a candidate that passed the gate into office, where the gate asks for a person."""
    promoted = take_in(version, by=by, note=note, runtime=open_runtime(project))
    if json:
        print_json(TypeAdapter(Promotion).dump_python(promoted, mode="json"))
        return
    out.print(summary(promoted), markup=False, highlight=False)


def _next_period(runtime: Runtime) -> Period:
    recorded = recorded_periods(store=runtime.store)
    if not recorded:
        raise ReplayError("no period has run yet", hint="say which one is the first: --as-of YYYY-MM-DD.")
    last = open_period(recorded[-1], runtime=runtime)
    return last.next() if is_finished(last, runtime=runtime) else last


def _show_plan(planned: tuple[PlannedPeriod, ...], *, json: bool) -> None:
    rows = [(str(item.period), item.state.value, ", ".join(item.steps_done)) for item in planned]
    if json:
        print_json([dict(zip(("period", "state", "steps_done"), row, strict=True)) for row in rows])
        return
    print_table("the plan", ("period", "what happens", "steps that have run"), rows)
    err.print(f"{sum(state != 'done' for _, state, _ in rows)} of {len(rows)} periods would run")


def _show_status(runtime: Runtime, *, json: bool) -> None:
    status = read_status(runtime=runtime)
    if json:
        print_json(status.as_json())
        return
    for line in status_lines(status):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


app.command(rich_help_panel="The loop")(init)
app.command(rich_help_panel="The loop")(profile)
app.command(rich_help_panel="The loop")(schedule)
app.command(rich_help_panel="The loop")(due)
app.command(rich_help_panel="The loop")(demo)
app.command(rich_help_panel="The loop")(simulate)
app.command(rich_help_panel="The loop")(tune)
app.add_typer(features, name="features", rich_help_panel="The loop")
app.add_typer(prefect, name="prefect", rich_help_panel="The loop")
app.add_typer(alerts, name="alerts", rich_help_panel="The office")
app.command(rich_help_panel="The office")(metrics)
app.command(rich_help_panel="The office")(explain)
app.command("adverse-actions", rich_help_panel="The office")(adverse)
app.command(rich_help_panel="The office")(sop)
app.command("validation-report", rich_help_panel="The office")(validation_report)
app.command(rich_help_panel="The office")(serve)
app.command(rich_help_panel="The office")(dashboard)
app.command(rich_help_panel="The office")(smoke)
app.command(rich_help_panel="The loop")(airflow)
app.command(rich_help_panel="The office")(materialise)
app.add_typer(ab, name="ab", rich_help_panel="The office")
add_stage_commands(app)
