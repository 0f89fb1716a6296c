"""What a period takes in of one source: looked at and decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from tenure.domain.columns import declared_columns, undeclared_columns
from tenure.domain.findings import Finding, governed
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import DIGEST, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT, bronze
from tenure.errors import SourceError
from tenure.ingestion.columns import (
    check_columns,
    missing_columns,
    needed_columns,
    time_columns,
)
from tenure.ingestion.counts import FileCount, count_files, earlier, in_period, mark
from tenure.ingestion.files import find_files
from tenure.ingestion.findings import (
    check_late,
    check_new_columns,
    check_optional_columns,
    check_rows,
    check_static,
    check_undated,
    unchanged_static,
)
from tenure.ingestion.late import Taken, is_all_taken, not_taken, taken_elsewhere
from tenure.ingestion.times import dating
from tenure.ingestion.undated import check_times, examples_of
from tenure.ports import Engine, TableStore

if TYPE_CHECKING:
    import ibis.expr.types as ir

_OWN = (FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT, DIGEST)


@dataclass(frozen=True, slots=True)
class Round:
    """The period that takes in, and where from and where to."""

    period: Period
    root: Path
    store: TableStore
    engine: Engine


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


@dataclass(frozen=True, slots=True)
class _Late:
    """The late rows of a source."""

    rows: ir.Table | None = None
    n_by_file: Mapping[str, int] | None = None
    oldest: datetime | None = None

    @property
    def n_rows(self) -> int:
        return sum((self.n_by_file or {}).values())


def look_at(name: str, source: Source, turn: Round) -> Intake:
    """What the period takes in of a source; nothing is written.

    Raises
    ------
    SourceError
        If the source cannot be read, or lacks what the project file says it has.
    """
    raw = find_files(name, source, turn.root)
    files = turn.engine.raw_columns(raw)
    check_columns(name, files, time_columns(source), source)
    rows = turn.engine.read_raw(raw, prepare=dating(source, turn.engine))
    look = _look_at_static if source.event_time is None else _look_at_timed
    intake = look(name, source, rows, files, turn)
    findings = tuple(governed(finding, source.severity) for finding in intake.findings)
    return Intake(name, intake.rows, intake.n_rows, findings, intake.first, intake.is_known)


def _look_at_timed(
    name: str, source: Source, rows: ir.Table, files: Mapping[str, tuple[str, ...]], turn: Round
) -> Intake:
    counts = count_files(rows, turn.period, engine=turn.engine)
    _check_any_rows(name, sum(count.n_rows for count in counts), files)
    _check_dated(name, rows, counts, source, turn)
    taken = taken_elsewhere(name, turn.period, store=turn.store, engine=turn.engine)
    punctual, late = _select(rows, counts, taken, source, turn)
    n_by_file = _n_by_file(counts, late)
    delivering = {file: files[file] for file, n_rows in n_by_file.items() if n_rows}
    check_columns(name, delivering, needed_columns(source), source)
    chosen = punctual if late.rows is None else punctual.union(_known_at_the_end(late.rows, turn.period))
    kept = _bronze_rows(chosen, delivering or files, taken, name, turn.engine)
    return Intake(
        name,
        kept,
        sum(n_by_file.values()),
        (
            check_rows(
                name, turn.period, sum(n_by_file.values()) - late.n_rows, _newest(counts, turn.period)
            ),
            check_late(name, turn.period, late.n_rows, late.oldest, is_new=taken.rows is None),
            _check_undated(name, rows, counts, delivering, source, turn),
            *_check_delivered(name, delivering, taken, source),
        ),
        first=min((count.first for count in counts if count.first), default=None),
        is_known=any(count.n_earlier + count.n_period for count in counts),
    )


def _look_at_static(
    name: str, source: Source, rows: ir.Table, files: Mapping[str, tuple[str, ...]], turn: Round
) -> Intake:
    counted = turn.engine.arrow(rows.aggregate(n=rows.count(), mark=mark(rows).sum())).to_pylist()[0]
    n_rows = int(counted["n"])
    _check_any_rows(name, n_rows, files)
    check_columns(name, files, needed_columns(source), source)
    before = _last_taken(name, turn)
    if before is not None and is_all_taken(n_rows, int(counted["mark"]), before, engine=turn.engine):
        return Intake(name, None, 0, (unchanged_static(name, n_rows),))
    n_before = None if before is None else int(turn.engine.arrow(before.count().as_table())[0][0].as_py())
    taken = Taken(before)
    kept = _bronze_rows(rows, files, taken, name, turn.engine)
    findings = (check_static(name, n_rows, n_before=n_before), *_check_delivered(name, files, taken, source))
    return Intake(name, kept, n_rows, findings)


def _last_taken(name: str, turn: Round) -> ir.Table | None:
    """The bronze rows of the last earlier period that took the source in."""
    ends = [end for end in turn.store.periods(bronze(name)) if end < turn.period.end]
    if not ends:
        return None
    last = max(ends)
    return turn.engine.scan(turn.store.snapshot(bronze(name), after=last - timedelta(days=1), until=last))


def _select(
    rows: ir.Table, counts: Sequence[FileCount], taken: Taken, source: Source, turn: Round
) -> tuple[ir.Table, _Late]:
    """The rows that became known in the period, and those that came late."""
    is_now, is_earlier = in_period(rows, turn.period), earlier(rows, turn.period)
    if taken.rows is not None and taken.has_later:
        missing = not_taken(rows.filter(is_now | is_earlier), taken.rows, source, engine=turn.engine)
        late = missing.filter(earlier(missing, turn.period))
        return missing.filter(in_period(missing, turn.period)), _measure_late(late, turn.engine)
    n_earlier, marks = sum(count.n_earlier for count in counts), sum(count.mark for count in counts)
    if not n_earlier:
        return rows.filter(is_now), _Late()
    if taken.rows is None:
        return rows.filter(is_now), _measure_late(rows.filter(is_earlier), turn.engine)
    if is_all_taken(n_earlier, marks, taken.rows, engine=turn.engine):
        return rows.filter(is_now), _Late()
    late = not_taken(rows.filter(is_earlier), taken.rows, source, engine=turn.engine)
    return rows.filter(is_now), _measure_late(late, turn.engine)


def _measure_late(late: ir.Table, engine: Engine) -> _Late:
    known_at = late[ROW_KNOWN_AT]
    by_file = engine.arrow(late.group_by(FILE).aggregate(n=late.count(), oldest=known_at.min())).to_pylist()
    if not by_file:
        return _Late()
    return _Late(late, {row[FILE]: int(row["n"]) for row in by_file}, min(row["oldest"] for row in by_file))


def _known_at_the_end(late: ir.Table, period: Period) -> ir.Table:
    """Late rows as they count: nobody knew them before the last moment of the period."""
    return late.mutate(**{ROW_KNOWN_AT: ibis.timestamp(period.last_moment).cast("timestamp(6)")})


def _n_by_file(counts: Iterable[FileCount], late: _Late) -> dict[str, int]:
    n_late = late.n_by_file or {}
    return {count.file: count.n_period + n_late.get(count.file, 0) for count in counts}


def _bronze_rows(
    rows: ir.Table, files: Mapping[str, tuple[str, ...]], taken: Taken, name: str, engine: Engine
) -> ir.Table:
    """The rows with the columns of the files they came in, as the table already holds them."""
    delivered = {column for columns in files.values() for column in columns}
    kept = rows.select(*(column for column in rows.columns if column in delivered), *_OWN)
    return kept if taken.rows is None else _as_held(kept, taken.rows, name, engine)


def _as_held(rows: ir.Table, held: ir.Table, name: str, engine: Engine) -> ir.Table:
    """The rows in the types of the table, where they differ and nothing is lost by it.

    Raises
    ------
    SourceError
        If a column came with a type whose values the table cannot hold.
    """
    differing = [
        column
        for column in rows.columns
        if column in held.columns and rows[column].type().copy(nullable=True) != held[column].type()
    ]
    if not differing:
        return rows
    cast = {column: rows[column].try_cast(held[column].type()) for column in differing}
    lost = {
        column: (~cast[column].cast(rows[column].type()).identical_to(rows[column])).sum()
        for column in differing
    }
    n_lost = engine.arrow(rows.aggregate(**lost)).to_pylist()[0]
    for column in differing:
        if n_lost[column]:
            raise SourceError(
                f"source `{name}`: `{column}` came as {rows[column].type()}, but bronze holds "
                f"{held[column].type()}, which {n_lost[column]:,} values do not fit",
                hint="deliver it in the type it had; or give the column another name and `renamed_from`.",
            )
    return rows.mutate(**cast)


def _check_any_rows(name: str, n_rows: int, files: Mapping[str, tuple[str, ...]]) -> None:
    if not n_rows:
        raise SourceError(
            f"source `{name}` has no rows: {len(files)} files with a header only, such as {next(iter(files))}",
            hint="the file was probably written before its rows were there: deliver it again.",
        )


def _check_dated(name: str, rows: ir.Table, counts: Sequence[FileCount], source: Source, turn: Round) -> None:
    n_undated, n_rows = sum(count.n_undated for count in counts), sum(count.n_rows for count in counts)
    if n_undated:
        check_times(name, rows, source, is_any_dated=n_undated < n_rows, engine=turn.engine)


def _check_undated(
    name: str,
    rows: ir.Table,
    counts: Sequence[FileCount],
    delivering: Mapping[str, tuple[str, ...]],
    source: Source,
    turn: Round,
) -> Finding:
    """Undated rows of the files that deliver now, and of those with no date at all."""
    looked_at = [count for count in counts if count.file in delivering or count.n_undated == count.n_rows]
    n_undated = sum(count.n_undated for count in looked_at)
    files = [count.file for count in looked_at if count.n_undated]
    examples = examples_of(rows, files, source, engine=turn.engine) if n_undated else ()
    column = source.known_at or source.event_time or ""
    return check_undated(name, column, sum(count.n_rows for count in looked_at), n_undated, examples)


def _check_delivered(
    name: str, files: Mapping[str, tuple[str, ...]], taken: Taken, source: Source
) -> tuple[Finding, Finding]:
    """New columns, and declared ones that are lacking, in the files that deliver now."""
    delivered = tuple(dict.fromkeys(column for columns in files.values() for column in columns))
    known = set(taken.columns) if taken.rows is not None else set(delivered)
    new = [column for column in undeclared_columns(delivered, source) if column not in known]
    gone = [
        column for column in undeclared_columns(taken.columns, source) if files and column not in delivered
    ]
    lacking = missing_columns(delivered, declared_columns(source), source) if files else ()
    return check_new_columns(name, new, gone), check_optional_columns(name, lacking)


def _newest(counts: Iterable[FileCount], period: Period) -> datetime | None:
    """When the last row known by the end of the period was known, as far as the files tell."""
    known = [count.last for count in counts if count.last and count.last <= period.last_moment]
    return max(known, default=None)
