"""The options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

ProjectOption = Annotated[
    Path, typer.Option("--project", "-p", envvar="TENURE_PROJECT", help="The project file, or its folder.")
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="End of the period; the next one due if absent."),
]
FromOption = Annotated[
    datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="End of the first period.")
]
ToOption = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="End of the last period.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
PlanOption = Annotated[bool, typer.Option("--plan", help="Print what would be searched, and train nothing.")]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Processes that train in parallel; default: cores.")
]


def as_day(moment: datetime | None) -> date | None:
    """The day that an option names."""
    return None if moment is None else moment.date()
