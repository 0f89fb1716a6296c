"""What can be planted: one frozen value an event, and what the lender writes down about it.

An event holds in the months from ``start`` up to, not including, ``end``; without an end it goes on to the
last month. Rows are dated by their snapshot, except for what belongs to a file rather than to a row
(`RenamedColumn`, `UnitChange`): that is dated by the month of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tenure.domain.wording import counted
from tenure.simulate.arrays import Flags
from tenure.simulate.months import Months, month_of
from tenure.simulate.shape import ATTRIBUTES, CLICKSTREAM, FINANCIALS, LOAN_LEDGER, SNAPSHOT


@dataclass(frozen=True, slots=True)
class Planted:
    """One line of ``truth.json``: what was done to which columns of which source, from when to when."""

    what: str
    source: str
    columns: tuple[str, ...]
    start: date
    end: date | None
    """First month in which it no longer holds; None when it never ends."""
    size: float
    """What it counts is said by `effect`."""
    effect: str
    """What a reader of the data, or of a monitor, should see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recession:
    """Applicants become poorer, more indebted and later; and the same applicant defaults more often.

    A shift of the features and of the odds given the features at once. Features move for loans that start in
    it; payments are missed more often in every month of it, also by loans that started before.
    """

    start: date
    end: date | None = None
    size: float = 1.0
    """1 moves the hidden traits by about half a standard deviation each, and the log-odds of going bad by
    0.35, plus 0.6 for each standard deviation by which debt over income is above what is usual."""
    kind: ClassVar[str] = "recession"

    def planted(self) -> tuple[Planted, ...]:
        """What is written down: the features that move, and the labels."""
        features = ("Annual_Income", "Outstanding_Debt", "Delay_from_due_date", "Credit_Utilization_Ratio")
        seen = "income falls; debt, delays and utilisation rise, for loans that start in it"
        missed = (
            "the default rate given the same features rises: of loans that start in it, and in part of loans "
            "whose first six instalments reach into it; known only when their labels mature"
        )
        return (
            Planted(self.kind, FINANCIALS, features, self.start, self.end, self.size, seen),
            Planted(self.kind, LOAN_LEDGER, ("overdue_amt",), self.start, self.end, self.size, missed),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOutage:
    """Rows of a source never arrive: of all customers, or of all but a share of them."""

    start: date
    end: date | None = None
    source: str = CLICKSTREAM
    covered_share: float = 0.0
    """In [0, 1): the share of customers whose rows still arrive, the same customers each month."""
    kind: ClassVar[str] = "feed_outage"

    def planted(self) -> tuple[Planted, ...]:
        """What is written down; the size is the share of customers without rows."""
        lost = 1 - self.covered_share
        seen = f"{lost:.0%} of the customers have no rows; features from them are null or older"
        return (Planted(self.kind, self.source, (), self.start, self.end, lost, seen),)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCategory:
    """A category that was never there before appears, and carries its own risk."""

    start: date
    end: date | None = None
    source: str = ATTRIBUTES
    column: str = "Product"
    category: str = "Buy_Now_Pay_Later"
    share: float = 0.15
    """Share of the customers who start from then on and bear it, in (0, 1]."""
    log_odds: float = 0.5
    """What it adds to their log-odds of default."""
    kind: ClassVar[str] = "new_category"

    def planted(self) -> tuple[Planted, ...]:
        """What is written down; the size is the share of rows."""
        seen = f"`{self.category}` appears; those who bear it default more often (log-odds {self.log_odds:+})"
        return (Planted(self.kind, self.source, (self.column,), self.start, self.end, self.share, seen),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamedColumn:
    """A column has another name in the files of these months."""

    start: date
    end: date | None = None
    source: str = FINANCIALS
    column: str = "Outstanding_Debt"
    name: str = "OutstandingDebt"
    kind: ClassVar[str] = "renamed_column"

    def planted(self) -> tuple[Planted, ...]:
        """What is written down; the size is the number of columns."""
        seen = f"files hold `{self.name}` where `{self.column}` was"
        columns = (self.column, self.name)
        return (Planted(self.kind, self.source, columns, self.start, self.end, 1.0, seen),)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChange:
    """A number arrives in another unit: all values of the files of these months times a factor."""

    start: date
    end: date | None = None
    source: str = FINANCIALS
    column: str
    factor: float
    """12 for months where years were meant, 1000 for thousandths."""
    kind: ClassVar[str] = "unit_change"

    def planted(self) -> tuple[Planted, ...]:
        """What is written down; the size is the factor."""
        seen = f"values are {self.factor:g} times what they were"
        return (Planted(self.kind, self.source, (self.column,), self.start, self.end, self.factor, seen),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A measured number moves, while the risk behind it does not."""

    start: date
    end: date | None = None
    source: str = FINANCIALS
    column: str
    size: float
    """In standard deviations of the column; negative moves it down."""
    kind: ClassVar[str] = "shift"

    def planted(self) -> tuple[Planted, ...]:
        """What is written down; the size is in standard deviations."""
        seen = f"the mean moves by {self.size:+g} standard deviations"
        return (Planted(self.kind, self.source, (self.column,), self.start, self.end, self.size, seen),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRows:
    """A share of the rows arrives months late: with its own snapshot, in a later file."""

    start: date
    end: date | None = None
    source: str = CLICKSTREAM
    share: float = 0.2
    """Share of the rows of these snapshot months, in (0, 1]."""
    n_months: int = 2
    """How late."""
    kind: ClassVar[str] = "late_rows"

    def planted(self) -> tuple[Planted, ...]:
        """What is written down; the size is the share of rows."""
        seen = f"{self.share:.0%} of the rows come {counted(self.n_months, 'month')} after their `{SNAPSHOT}`"
        return (Planted(self.kind, self.source, (), self.start, self.end, self.share, seen),)


Event = Recession | FeedOutage | NewCategory | RenamedColumn | UnitChange | Shift | LateRows


def is_active(event: Event, months: Months) -> Flags:
    """For each month, whether the event holds in it.

    Examples
    --------
    >>> from tenure.simulate.months import month_range
    >>> outage = FeedOutage(start=date(2024, 2, 1), end=date(2024, 3, 1))
    >>> is_active(outage, month_range(date(2024, 1, 1), 3))
    array([False,  True, False])
    """
    started = months >= month_of(event.start)
    return started if event.end is None else started & (months < month_of(event.end))
