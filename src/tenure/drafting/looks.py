"""What was seen in raw files: numbers and values only, nothing guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from tenure.domain.tables import RawTable


class Held(StrEnum):
    """What a file itself says a column holds; everything in a CSV file is text."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    OTHER = "other"
    """Lists, structures, bytes: no model reads them."""


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value and how many rows have it."""

    value: str
    """Cut off after 200 characters."""
    n: int
    number: float | None = None
    """What is left of it as a number once the decoration around it is taken off."""
    n_twins: int = 0
    """Rows that have the same number without decoration."""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """One column of a source, in the rows that were looked at.

    Empty and blank texts count as null. `top` and `odd` hold the most frequent values, most frequent
    first; `odd` only those that are no numbers as they stand.
    """

    name: str
    held: Held
    n_rows: int
    n_values: int = 0
    n_distinct: int = 0
    n_numbers: int = 0
    """Values that are numbers as they stand."""
    n_decorated: int = 0
    """Values that are numbers once what stands around them is taken off: ``32_``."""
    n_whole: int = 0
    """Of both, those without a fraction."""
    n_padded: int = 0
    """Values that are digits beginning with a zero: ``00123``."""
    n_spans: int = 0
    """Values such as ``10 Years and 9 Months``."""
    longest: int = 0
    """Characters of the longest value."""
    patterns: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Rows whose value has the form of an e-mail address, a telephone number ..., by the form's name."""
    top: tuple[ValueCount, ...] = ()
    odd: tuple[ValueCount, ...] = ()

    @property
    def null_share(self) -> float:
        """Share of the rows without a value."""
        return 1 - self.n_values / self.n_rows if self.n_rows else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value, and no two the same."""
        return 0 < self.n_rows == self.n_values == self.n_distinct


@dataclass(frozen=True, slots=True)
class Extreme:
    """The outermost number of a column, and the one next to it."""

    value: float
    n: int
    beside: float


@dataclass(frozen=True, slots=True)
class NumberLook:
    """The numbers of a column, without what means null."""

    n: int
    n_distinct: int
    low: Extreme
    high: Extreme
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float


@dataclass(frozen=True, slots=True)
class FormatCount:
    """How many values a time format reads (None: ISO), and from when to when they are."""

    time_format: str | None
    n: int
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class FormatLook:
    """What several time formats read of a column."""

    counts: tuple[FormatCount, ...]
    n_any: int
    """Values that at least one of them reads."""


@dataclass(frozen=True, slots=True)
class SourceLook:
    """One source: which files, how many rows, and its columns."""

    raw: RawTable
    n_rows: int
    step: int
    """Every so-manieth row was looked at; counts of rows and keys are of all rows."""
    columns: tuple[ColumnLook, ...]
    partial: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Columns that only some files have, with the number of those files."""

    @property
    def name(self) -> str:
        """The source's name."""
        return self.raw.source

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnLook:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)
