"""``tenure ab``: champion against challenger on live requests."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import typer
from pydantic import TypeAdapter

from tenure.cli.console import TerminalProgress, out, print_json, print_table
from tenure.cli.options import AsOfOption, JsonOption, ProjectOption, as_day
from tenure.cli.stages import resolve_as_of
from tenure.domain.serving import ENTITY_SECRET, ChallengerConfig, ChallengerMode
from tenure.domain.wording import agreeing, counted
from tenure.experiment import compare_arms
from tenure.experiment.rows import keys_of_labels
from tenure.experiment.rule import ArmComparison, ArmResult, Estimate, Outlook, Winner
from tenure.experiment.stage import Terms
from tenure.running.runtime import Runtime, open_runtime

ab = typer.Typer(no_args_is_help=True, help="Champion against challenger on live requests.")

_COLUMNS = ("arm", "version", "answered", "matured", "metric", "interval", "positive")


@ab.callback()
def _about() -> None:
    """Champion against challenger on live requests."""


@ab.command()
def report(project: ProjectOption = Path(), as_of: AsOfOption = None, json: JsonOption = False) -> None:
    """Say who does better by the labels known, with what certainty, and when there will be enough of them."""
    runtime = open_runtime(project, progress=TerminalProgress())
    found = compare(resolve_as_of(as_day(as_of), runtime=runtime), runtime=runtime)
    if json:
        print_json(TypeAdapter(ArmComparison).dump_python(found, mode="json"))
        return
    title = f"{found.mode}: {found.metric} by the labels known on {found.as_of}"
    print_table(title, _COLUMNS, [_cells(arm) for arm in (found.champion, found.challenger)])
    for line in told(found):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def compare(as_of: date, *, runtime: Runtime) -> ArmComparison:
    """The comparison by the terms of the project file."""
    project = runtime.project
    terms = Terms(
        metric=project.gate.beat_champion.metric,
        config=project.serve.challenger or ChallengerConfig(),
        horizon=project.label.horizon,
        seed=project.seed,
        n_resamples=project.gate.resamples,
        secret=os.environ.get(ENTITY_SECRET, "") if _keys_are_personal(runtime) else "",
    )
    return compare_arms(
        as_of, terms=terms, registry=runtime.registry, store=runtime.store, engine=runtime.engine
    )


def told(found: ArmComparison) -> list[str]:
    """What the table does not say: differences, verdict, when there will be enough."""
    shadow = found.mode is ChallengerMode.SHADOW
    what = "put into another class" if shadow else "difference in positive answers"
    lines = [
        f"difference in {found.metric} (challenger − champion): {_span(found.difference)}",
        f"{what}: {_span(found.decisions)}",
        f"difference in the mean score: {_span(found.scores)}",
        f"winner: {found.winner} — {found.why}",
        _outlook(found.outlook, found.winner),
    ]
    return [*lines, *(f"note: {note}" for note in found.notes)]


def _outlook(outlook: Outlook, winner: Winner) -> str:
    if winner is not Winner.NOT_YET:
        return f"enough data: yes, {counted(outlook.n_matured, 'label')}"
    if outlook.n_required is None:
        return f"enough data: cannot be told from {counted(outlook.n_matured, 'label')}"
    there = f"{outlook.n_matured:,} {agreeing(outlook.n_matured, 'is', 'are')} there"
    needed = f"{counted(outlook.n_required, 'label is', 'labels are')} needed, {there}"
    observed = outlook.n_required_observed
    also = f" ({observed:,} for a difference as large as observed)" if observed else ""
    when = "" if outlook.enough_on is None else f"; enough on {outlook.enough_on}"
    return f"enough data: {needed}{also}{when}, at {outlook.per_day:,.1f} events a day"


def _cells(arm: ArmResult) -> tuple[str, ...]:
    value, span = ("", "") if arm.metric is None else (f"{arm.metric.value:.4f}", _bounds(arm.metric))
    positive = "" if arm.positive_share is None else f"{arm.positive_share:.1%}"
    counts = (f"{arm.n_answered:,}", f"{arm.n_matured:,}")
    return (arm.arm.value, str(arm.model_version), *counts, value, span, positive)


def _span(estimate: Estimate | None) -> str:
    return "undefined" if estimate is None else f"{estimate.value:+.4f} ({_bounds(estimate)})"


def _bounds(estimate: Estimate) -> str:
    return f"{estimate.low:.4f} to {estimate.high:.4f}"


def _keys_are_personal(runtime: Runtime) -> bool:
    """Whether the server hashed the keys with its secret."""
    pii = {name for source in runtime.project.sources.values() for name, c in source.columns.items() if c.pii}
    return not pii.isdisjoint(keys_of_labels(runtime.store))
