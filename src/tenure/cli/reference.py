"""The reference page of the commands, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

_HEAD = """\
# The commands

Every command with its options. This page is made from the commands in the code: `python scripts/reference.py`
writes it again.

- `tenure --debug COMMAND ...` shows the traceback of an error.
- `-p` names the project file or its folder; so does the environment variable `TENURE_PROJECT`.
- Data goes to stdout, everything else to stderr. `--json` prints one JSON document.
- Exit codes: 0; 2 when you can mend it; 75 when a retry may help; 130 when it was interrupted.
"""


def render_commands(app: typer.Typer) -> str:
    """The page, as Markdown: the commands in the order and under the headings of ``tenure --help``.

    Parameters
    ----------
    app
        The command line.
    """
    panels: dict[str, list[str]] = {}
    for name, command, panel in commands_of(typer.main.get_command(app)):
        panels.setdefault(panel, []).append(_render(name, command))
    parts = [f"## {panel}\n\n" + "\n".join(commands) for panel, commands in panels.items()]
    return "\n".join([_HEAD, *parts]).rstrip() + "\n"


def commands_of(
    group: Any, path: str = "tenure", panel: str = "Commands"
) -> Iterator[tuple[str, TyperCommand, str]]:
    """Every command below a group: what is typed, the command, and the heading it stands under.

    Parameters
    ----------
    group
        As `typer.main.get_command` gives it.
    path
        What is typed before the name of a command.
    panel
        The heading of commands that name none.

    Examples
    --------
    >>> app = typer.Typer()
    >>> _ = app.command("a")(lambda: None), app.command("b")(lambda: None)
    >>> [name for name, _, _ in commands_of(typer.main.get_command(app))]
    ['tenure a', 'tenure b']
    """
    for name, command in group.commands.items():
        heading = command.rich_help_panel if isinstance(command.rich_help_panel, str) else panel
        if isinstance(command, TyperGroup):
            yield from commands_of(command, f"{path} {name}", heading)
        elif not command.hidden:
            yield f"{path} {name}", command, heading


def _render(name: str, command: TyperCommand) -> str:
    told = " ".join((command.help or "").replace("``", "`").split())
    rows = [_row(parameter) for parameter in command.params]
    table = ["| | | default | |", "| --- | --- | --- | --- |", *rows, ""] if rows else []
    return "\n".join([f"### `{name}`", "", told, "", *table])


def _row(parameter: Any) -> str:
    is_option = isinstance(parameter, TyperOption)
    words = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.name.upper()]
    said = " ".join((parameter.help or "").split())
    cells = [" ".join(f"`{word}`" for word in words), _kind(parameter), _default(parameter), said]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kind(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    kind = next((part for part in get_args(kind) if part is not type(None)), kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " ".join(f"`{choice.value}`" for choice in kind)
    words = {bool: "", datetime: "YYYY-MM-DD", Path: "path", str: "text", int: "whole number"}
    return words.get(kind, getattr(kind, "__name__", ""))


def _default(parameter: Any) -> str:
    if parameter.required:
        return "**required**"
    value = parameter.default
    if value is None or isinstance(value, bool) or callable(value) or value in ("", ()):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"
