"""The option that says what set a run off."""

from __future__ import annotations

from typing import Annotated

import typer

from tenure.domain.triggers import Trigger, read_trigger
from tenure.running.changes import user_name


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
