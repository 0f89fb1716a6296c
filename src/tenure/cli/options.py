"""The options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tenure.domain.triggers import Trigger, read_trigger
from tenure.flow import LOOP, steps_of_every_period
from tenure.running.changes import user_name

StepName = StrEnum("StepName", [(step.name, step.name) for step in steps_of_every_period()])  # type: ignore[misc]
LAST_STEP = StepName(LOOP[-1].name)
OneStep = StrEnum("OneStep", [(step.name, step.name) for step in LOOP])  # type: ignore[misc]

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


def as_trigger(text: str) -> Trigger:
    """What set the run off, as an option or the environment names it."""
    try:
        return read_trigger(text, otherwise_by=user_name())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


TriggerOption = Annotated[
    Trigger | None,
    typer.Option(
        "--trigger",
        envvar="TENURE_TRIGGER",
        parser=as_trigger,
        metavar="KIND:WHO",
        help="What set this off, for the record: time, new data, code change, manual or drift decision.",
    ),
]
ThroughOption = Annotated[
    StepName, typer.Option("--through", help="The last step that runs; a later call runs the rest.")
]

OnlyOption = Annotated[
    OneStep | None, typer.Option("--only", help="The one step that runs, if it is due and has not run.")
]


def as_day(moment: datetime | None) -> date | None:
    """The day that an option names."""
    return None if moment is None else moment.date()
