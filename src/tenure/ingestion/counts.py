"""How many rows of each file became known when: one pass over a source, summed up for a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import ibis

from tenure.domain.periods import Period
from tenure.domain.tables import DIGEST, FILE, ROW_KNOWN_AT
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MARK_BITS = 2**31 - 1  # sums of so many bits stay within int64 for four thousand million rows
_ROWS = "rows"


@dataclass(frozen=True, slots=True)
class DayCount:
    """The rows of one file that became known on one day."""

    file: str
    day: date | None
    """None for the rows that cannot be dated."""
    n_rows: int
    mark: int
    """Sum over the fingerprints of the rows."""
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class FileCount:
    """The rows of one file, as a period sees them."""

    file: str
    n_rows: int
    n_undated: int
    n_earlier: int
    """Known before the period began."""
    n_period: int
    """Became known in the period."""
    mark: int
    """Sum over the fingerprints of the earlier rows."""
    first: datetime | None
    """When the first of all its rows was known."""
    last: datetime | None
    """When the last of those known by the end of the period was known."""


def in_period(rows: ir.Table, period: Period) -> ir.BooleanValue:
    """Whether a row became known in the period."""
    begins, ends = ibis.timestamp(period.first_moment), ibis.timestamp(period.last_moment)
    return rows[ROW_KNOWN_AT].between(begins, ends)


def earlier(rows: ir.Table, period: Period) -> ir.BooleanValue:
    """Whether a row was known before the period began."""
    return rows[ROW_KNOWN_AT] < ibis.timestamp(period.first_moment)


def mark(rows: ir.Table) -> ir.IntegerValue:
    """A number for each row whose sum tells one set of rows from another."""
    return rows[DIGEST].hash() & ibis.literal(_MARK_BITS, "int64")


def count_days(rows: ir.Table, *, engine: Engine) -> tuple[DayCount, ...]:
    """The counts of every file by the day on which its rows were known."""
    counted = engine.prepared("ingestion: rows by file and day", _by_file_and_day, {_ROWS: rows})
    return tuple(DayCount(**row) for row in engine.arrow(counted).to_pylist())


def count_files(days: Iterable[DayCount], period: Period) -> tuple[FileCount, ...]:
    """The counts of every file as a period sees them, in the order of their names.

    Examples
    --------
    >>> days = [
    ...     DayCount("a.csv", date(2024, 1, 31), 5, 70, None, None),
    ...     DayCount("a.csv", date(2024, 2, 2), 7, 90, None, None),
    ...     DayCount("a.csv", None, 1, 4, None, None),
    ... ]
    >>> count = count_files(days, Period(date(2024, 3, 1)))[0]
    >>> count.n_rows, count.n_undated, count.n_earlier, count.n_period, count.mark
    (13, 1, 5, 7, 70)
    """
    by_file: dict[str, list[DayCount]] = {}
    for day in days:
        by_file.setdefault(day.file, []).append(day)
    return tuple(_sum_up(file, by_file[file], period) for file in sorted(by_file))


def count_all(rows: ir.Table, *, engine: Engine) -> tuple[int, int]:
    """The number of rows, and the sum over their fingerprints."""
    summed = engine.prepared("ingestion: rows and fingerprints", _in_all, {_ROWS: rows})
    counted = engine.arrow(summed).to_pylist()[0]
    return int(counted["n_rows"]), int(counted["mark"] or 0)


def _by_file_and_day(tables: Mapping[str, ir.Table]) -> ir.Table:
    rows = tables[_ROWS]
    known_at = rows[ROW_KNOWN_AT]
    days = rows.group_by(file=rows[FILE], day=known_at.date())
    return days.aggregate(
        n_rows=rows.count(), mark=mark(rows).sum(), first=known_at.min(), last=known_at.max()
    )


def _in_all(tables: Mapping[str, ir.Table]) -> ir.Table:
    rows = tables[_ROWS]
    return rows.aggregate(n_rows=rows.count(), mark=mark(rows).sum())


def _sum_up(file: str, days: Iterable[DayCount], period: Period) -> FileCount:
    dated = [day for day in days if day.day is not None]
    before = [day for day in dated if day.day is not None and day.day <= period.start]
    within = [day for day in dated if day.day is not None and period.contains(day.day)]
    return FileCount(
        file,
        n_rows=sum(day.n_rows for day in days),
        n_undated=sum(day.n_rows for day in days if day.day is None),
        n_earlier=sum(day.n_rows for day in before),
        n_period=sum(day.n_rows for day in within),
        mark=sum(day.mark for day in before),
        first=min((day.first for day in dated if day.first), default=None),
        last=max((day.last for day in (*before, *within) if day.last), default=None),
    )
