"""``tenure sop`` and ``tenure validation-report``: what those read who answer for a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from tenure.cli.console import err, out, print_json
from tenure.cli.options import AsOfOption, JsonOption, ProjectOption, as_day
from tenure.cli.stages import resolve_as_of
from tenure.governance import Sop, write_down
from tenure.governance.facts import read_decided
from tenure.governance.validation import Validation, read_validation
from tenure.render import read_history
from tenure.render.card import read_version
from tenure.render.sop import write_sop
from tenure.render.validation import write_validation
from tenure.running.ledger import recorded_periods
from tenure.running.runtime import open_runtime

OutOption = Annotated[
    Path | None, typer.Option("--out", help="The folder to write to; that of the period's reports if absent.")
]


def sop(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    folder: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Write the governance document: roles, refresh, thresholds, approvals, rollback, deployment, records."""
    runtime = open_runtime(project)
    recorded = recorded_periods(store=runtime.store)
    day = as_day(as_of) or (recorded[-1] if recorded else None)
    written = write_down(runtime.project, read_decided(runtime.store, as_of=day), as_of=day)
    if json:
        print_json(TypeAdapter(Sop).dump_python(written, mode="json"))
        return
    theme = runtime.project.report.deck.theme
    place = folder or runtime.reports / (day.isoformat() if day else "")
    page = write_sop(written, place, theme=runtime.root / theme if theme else None)
    for one in written.open_points:
        err.print(f"open: {one.text}", markup=False, highlight=False, soft_wrap=True)
    for made in (page.with_suffix(".pdf"), page):
        if made.exists():
            out.print(str(made), markup=False, highlight=False, soft_wrap=True)


def validation_report(
    version: Annotated[int, typer.Argument(help="A version that the gate has judged.")],
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    folder: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Write what an independent validator reads of one version: data, method, outcomes, gate, open points."""
    runtime = open_runtime(project)
    day = resolve_as_of(as_day(as_of), runtime=runtime)
    told = read_validation(runtime.store, project=runtime.project, version=version, as_of=day)
    if json:
        print_json(TypeAdapter(Validation).dump_python(told, mode="json"))
        return
    history = read_history(runtime.store, as_of=day)
    since = told.promoted[-1][0] if told.promoted else None
    bundle = runtime.registry.bundle(version)
    card = read_version(bundle, version=told.version, since=since, history=history, as_of=day)
    page = write_validation(told, card, folder or runtime.reports / day.isoformat())
    for point in told.open_points:
        err.print(f"open: {point}", markup=False, highlight=False, soft_wrap=True)
    out.print(str(page), markup=False, highlight=False, soft_wrap=True)
