"""The options that name a step of the loop."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tenure.flow import LOOP, steps_of_every_period

StepName = StrEnum("StepName", [(step.name, step.name) for step in steps_of_every_period()])  # type: ignore[misc]
LAST_STEP = StepName(LOOP[-1].name)
OneStep = StrEnum("OneStep", [(step.name, step.name) for step in LOOP])  # type: ignore[misc]

ThroughOption = Annotated[
    StepName, typer.Option("--through", help="The last step that runs; a later call runs the rest.")
]
OnlyOption = Annotated[
    OneStep | None, typer.Option("--only", help="The one step that runs, if it is due and has not run.")
]
