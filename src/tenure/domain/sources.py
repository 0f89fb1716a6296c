"""What a project file says of its raw tables: one `Source` each, with its `Column` rules."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tenure.domain.durations import Duration

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


def _has_directives(text: str) -> str:
    if "%" not in text:
        raise ValueError(f"`{text}` is no time format; state one such as `%d/%m/%Y` for 31/12/2024")
    return text


TimeFormat = Annotated[str, AfterValidator(_has_directives)]
"""A strptime format."""


class ColumnType(StrEnum):
    """What a column holds once it is clean."""

    INTEGER = "integer"
    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    MONTHS = "months"  # '10 Years and 9 Months' -> 129


class FileFormat(StrEnum):
    """How a raw table is written."""

    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"
    DELTA = "delta"


class Section(BaseModel):
    """Base of every section of the project file: frozen, and no key that is not documented."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReasonWords(Section):
    """What an applicant is told when a feature pushed the score, by its value."""

    high: str = ""
    """When the value is above what is usual, or is a category."""
    low: str = ""
    """When it is below what is usual."""
    missing: str = ""
    """When it is not known."""

    @property
    def texts(self) -> tuple[str, str, str]:
        """All three; features with the same make one reason."""
        return self.high, self.low, self.missing


def reason_words(reason: str | ReasonWords) -> ReasonWords | None:
    """A reason as it is told of any value; None for an empty text.

    Examples
    --------
    >>> reason_words("Debt is high against income").low
    'Debt is high against income'
    """
    if isinstance(reason, ReasonWords):
        return reason
    return ReasonWords(high=reason, low=reason, missing=reason) if reason else None


class Column(Section):
    """How one raw column is read, repaired and checked. Repairs happen in the order of the fields."""

    type: ColumnType | None = None
    """What it holds; the type found in the file when absent (CSV columns are then text)."""
    strip: str = ""
    """Characters taken off both ends: ``'32_'`` becomes ``32`` with ``strip: "_"``."""
    null_values: tuple[str, ...] = ()
    """Texts that mean null (compared after `strip` and trimming blanks, and before it)."""
    values: tuple[str, ...] | None = None
    """The categories there may be; others follow `otherwise`."""
    between: tuple[float, float] | None = None
    """Smallest and largest value there may be, both included; others follow `otherwise`."""
    otherwise: Literal["null", "keep", "error"] = "null"
    """What happens to a value that cannot be read as `type`, or is outside `values`/`between`:
    it becomes null and is counted; it stays (and is counted); or validation stops the period."""
    format: TimeFormat | None = None
    """strptime format of a ``date`` column; ISO when absent."""
    max_null_share: float | None = Field(default=None, ge=0, le=1)
    """Warn when more than this share of a period is null, repairs included."""
    required: bool = True
    """Whether a file without this column is an error (true) or a column of nulls with a warning."""
    renamed_from: tuple[str, ...] = ()
    """Names that this column has or had in other files."""
    pii: bool = False
    """Never a feature, never in a log."""
    protected: bool = False
    """Never a feature; the gate compares how a model treats the groups that it makes."""
    bands: tuple[float, ...] = ()
    """Where the groups of a protected number begin: ``[25, 62]`` makes below 25, 25 to 62, 62 and over."""
    feature: bool = True
    """Whether a block that names no columns of its own takes this one as a feature."""
    words: str = ""
    """What a person calls it, for reasons and reports."""
    reason: str | ReasonWords = ""
    """What an applicant is told when features made of it pushed the score: one text, such as
    ``Debt is high against income``, or one by its value. Made of `words` when absent."""

    @model_validator(mode="after")
    def _bands_of_a_protected_number(self) -> Self:
        if self.bands and not self.protected:
            raise ValueError("`bands` make groups of a `protected` number; this column is not protected")
        if list(self.bands) != sorted(set(self.bands)):
            raise ValueError(f"`bands` must ascend; they are {list(self.bands)}")
        return self


class Database(Section):
    """A table of a database, or what a query says of it. Nothing is ever written to it."""

    uri: Annotated[str, Field(pattern=r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$")]
    """The environment variable that holds the address, as ``${WAREHOUSE}``. It is read when the table is:
    the address itself, with its password, is part of no file, table, log or message."""
    table: str = ""
    """The table or view, as ``schema.name`` or ``name``."""
    query: str = ""
    """One SELECT in the database's own dialect, instead of a table."""

    @model_validator(mode="after")
    def _table_or_query(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("give one of `table` and `query`")
        return self

    @property
    def variable(self) -> str:
        """The name of the environment variable that holds the address."""
        return self.uri[2:-1]

    @property
    def name(self) -> str:
        """What its rows come from: the table, or ``query``."""
        return self.table or "query"


class Source(Section):
    """One raw table: where it lies, what identifies a row, and when a row was known."""

    path: str = ""
    """A file, a glob or a folder, relative to the project file. A folder with a ``_delta_log`` is read as
    a Delta table; so is an address such as ``s3://bucket/table`` with ``format: delta``."""
    database: Database | None = None
    """A table of a database, instead of a path."""
    format: FileFormat | None = None
    """Taken from the file's ending, or the folder's content, when absent."""
    delimiter: str = ","
    """What stands between the cells of a CSV file."""
    encoding: str = "utf-8"
    """What the text of a CSV or JSON file is written in, such as ``cp1254``."""
    keys: tuple[str, ...] = Field(min_length=1)
    """Columns that, with the event time, identify a row."""
    event_time: str | None = None
    """The column that says when it happened; with none, every row counts as always known."""
    time_format: TimeFormat | None = None
    """strptime format of `event_time`; ISO (``2024-03-01``) when absent."""
    delay: Duration = Duration()
    """known at = event time + delay."""
    known_at: str | None = None
    """A column that says when the row became known; instead of `delay`."""
    unique: bool = True
    """Whether keys and event time identify one row; false for children such as payments."""
    columns: dict[str, Column] = {}
    """Rules by column; columns without rules come in as they are."""
    max_age: Duration | None = None
    """Warn when the newest row is older than this at the end of a period."""
    severity: dict[str, Literal["error", "warning", "off"]] = {}
    """Severity of a check of this source by finding code, where the default does not fit."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.path) == (self.database is not None):
            raise ValueError("give one of `path` and `database`: where the table lies")
        if self.database is not None and self.format is not None:
            raise ValueError("a table of a database has no `format`")
        return self

    @model_validator(mode="after")
    def _one_way_to_know(self) -> Self:
        if self.known_at is not None and self.delay:
            raise ValueError("give either `known_at` (a column) or `delay`, not both")
        return self

    @property
    def place(self) -> str:
        """Where it lies, as a person is told: the path, or the table and the variable of its address."""
        return self.path if self.database is None else f"{self.database.name} of ${self.database.variable}"

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The keys without the event time, which may be listed among them."""
        return tuple(key for key in self.keys if key != self.event_time)
