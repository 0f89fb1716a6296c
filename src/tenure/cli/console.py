"""What a terminal shows: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from tenure.errors import TenureError

T = TypeVar("T")

LOG_WIDTH = 160
"""Columns of a table where nobody's terminal says how many there are."""

out = Console()
err = Console(stderr=True)


def print_error(error: TenureError) -> None:
    """One paragraph and a hint; in a log no line is broken but by the message itself."""
    in_log = not err.is_terminal
    err.print(Text.assemble(("error: ", "bold red"), error.message), soft_wrap=in_log)
    if error.hint:
        err.print(Text.assemble("\n", ("hint: ", "bold"), error.hint), soft_wrap=in_log)


def print_line(line: str) -> None:
    """A line of data on stdout, as it is."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """A line beside the data, on stderr, as it is."""
    err.print(line, markup=False, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """A value as one JSON document on stdout."""
    out.file.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows under a headline; cells are shown as they are."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = out if out.is_terminal else Console(file=out.file, width=LOG_WIDTH)
    console.print(table)


class TerminalProgress:
    """Bars on stderr while somebody looks at a terminal; nothing in a log."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
            console=err,
            transient=True,
        )
        self._depth = 0

    def track(self, items: Iterable[T], description: str, *, total: int | None = None) -> Iterable[T]:
        """Pass `items` through under a bar."""
        task = self._bars.add_task(description, total=total, now="")
        self._enter()
        try:
            for item in items:
                yield item
                self._bars.advance(task)
        finally:
            self._bars.remove_task(task)
            self._leave()

    def say(self, message: str) -> None:
        """What is happening now, beside the bar."""
        for task in self._bars.tasks[:1]:
            self._bars.update(task.id, now=message)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth == 1 and err.is_terminal:
            self._bars.start()

    def _leave(self) -> None:
        self._depth -= 1
        if self._depth == 0 and err.is_terminal:
            self._bars.stop()
