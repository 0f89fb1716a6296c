"""A source as its files hold it, and the round that takes in of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.ports import Engine, TableStore

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Round:
    """The period that takes in, where from and where to."""

    period: Period
    root: Path
    store: TableStore
    engine: Engine


@dataclass(frozen=True, slots=True)
class Delivery:
    """The rows of a source, with their times, and the columns of each of its files."""

    name: str
    source: Source
    rows: ir.Table
    files: Mapping[str, tuple[str, ...]]

    def columns_of(self, files: Iterable[str]) -> tuple[str, ...]:
        """The columns that any of the files has, in the order in which they come up."""
        return tuple(dict.fromkeys(column for file in files for column in self.files[file]))
