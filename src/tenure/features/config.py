"""The sections `population`, `label` and `features` of the project file."""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from tenure.domain.cuts import CutPolicy
from tenure.domain.durations import Duration
from tenure.domain.sources import Identifier, ReasonWords, Section
from tenure.domain.tables import EVENT_TIME, LABEL
from tenure.features.window import Window


class Aggregate(StrEnum):
    """What is computed from the rows of a window."""

    COUNT = "count"
    MEAN = "mean"
    STD = "std"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    LAST = "last"
    TREND = "trend"
    DISTINCT = "distinct"
    MODE = "mode"
    SHARE = "share"


class Query(Section):
    """One SELECT in DuckDB's dialect: in a file, or written into the project file."""

    sql: str = ""
    """The file with the query, relative to the project file."""
    select: str = ""
    """The query itself, instead of a file."""

    @model_validator(mode="after")
    def _one_query(self) -> Self:
        if bool(self.sql) == bool(self.select):
            raise ValueError("give one of `sql` (a file with a query) and `select` (the query itself)")
        if "\n" in self.sql or self.sql[:7].lower() in {"select ", "with "}:
            raise ValueError("`sql` names a file; write the query itself under `select`")
        return self


class Population(Query):
    """Who is scored, and when: one row per entity and event, of what was known at the end of the period."""

    keys: tuple[str, ...] = ()
    """Columns of the query that identify an entity; all of its columns but the time when absent.
    Further columns are no features: sources whose keys they are are joined by them."""
    event_time: str = EVENT_TIME
    """Column of the query that says when the entity is scored: nothing known later is looked at."""


class Label(Query):
    """What is predicted: keys, event time and class of each event whose outcome window has closed."""

    horizon: Duration
    """How long after the event its label is known."""
    known_at: str | None = None
    """Column of the query that says when the label was known, instead of event time + `horizon`."""
    event_time: str = EVENT_TIME
    """Column of the query with the event time, as in the population."""
    label: str = LABEL
    """Column of the query with the class, or with the number that `cuts` makes classes of; rows where it
    is null have no label."""
    cuts: CutPolicy | None = None
    """Classes made of a number, such as a price: low, medium, high. Without it the label is the class."""


class RelativeTime(Section):
    """A column that counts time from the event: ``-3`` months is three months before it."""

    column: str
    """Whole or fractional numbers: negative before the event, positive after it (left out, counted)."""
    unit: Literal["day", "week", "month", "year"]
    """What it counts."""


class SourceBlock(Section):
    """Features of one source: its last known row, or aggregates over windows before the event."""

    source: Identifier
    """The source, by its name under `sources`."""
    columns: tuple[str, ...] = ()
    """Columns that become features: names, ``fe_*``, or ``fe_1, ..., fe_20``. When absent all but
    keys, times, columns of type ``text``, and those marked ``pii`` or ``feature: false``. Text without a
    rule under `sources.<source>.columns` (every such column of a CSV file is text) is never a feature. A
    column of type ``text`` that is named here is used where ``model.encoding.features`` asks for its
    ``embedding``."""
    exclude: tuple[str, ...] = ()
    """Columns (names or ``fe_*``) that do not."""
    windows: tuple[Window, ...] = ()
    """Spans before the event, such as ``3 months``, or ``all``. With none, a source with one row per
    entity and time gives its last known row; any other is aggregated over ``all``."""
    aggregates: tuple[Aggregate, ...] = ()
    """What is computed in each window. When absent: mean, last, std, min, max, trend, mode, count."""
    through: Identifier | None = None
    """A source that links this one to the population when they have no key in common."""
    relative_time: RelativeTime | None = None
    """Where the source says how long before the event a row was, instead of when."""
    suffix: str = ""
    """Put after the names of the block's features, so that two blocks of one source can differ."""


class CrossBlock(Section):
    """One feature of two or more: categories together, numbers multiplied."""

    cross: Annotated[tuple[str, ...], Field(min_length=2)]
    """Features by name, or columns (``Occupation``, ``attributes.Occupation``) as last known."""
    reason: str | ReasonWords = ""
    """What an applicant is told when it pushed the score; made of its members' words when absent."""


class SqlBlock(Query):
    """Features by a query over the sources, ``population`` and ``features`` (those made so far).

    Its rows are matched by the population's keys and ``event_time``; each other column is a feature.
    """

    point_in_time: bool = True
    """Whether each source is seen as it was known at each event: its rows carry the keys and the
    ``event_time`` of the event, and no row known later is there. With false the query sees the source
    as known at the end of the period, and must itself leave out what came after an event."""
    kinds: dict[str, Literal["number", "category", "text"]] = Field(default={})
    """How a model reads a column where its type does not say: a number that is a code, say."""
    reasons: dict[str, str | ReasonWords] = Field(default={})
    """What an applicant is told when a column of the query pushed the score; made of its name when absent."""
    through: dict[Identifier, Identifier] = Field(default={})
    """For sources without a key of the population: the source that links each of them to it."""

    @property
    def name(self) -> str:
        """What the block is called: the SQL file without folder and ending, or ``select``."""
        return self.sql.rsplit("/", 1)[-1].rsplit(".", 1)[0] or "select"


_TAGS = {"source": "source", "cross": "cross", "sql": "sql", "select": "sql"}


def _kind_of_block(value: Any) -> str | None:
    """Which section a block is, by its keys; the nearest one where a key is misspelt."""
    if isinstance(value, Section):
        return {SourceBlock: "source", CrossBlock: "cross", SqlBlock: "sql"}.get(type(value))
    if not isinstance(value, dict):
        return None
    for key in value:
        if key in _TAGS:
            return _TAGS[key]
    close = [difflib.get_close_matches(str(key), list(_TAGS), n=1) for key in value]
    return next((_TAGS[match[0]] for match in close if match), None)


FeatureBlock = Annotated[
    Annotated[SourceBlock, Tag("source")]
    | Annotated[CrossBlock, Tag("cross")]
    | Annotated[SqlBlock, Tag("sql")],
    Discriminator(
        _kind_of_block,
        custom_error_type="feature_block",
        custom_error_message="a feature block has one of the keys `source`, `cross`, `sql` and `select`",
    ),
]
"""One entry of `features`."""
