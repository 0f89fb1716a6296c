"""A deck as data: pages of text and figures, in which every number carries the query that gave it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

SHOWN_OF_HASH = 8
"""Letters of a query's hash that a page shows."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the gold tables, and the table that it is about."""

    table: str
    """Such as ``gold/monitoring``; several are joined by ``, ``."""
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of its text.

        Examples
        --------
        >>> Query("gold/runs", "SELECT 1").sha256[:8]
        'e004ebd5'
        """
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cited:
    """A value of a query's answer, and how it is told."""

    value: Any
    text: str
    query: Query
    row: int
    column: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What the project file says, and where in it."""

    text: str
    key: str


Text: TypeAlias = tuple[str | Cited | Stated, ...]
"""Words without a digit, and between them what tables and the project file say."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number in large letters, with what it is."""

    label: str
    value: Text
    note: Text = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart as a Vega-Lite specification without its size, which the page decides."""

    name: str
    caption: str
    told: str
    """What it shows, for who does not see it."""
    specification: Mapping[str, Any]
    sources: tuple[Query, ...]
    weight: float = 1.0
    """Its part of the height that tables leave, among the plots of the page."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps of the loop, drawn as boxes: of each its name, what it makes, and a number of it."""

    name: str
    caption: str
    told: str
    boxes: tuple[tuple[str, str, Text], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its heads, its rows of cells, and which columns hold numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: frozenset[int] = frozenset()
    wide: int = 0
    """The column that takes what room there is."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What stands where there is nothing to draw yet, and why."""

    caption: str
    why: str


Figure: TypeAlias = Plot | Flow | Grid | Absence


@dataclass(frozen=True, slots=True)
class Page:
    """One page: a finding as its headline, what shows it, three lines on it."""

    topic: str
    headline: Text
    figures: tuple[Figure, ...]
    lines: tuple[Text, ...]
    tiles: tuple[Tile, ...] = ()
    wide: bool = False
    """Whether the figures take the whole width, with the lines below them."""

    @property
    def cited(self) -> tuple[Cited, ...]:
        """Every value of the page's text, in the order in which it is read."""
        return tuple(part for text in texts_of(self) for part in text if isinstance(part, Cited))

    @property
    def sources(self) -> tuple[Query, ...]:
        """Every query of the page, once, in the order in which it is read."""
        drawn = (query for figure in self.figures if isinstance(figure, Plot) for query in figure.sources)
        return tuple(dict.fromkeys([*(part.query for part in self.cited), *drawn]))


@dataclass(frozen=True, slots=True)
class Deck:
    """A period for people who did not build the model: readable alone, without a speaker."""

    project: str
    as_of: date
    pages: tuple[Page, ...]

    @property
    def sources(self) -> tuple[Query, ...]:
        """Every query of the deck, once."""
        return tuple(dict.fromkeys(query for page in self.pages for query in page.sources))


def texts_of(page: Page) -> Iterator[Text]:
    """Every text of a page, in the order in which it is read."""
    yield page.headline
    for tile in page.tiles:
        yield tile.value
        yield tile.note
    for figure in page.figures:
        if isinstance(figure, Grid):
            yield from (cell for row in figure.rows for cell in row)
        elif isinstance(figure, Flow):
            yield from (text for _, _, text in figure.boxes)
    yield from page.lines
