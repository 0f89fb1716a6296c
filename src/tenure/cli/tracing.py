"""``tenure explain`` and ``tenure adverse-actions``: why somebody got this answer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import err, out, print_json
from tenure.cli.options import AsOfOption, JsonOption, ProjectOption, as_day
from tenure.errors import ProjectError
from tenure.lineage import adverse_actions, as_csv, lineage_lines, trace
from tenure.running.runtime import open_runtime


def explain(
    prediction: Annotated[
        str, typer.Argument(help="A request id (ID/3: row 3 of a batch), or the keys: name=value,name=value")
    ],
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Why one prediction came out as it did, and everything it rests on."""
    runtime = open_runtime(project)
    if "=" in prediction:
        pairs = [part.partition("=") for part in prediction.split(",")]
        lineage = trace(runtime, keys={name: value for name, _, value in pairs}, as_of=as_day(as_of))
    else:
        lineage = trace(runtime, request_id=prediction)
    if json:
        print_json(lineage.as_json())
        return
    for line in lineage_lines(lineage):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def adverse(
    as_of: Annotated[datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="End of the period.")],
    project: ProjectOption = Path(),
    file: Annotated[Path | None, typer.Option("--out", help="CSV file to write; printed if absent.")] = None,
) -> None:
    """Whoever was declined in a period, as CSV: with at most four reasons each."""
    rows = list(adverse_actions(open_runtime(project), as_of.date()))
    text = as_csv(rows)
    if file is None:
        typer.echo(text, nl=False)
    else:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ProjectError(f"{file} cannot be written: {error.strerror}") from error
    err.print(f"{len(rows)} declined")
