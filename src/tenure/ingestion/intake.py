"""What a period takes in of one source: looked at and decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tenure.domain.columns import declared_columns, undeclared_columns
from tenure.domain.findings import Finding, governed
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import bronze
from tenure.errors import SourceError
from tenure.ingestion.columns import check_columns, missing_columns, needed_columns, time_columns
from tenure.ingestion.counts import FileCount, count_all, count_days, count_files
from tenure.ingestion.delivery import Delivery, Round
from tenure.ingestion.files import find_files
from tenure.ingestion.findings import (
    check_late,
    check_new_columns,
    check_optional_columns,
    check_rows,
    check_static,
    check_undated,
    told_version,
    unchanged_static,
)
from tenure.ingestion.holding import bronze_rows
from tenure.ingestion.late import is_all_taken, taken_elsewhere
from tenure.ingestion.selection import Selection, select
from tenure.ingestion.times import dating
from tenure.ingestion.undated import check_times, examples_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Intake:
    """What is written to bronze of one source, and what was found on the way."""

    name: str
    rows: ir.Table | None
    """None where a source without event time is as it was taken in before."""
    n_rows: int
    findings: tuple[Finding, ...]
    first: datetime | None = None
    """When the first row of all was known; None for a source without event time."""
    is_known: bool = True
    """Whether any row was known by the end of the period."""


def look_at(name: str, source: Source, turn: Round) -> Intake:
    """What the period takes in of a source; nothing is written.

    Raises
    ------
    SourceError
        If the source cannot be read, or lacks what the project file says it has.
    """
    raw = turn.engine.pin_raw(find_files(name, source, turn.root))
    files = turn.engine.raw_columns(raw)
    check_columns(name, files, time_columns(source), source)
    rows = turn.engine.read_raw(raw, prepare=dating(source, turn.engine))
    delivery = Delivery(name, source, rows, files)
    intake = _look_at_static(delivery, turn) if source.event_time is None else _look_at_timed(delivery, turn)
    found = intake.findings if raw.version is None else (*intake.findings, told_version(name, raw.version))
    return replace(intake, findings=tuple(governed(each, source.severity) for each in found))


def _look_at_timed(delivery: Delivery, turn: Round) -> Intake:
    counts = count_files(count_days(delivery.rows, engine=turn.engine), turn.period)
    _check_dated(delivery, counts, turn)
    taken = taken_elsewhere(delivery.name, turn.period, store=turn.store, engine=turn.engine)
    chosen = select(delivery, counts, taken, turn)
    _check_needed(delivery, chosen.n_by_file)
    delivered = delivery.columns_of(chosen.n_by_file or delivery.files)
    return Intake(
        delivery.name,
        bronze_rows(delivery.name, chosen.rows, delivered, taken.rows, engine=turn.engine),
        chosen.n_rows,
        (
            *_check_selected(delivery.name, chosen, counts, turn.period, is_new=taken.rows is None),
            _check_undated(delivery, counts, chosen, turn),
            *_check_delivered(delivery, chosen.n_by_file, taken.rows),
        ),
        first=min((count.first for count in counts if count.first), default=None),
        is_known=any(count.n_earlier + count.n_period for count in counts),
    )


def _look_at_static(delivery: Delivery, turn: Round) -> Intake:
    n_rows, total_mark = count_all(delivery.rows, engine=turn.engine)
    _check_any_rows(delivery, n_rows)
    _check_needed(delivery, delivery.files)
    before = _last_taken(delivery.name, turn)
    n_before = None if before is None else count_all(before, engine=turn.engine)[0]
    if before is not None and is_all_taken(n_rows, total_mark, before, engine=turn.engine):
        return Intake(delivery.name, None, 0, (unchanged_static(delivery.name, n_rows),))
    delivered = delivery.columns_of(delivery.files)
    return Intake(
        delivery.name,
        bronze_rows(delivery.name, delivery.rows, delivered, before, engine=turn.engine),
        n_rows,
        (
            check_static(delivery.name, n_rows, n_before=n_before),
            *_check_delivered(delivery, delivery.files, before),
        ),
    )


def _last_taken(name: str, turn: Round) -> ir.Table | None:
    """The bronze rows of the last earlier period that took the source in."""
    last = max((end for end in turn.store.periods(bronze(name)) if end < turn.period.end), default=None)
    if last is None:
        return None
    return turn.engine.scan(turn.store.snapshot(bronze(name), after=last - timedelta(days=1), until=last))


def _check_any_rows(delivery: Delivery, n_rows: int) -> None:
    if not n_rows:
        raise SourceError(
            f"source `{delivery.name}` has no rows: a header and nothing else in "
            f"{', '.join(list(delivery.files)[:3])}",
            hint="the file was probably written before its rows were there: deliver it again.",
        )


def _check_needed(delivery: Delivery, files: Iterable[str]) -> None:
    """Refuse files that deliver rows now and lack a column they must have."""
    delivering = {file: delivery.files[file] for file in files}
    check_columns(delivery.name, delivering, needed_columns(delivery.source), delivery.source)


def _check_dated(delivery: Delivery, counts: Sequence[FileCount], turn: Round) -> None:
    n_rows = sum(count.n_rows for count in counts)
    n_undated = sum(count.n_undated for count in counts)
    _check_any_rows(delivery, n_rows)
    if n_undated:
        check_times(
            delivery.name,
            delivery.rows,
            delivery.source,
            is_any_dated=n_undated < n_rows,
            engine=turn.engine,
        )


def _check_selected(
    name: str, chosen: Selection, counts: Iterable[FileCount], period: Period, *, is_new: bool
) -> tuple[Finding, Finding]:
    """Whether rows became known in the period, and whether rows came late."""
    known = [count.last for count in counts if count.last]
    return (
        check_rows(name, period, chosen.n_rows - chosen.n_late, max(known, default=None)),
        check_late(name, period, chosen.n_late, chosen.oldest_late, is_new=is_new),
    )


def _check_undated(
    delivery: Delivery, counts: Iterable[FileCount], chosen: Selection, turn: Round
) -> Finding:
    """Undated rows of the files that deliver now, and of those with no date at all."""
    looked_at = [each for each in counts if each.file in chosen.n_by_file or each.n_undated == each.n_rows]
    files = [count.file for count in looked_at if count.n_undated]
    examples = examples_of(delivery.rows, files, delivery.source, engine=turn.engine) if files else ()
    return check_undated(
        delivery.name,
        delivery.source.known_at or delivery.source.event_time or "",
        sum(count.n_rows for count in looked_at),
        sum(count.n_undated for count in looked_at),
        examples,
    )


def _check_delivered(
    delivery: Delivery, files: Iterable[str], held: ir.Table | None
) -> tuple[Finding, Finding]:
    """New columns, and declared ones that are lacking, in the files that deliver now."""
    source, delivered = delivery.source, delivery.columns_of(files)
    before = delivered if held is None else held.columns
    new = [column for column in undeclared_columns(delivered, source) if column not in before]
    gone = [column for column in undeclared_columns(before, source) if column not in delivered]
    lacking = missing_columns(delivered, declared_columns(source), source) if delivered else ()
    return (
        check_new_columns(delivery.name, new, gone),
        check_optional_columns(delivery.name, lacking),
    )
