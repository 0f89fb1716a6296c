"""The governance document as data: sections of statements, each with what shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What an artefact is."""

    KEY = "key"
    """Of the project file."""
    TABLE = "table"
    """Of the datamart."""
    FILE = "file"
    """In the folder of the reports, in a bundle, or beside the project file."""
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Shown:
    """The artefact that shows a statement to be so."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence, and what shows it."""

    text: str
    shown: tuple[Shown, ...] = ()
    is_open: bool = False
    """Whether a person still has to say it: an open point."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words under their heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the document."""

    title: str
    statements: tuple[Statement, ...]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a rule asks for, what there is for it, and what is left to people."""

    rule: str
    asks: str
    given: str
    shown: tuple[Shown, ...]
    left: str = ""
    """What no artefact of the system shows."""


@dataclass(frozen=True, slots=True)
class Sop:
    """The standard operating procedure of one project."""

    project: str
    as_of: date | None
    """The last period that it tells of; None before any has run."""
    sections: tuple[Section, ...]
    requirements: tuple[Requirement, ...]

    @property
    def open_points(self) -> tuple[Statement, ...]:
        """What is still to be stated."""
        return tuple(one for part in self.sections for one in part.statements if one.is_open)

    @property
    def shown(self) -> Iterator[Shown]:
        """Every artefact that the document names."""
        for part in self.sections:
            for one in part.statements:
                yield from one.shown
        for asked in self.requirements:
            yield from asked.shown


def key(*names: str) -> tuple[Shown, ...]:
    """Keys of the project file."""
    return tuple(Shown(Kind.KEY, name) for name in names)


def table(*names: str) -> tuple[Shown, ...]:
    """Tables of the datamart."""
    return tuple(Shown(Kind.TABLE, name) for name in names)


def file(*names: str) -> tuple[Shown, ...]:
    """Files."""
    return tuple(Shown(Kind.FILE, name) for name in names)


def command(*names: str) -> tuple[Shown, ...]:
    """Commands, as they are typed."""
    return tuple(Shown(Kind.COMMAND, name) for name in names)
