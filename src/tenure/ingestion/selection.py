"""Which rows a period takes in: those that became known in it, and those that came late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from tenure.domain.periods import Period
from tenure.domain.tables import FILE, ROW_KNOWN_AT
from tenure.ingestion.counts import FileCount, earlier, in_period
from tenure.ingestion.delivery import Delivery, Round
from tenure.ingestion.late import Taken, is_all_taken, not_taken
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of one source that a period takes in."""

    rows: ir.Table
    """Late ones included; they count as known at the last moment of the period."""
    n_by_file: Mapping[str, int]
    """How many of them each file delivers; files that deliver none are left out."""
    n_late: int = 0
    oldest_late: datetime | None = None
    """When the first of the late rows could have been known."""

    @property
    def n_rows(self) -> int:
        """How many rows are taken in."""
        return sum(self.n_by_file.values())


@dataclass(frozen=True, slots=True)
class _Late:
    """Late rows; none of them by default."""

    rows: ir.Table | None = None
    n_by_file: Mapping[str, int] = field(default_factory=dict)
    oldest: datetime | None = None


def select(delivery: Delivery, counts: Sequence[FileCount], taken: Taken, turn: Round) -> Selection:
    """The rows that the period takes in; nothing is compared where no row was known before it."""
    if taken.rows is not None and taken.has_later:
        return _select_again(delivery, taken, turn)
    punctual = delivery.rows.filter(in_period(delivery.rows, turn.period))
    n_punctual = {count.file: count.n_period for count in counts}
    return _together(punctual, n_punctual, _find_late(delivery, counts, taken, turn), turn.period)


def _select_again(delivery: Delivery, taken: Taken, turn: Round) -> Selection:
    """The rows of a period that runs again after later ones, which have some of its rows as late."""
    known = delivery.rows.filter(delivery.rows[ROW_KNOWN_AT] <= ibis.timestamp(turn.period.last_moment))
    missing = not_taken(known, _rows(taken), delivery.source, engine=turn.engine)
    punctual = missing.filter(in_period(missing, turn.period))
    counted = turn.engine.arrow(punctual.group_by(FILE).aggregate(n=punctual.count())).to_pylist()
    late = _measure(missing.filter(earlier(missing, turn.period)), turn.engine)
    return _together(punctual, {row[FILE]: int(row["n"]) for row in counted}, late, turn.period)


def _find_late(delivery: Delivery, counts: Sequence[FileCount], taken: Taken, turn: Round) -> _Late:
    n_earlier = sum(count.n_earlier for count in counts)
    if not n_earlier:
        return _Late()
    rows = delivery.rows.filter(earlier(delivery.rows, turn.period))
    if taken.rows is None:
        return _measure(rows, turn.engine)
    if is_all_taken(n_earlier, sum(count.mark for count in counts), taken.rows, engine=turn.engine):
        return _Late()
    return _measure(not_taken(rows, taken.rows, delivery.source, engine=turn.engine), turn.engine)


def _measure(late: ir.Table, engine: Engine) -> _Late:
    known_at = late[ROW_KNOWN_AT]
    by_file = engine.arrow(late.group_by(FILE).aggregate(n=late.count(), oldest=known_at.min())).to_pylist()
    if not by_file:
        return _Late()
    n_by_file = {row[FILE]: int(row["n"]) for row in by_file}
    return _Late(late, n_by_file, min(row["oldest"] for row in by_file))


def _together(punctual: ir.Table, n_punctual: Mapping[str, int], late: _Late, period: Period) -> Selection:
    files = dict.fromkeys((*n_punctual, *late.n_by_file))
    n_by_file = {file: n_punctual.get(file, 0) + late.n_by_file.get(file, 0) for file in files}
    rows = punctual if late.rows is None else punctual.union(_known_at_the_end(late.rows, period))
    return Selection(
        rows,
        {file: n_rows for file, n_rows in n_by_file.items() if n_rows},
        sum(late.n_by_file.values()),
        late.oldest,
    )


def _known_at_the_end(late: ir.Table, period: Period) -> ir.Table:
    """Late rows as they count: nobody knew them before the last moment of the period."""
    return late.mutate(**{ROW_KNOWN_AT: ibis.timestamp(period.last_moment).cast("timestamp(6)")})


def _rows(taken: Taken) -> ir.Table:
    if taken.rows is None:
        raise ValueError("nothing was taken in by other periods")
    return taken.rows
