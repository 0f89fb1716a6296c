"""What an exploration found: values only, small however large the files are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tenure.domain.report import Concern
from tenure.drafting.draft import LeftOut


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a distribution: a value, or a span of them, and the rows that have it."""

    label: str
    n: int


@dataclass(frozen=True, slots=True)
class NumberSummary:
    """The numbers of a column, as read and repaired."""

    low: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    high: float
    mean: float
    std: float | None
    """Of a sample (divided by n - 1); None for one row."""
    n_zero: int
    n_negative: int
    whipple: float | None = None
    """Whipple's index in per cent: 100 where last digits 0 and 5 are as frequent as others, 500 where
    there are no others; None where the column is not of whole numbers, or has few of them."""


@dataclass(frozen=True, slots=True)
class RepairCount:
    """Values that reading repaired in one way."""

    kind: str
    """See `domain.reading.RepairKind`."""
    n: int
    examples: tuple[str, ...] = ()
    """The most frequent of them; none of a column with personal data."""


@dataclass(frozen=True, slots=True)
class ClassShare:
    """Rows of one bin or category, and how many of them are of the class looked at."""

    label: str
    n: int
    n_of_class: int

    @property
    def share(self) -> float:
        """Share of the rows that are of the class."""
        return self.n_of_class / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class PeriodStrength:
    """How well a column tells the label in the events of one period."""

    period: str
    n: int
    value: float | None
    """None where only one class came out."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a column, as last known at the event, says of the label."""

    metric: str
    """``AUC`` for numbers (0.5 to 1, in the better direction), ``IV`` or ``Cramér's V`` for categories."""
    value: float | None
    n: int
    """Labelled events."""
    n_null: int
    """Of them without a value."""
    of_class: str
    """The class that `shares` count; of several that which the column tells best."""
    by_period: tuple[PeriodStrength, ...] = ()
    shares: tuple[ClassShare, ...] = ()
    suspicion: str = ""
    """Why it may know the outcome; empty where nothing says so."""


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column of a source."""

    name: str
    kind: str
    """What it is read as: a `ColumnType`, ``identifier``, or ``structure``."""
    n_rows: int
    """Rows that were looked at."""
    n_null: int
    """Of them without a value, repairs included."""
    n_distinct: int
    is_personal: bool = False
    """Whether it is declared, or looks like, personal data: then nothing below holds a value of it."""
    number: NumberSummary | None = None
    first: date | None = None
    last: date | None = None
    """Of a column of dates."""
    bars: tuple[Bar, ...] = ()
    heaps: tuple[Bar, ...] = ()
    """Numbers that have far more rows than the others."""
    repairs: tuple[RepairCount, ...] = ()
    seen: tuple[str, ...] = ()
    """What drafting saw in it."""
    relation: Relation | None = None

    @property
    def null_share(self) -> float:
        """Share of the rows without a value."""
        return self.n_null / self.n_rows if self.n_rows else 0.0

    @property
    def n_repaired(self) -> int:
        """Values that reading repaired."""
        return sum(repair.n for repair in self.repairs)


@dataclass(frozen=True, slots=True)
class KeySummary:
    """Whether keys and event time identify the rows of a source; counted on all rows."""

    keys: tuple[str, ...]
    event_time: str | None
    must_identify: bool
    """False where several rows with the same keys are meant."""
    n_null: int
    """Rows that lack a key or the event time."""
    n_surplus: int
    """Rows whose keys and event time another row has, too, the first of each not counted."""
    n_copies: int
    """Rows that repeat another in everything, the first of each not counted."""


@dataclass(frozen=True, slots=True)
class RowsPerKey:
    """How many rows the keys that two sources share have in one of them."""

    least: int
    median: float
    most: int


@dataclass(frozen=True, slots=True)
class Join:
    """How two sources meet on a column that both have; counted on all rows."""

    left: str
    right: str
    column: str
    n_left: int
    n_right: int
    """Different keys."""
    n_common: int
    n_left_orphans: int
    n_right_orphans: int
    """Rows whose key the other source does not have, or that have none."""
    per_key_left: RowsPerKey | None
    per_key_right: RowsPerKey | None
    """None where no key is common."""

    @property
    def left_share(self) -> float:
        """Share of the left source's keys that the right one has."""
        return self.n_common / self.n_left if self.n_left else 0.0

    @property
    def right_share(self) -> float:
        """Share of the right source's keys that the left one has."""
        return self.n_common / self.n_right if self.n_right else 0.0


@dataclass(frozen=True, slots=True)
class PeriodCount:
    """Rows by the month (or day) of their event time."""

    period: str
    n: int


@dataclass(frozen=True, slots=True)
class Worry:
    """Something to look at before the source is used, in one sentence with its numbers."""

    concern: Concern
    sentence: str
    column: str = ""
    """Empty where it is about whole rows."""
    weight: float = 0.0
    """Rows that it concerns, less where it is easily mended: what comes first of equal concern."""


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """One source."""

    name: str
    path: str
    n_rows: int
    n_files: int
    step: int
    """Values were looked at in every so-manieth row; rows, keys and joins were counted on all."""
    columns: tuple[ColumnSummary, ...]
    key: KeySummary
    periods: tuple[PeriodCount, ...] = ()
    notes: tuple[str, ...] = ()
    worries: tuple[Worry, ...] = ()
    """The heaviest first."""

    @property
    def concern(self) -> Concern:
        """The heaviest of its worries."""
        order = (Concern.WORRY, Concern.WATCH)
        there = {worry.concern for worry in self.worries}
        return next((each for each in order if each in there), Concern.CALM)


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """The labels known by a day."""

    classes: tuple[Bar, ...]
    of_class: str
    """The class whose share `periods` show: the positive one of two, the rarest of more."""
    periods: tuple[ClassShare, ...]


@dataclass(frozen=True, slots=True)
class FeatureRelation:
    """A feature of the project, and what it says of the label."""

    name: str
    inputs: tuple[str, ...]
    relation: Relation


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found in a folder, or in the sources of a project."""

    title: str
    place: str
    """The folder or the project file."""
    as_of: date | None
    """Rows known by then only; None where all rows were read."""
    sources: tuple[SourceSummary, ...]
    joins: tuple[Join, ...] = ()
    n_joins_left_out: int = 0
    label: LabelSummary | None = None
    features: tuple[FeatureRelation, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    def source(self, name: str) -> SourceSummary:
        """The source called `name`."""
        return next(source for source in self.sources if source.name == name)

    def joins_of(self, name: str) -> tuple[Join, ...]:
        """The joins that a source takes part in."""
        return tuple(join for join in self.joins if name in {join.left, join.right})
