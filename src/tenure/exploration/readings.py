"""A folder or a project -> its sources, each with the rule by which every column of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from tenure.domain.columns import canonical_columns, rule_of
from tenure.domain.sources import Column, ColumnType, Source
from tenure.domain.tables import FILE, ROW, ROW_KNOWN_AT, RawTable
from tenure.drafting.columns import draft_columns
from tenure.drafting.draft import ColumnDraft, LeftOut
from tenure.drafting.drawing import look_at_folder, with_keys
from tenure.drafting.linking import Seen
from tenure.drafting.looking import look_at
from tenure.drafting.looks import Held, SourceLook
from tenure.drafting.notes import notes_on
from tenure.drafting.types import is_identifier
from tenure.features.linking import is_timed
from tenure.features.preparing import end_of
from tenure.ingestion.files import find_files
from tenure.ingestion.times import dating, time_rule
from tenure.ports import Engine, Progress

if TYPE_CHECKING:
    import ibis.expr.types as ir

_HELD = {
    Held.INTEGER: ColumnType.INTEGER,
    Held.NUMBER: ColumnType.NUMBER,
    Held.BOOLEAN: ColumnType.BOOLEAN,
    Held.TIME: ColumnType.DATE,
}


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one column is read."""

    name: str
    rule: Column
    guess: ColumnDraft
    """What drafting would say of it."""
    is_declared: bool = False
    """Whether a project file says how it is read."""
    is_identifier: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether no value of it may be shown: declared so, or its name or values look so."""
        return self.rule.pii or self.guess.rule.pii


@dataclass(frozen=True, slots=True)
class Reading:
    """One source: its rows, the distinct values of them, and how they are read."""

    path: str
    look: SourceLook
    rows: ir.Table
    """As received, with ``_file`` and ``_row``."""
    values: ir.Table
    """As `drafting.looking.look_at` gives them."""
    columns: tuple[ColumnReading, ...]
    keys: tuple[str, ...]
    event_time: str | None
    is_unique: bool = True
    """Whether keys and event time must identify one row."""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The source's name."""
        return self.look.name

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The columns that may lead to another source."""
        return tuple(column.name for column in self.columns if column.is_identifier)


def read_folder(
    folder: Path, *, engine: Engine, progress: Progress | None = None
) -> tuple[tuple[Reading, ...], tuple[LeftOut, ...]]:
    """The tables of a folder as a draft would read them, and the files that are none.

    Raises
    ------
    SourceError
        If the folder is none, or holds nothing that can be read.
    """
    looked, left_out = look_at_folder(folder, engine=engine, progress=progress)
    seen = with_keys(looked, engine=engine)
    readings = (_drafted(one, each.values) for one, each in zip(seen, looked, strict=True))
    return tuple(readings), left_out


def read_project(
    sources: Mapping[str, Source],
    root: Path,
    *,
    as_of: date | None,
    engine: Engine,
    progress: Progress | None = None,
) -> tuple[Reading, ...]:
    """The sources of a project as its file says; with `as_of`, only rows known by the end of that day.

    Raises
    ------
    SourceError
        If a file is missing or cannot be read.
    """
    raws = {name: engine.pin_raw(find_files(name, source, root)) for name, source in sources.items()}
    tracked = progress.track(raws, "looking at the sources", total=len(raws)) if progress else raws
    return tuple(_declared(sources[name], raws[name], as_of, engine) for name in tracked)


def dated_rows(source: Source, raw: RawTable, *, as_of: date | None, engine: Engine) -> ir.Table:
    """The rows of a source with their times, those known by the end of a day."""
    rows = engine.read_raw(raw, prepare=dating(source, engine))
    if as_of is None or not is_timed(source):
        return rows
    return rows.filter(rows[ROW_KNOWN_AT] < ibis.timestamp(end_of(as_of)))


def _drafted(seen: Seen, values: ir.Table) -> Reading:
    keys = seen.key.keys
    columns = tuple(
        ColumnReading(
            guess.name, _guessed_rule(guess), guess, is_identifier=guess.is_identifier or guess.name in keys
        )
        for guess in seen.columns
    )
    return Reading(
        seen.path,
        seen.look,
        seen.rows,
        values,
        columns,
        keys,
        seen.key.event_time,
        is_unique=seen.key.unique,
        notes=notes_on(seen.look),
    )


def _guessed_rule(guess: ColumnDraft) -> Column:
    """The rule of a draft; times whose format is open are read by the first that fits."""
    rule = guess.rule
    if guess.time is not None and guess.time.is_open and guess.time.fits[0] is not None:
        rule = rule.model_copy(update={"format": guess.time.fits[0]})
    return rule


def _declared(source: Source, raw: RawTable, as_of: date | None, engine: Engine) -> Reading:
    dated = engine.read_raw(raw) if as_of is None else dated_rows(source, raw, as_of=as_of, engine=engine)
    rows = dated.select(**canonical_columns(dated, source), **{name: dated[name] for name in (FILE, ROW)})
    look, values = look_at(raw, engine=engine, rows=rows)
    guesses = draft_columns(look, values, engine=engine)
    columns = tuple(_declared_column(guess, source, look) for guess in guesses)
    return Reading(
        source.place,
        look,
        rows,
        values,
        columns,
        source.key_columns,
        source.event_time,
        is_unique=source.unique,
        notes=notes_on(look),
    )


def _declared_column(guess: ColumnDraft, source: Source, look: SourceLook) -> ColumnReading:
    name = guess.name
    rule = _declared_rule(name, source)
    held = look.column(name).held
    if rule.type is None and rule.between is None and held in _HELD:
        rule = rule.model_copy(update={"type": _HELD[held]})
    is_sole_key = source.key_columns == (name,)
    is_called = guess.is_identifier or (name in source.key_columns and is_identifier(name))
    return ColumnReading(
        name, rule, guess, is_declared=name in source.columns, is_identifier=is_sole_key or is_called
    )


def _declared_rule(name: str, source: Source) -> Column:
    rule = rule_of(name, source)
    if name not in {source.event_time, source.known_at} or rule.type is not None:
        return rule
    return time_rule(name, source).model_copy(update={"pii": rule.pii})
