"""A draft: every guess as a value, each with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tenure.domain.periods import PeriodUnit
from tenure.domain.sources import Column, ColumnType
from tenure.drafting.looks import NumberLook, SourceLook
from tenure.features.config import Aggregate, RelativeTime


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is no part of the draft."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How the times of a column are written: one format, or several between which a person must choose."""

    fits: tuple[str | None, ...]
    """The formats that read the values; None is ISO."""
    seen: str
    is_open: bool = False
    """Whether the values do not tell which of `fits` is meant."""
    is_mixed: bool = False
    """Whether none of `fits` reads nearly all values."""
    first: date | None = None
    last: date | None = None

    @property
    def stated(self) -> str | None:
        """The format that a project file must state; None where it is ISO or not decided."""
        return None if self.is_open else self.fits[0]


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """One column: its rule, and what was seen."""

    name: str
    rule: Column
    seen: tuple[str, ...] = ()
    time: TimeFormat | None = None
    """How it is written, where it holds dates."""
    number: NumberLook | None = None
    """Its numbers, where it holds any."""
    is_identifier: bool = False
    """Whether its name says that it tells one thing from another, and its values may."""
    warning: str = ""
    """Why a person must look at it before anything is trained."""

    @property
    def type(self) -> ColumnType | None:
        """What it holds."""
        return self.rule.type


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What identifies a row of a source."""

    keys: tuple[str, ...]
    """Empty where nothing does."""
    seen: str
    event_time: str | None = None
    known_at: str | None = None
    unique: bool = True
    """Whether keys and event time identify one row."""
    one_row: bool = True
    """Whether the keys alone do."""


class Role(StrEnum):
    """What a source is to the population."""

    ENTITY = "entity"
    """At most one row per entity: its last known row is its features."""
    HISTORY = "history"
    """Several rows per entity: aggregates over windows are its features."""
    OUTCOMES = "outcomes"
    """Rows that come after the event: what the label is made of, and never a feature."""
    UNLINKED = "unlinked"
    """No key leads from the population to it."""


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """What a source gives to the features."""

    role: Role
    seen: str
    columns: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    through: str | None = None
    relative_time: RelativeTime | None = None


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """One source: where it lies, how it is read, what it is for."""

    look: SourceLook
    path: str
    """A file or a glob, below the folder that was looked at."""
    key: KeyDraft
    columns: tuple[ColumnDraft, ...]
    block: BlockDraft
    link: tuple[str, ...] = ()
    """Keys that are only there to link it to the population."""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The source's name."""
        return self.look.name

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys as the project file lists them: those that link it first."""
        return tuple(dict.fromkeys((*self.link, *self.key.keys)))

    def column(self, name: str) -> ColumnDraft:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class PopulationDraft:
    """Who is scored, and when."""

    source: str
    keys: tuple[str, ...]
    event_time: str | None
    """The column that says when; None where the data know no time."""
    extra: tuple[str, ...]
    """Further columns, by which other sources are joined."""
    seen: str
    is_repeated: bool = False
    """Whether the source has several rows per entity and event."""
    n_events: int = 0
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class LabelDraft:
    """What a label might be made of."""

    column: str | None
    """A column of the population's source that looks like the label itself."""
    n_classes: int = 0
    candidates: tuple[str, ...] = ()
    """Columns that look like outcomes, as ``source.column``, each with what was seen."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A first project, as far as looking can tell."""

    project: str
    folder: str
    """The folder that was looked at."""
    period: PeriodUnit
    sources: tuple[SourceDraft, ...]
    population: PopulationDraft | None
    """None where no source has a key."""
    label: LabelDraft
    left_out: tuple[LeftOut, ...] = ()

    def source(self, name: str) -> SourceDraft:
        """The source called `name`."""
        return next(source for source in self.sources if source.name == name)

    @property
    def open_times(self) -> tuple[tuple[str, str], ...]:
        """Source and column of every time whose format a person must choose."""
        return tuple(
            (source.name, column.name)
            for source in self.sources
            for column in source.columns
            if column.time is not None and column.time.is_open
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person must look at, as ``source.column: why``."""
        return tuple(
            f"{source.name}.{column.name}: {column.warning}"
            for source in self.sources
            for column in source.columns
            if column.warning
        )
