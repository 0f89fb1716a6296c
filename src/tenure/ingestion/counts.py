"""How many rows of each file became known when: one pass over a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from tenure.domain.periods import Period
from tenure.domain.tables import DIGEST, FILE, ROW_KNOWN_AT
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MARK_BITS = 2**31 - 1  # sums of so many bits stay within int64 for four thousand million rows


@dataclass(frozen=True, slots=True)
class FileCount:
    """The rows of one file."""

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
    """When the first of its rows was known."""
    last: datetime | None
    """When the last of its rows was known."""


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


def count_files(rows: ir.Table, period: Period, *, engine: Engine) -> tuple[FileCount, ...]:
    """The counts of every file that has rows, in the order of their names."""
    known_at = rows[ROW_KNOWN_AT]
    before = earlier(rows, period)
    counted = rows.group_by(FILE).aggregate(
        n_rows=rows.count(),
        n_undated=known_at.isnull().sum(),
        n_earlier=before.sum(),
        n_period=in_period(rows, period).sum(),
        mark=ibis.ifelse(before, mark(rows), 0).sum(),
        first=known_at.min(),
        last=known_at.max(),
    )
    return tuple(_file_count(row) for row in engine.arrow(counted.order_by(FILE)).to_pylist())


def _file_count(row: dict[str, object]) -> FileCount:
    numbers = ("n_rows", "n_undated", "n_earlier", "n_period", "mark")
    return FileCount(
        file=str(row[FILE]),
        **{name: int(str(row[name] or 0)) for name in numbers},
        first=row["first"] if isinstance(row["first"], datetime) else None,
        last=row["last"] if isinstance(row["last"], datetime) else None,
    )
