"""A folder -> a draft: each source is looked at alone, then how they hang together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.domain.columns import BOOKKEEPING
from tenure.domain.periods import PeriodUnit
from tenure.domain.sources import Column, ColumnType
from tenure.domain.wording import counted
from tenure.drafting.blocks import draft_block
from tenure.drafting.columns import draft_columns
from tenure.drafting.draft import (
    BlockDraft,
    ColumnDraft,
    Draft,
    LabelDraft,
    LeftOut,
    PopulationDraft,
    Role,
    SourceDraft,
)
from tenure.drafting.files import FileGroup, find_tables
from tenure.drafting.keys import find_key
from tenure.drafting.linking import Seen, choose_population, find_link, measure_timing
from tenure.drafting.looking import look_at
from tenure.drafting.looks import Held, SourceLook
from tenure.drafting.naming import project_name
from tenure.drafting.notes import notes_on
from tenure.drafting.outcomes import is_target, looks_like_outcome
from tenure.errors import SourceError
from tenure.ports import Engine, Progress

if TYPE_CHECKING:
    import ibis.expr.types as ir

_DAYS_OF_WEEKS = 120
_DAYS_OF_DAYS = 30


def draft_project(folder: Path, *, engine: Engine, progress: Progress | None = None) -> Draft:
    """A first project from the raw files of a folder, every guess with what was seen.

    Nothing is asked, and nothing is written. Files that cannot be read, have no rows, or have columns
    with names that bronze keeps for itself are left out, with the reason.

    Parameters
    ----------
    folder
        CSV, Parquet and JSON-lines files, in it or in folders below it.
    engine
        What reads them and looks.
    progress
        Who is told how far it is.

    Raises
    ------
    SourceError
        If the folder holds nothing that can be drafted, with the reason for every file.
    """
    looked, left_out = look_at_folder(folder, engine=engine, progress=progress)
    return _draft(folder, with_keys(looked, engine=engine), left_out, engine)


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """One source, looked at alone."""

    group: FileGroup
    look: SourceLook
    columns: tuple[ColumnDraft, ...]
    values: ir.Table
    """Its distinct values, as `looking.look_at` gives them."""


def look_at_folder(
    folder: Path, *, engine: Engine, progress: Progress | None = None
) -> tuple[tuple[Looked, ...], tuple[LeftOut, ...]]:
    """Every source of a folder looked at alone, and the files that are none; raises as `draft_project`."""
    groups, unread = find_tables(folder, engine=engine)
    tracked = progress.track(groups, "looking at the files", total=len(groups)) if progress else groups
    looked = [_look(group, engine) for group in tracked]
    seen = tuple(each for each in looked if isinstance(each, Looked))
    left_out = (*unread, *(each for each in looked if isinstance(each, LeftOut)))
    if not seen:
        raise _nothing_to_draft(folder, left_out)
    return seen, left_out


def with_keys(looked: Sequence[Looked], *, engine: Engine) -> list[Seen]:
    """The sources with what identifies their rows, and identifiers of one type everywhere."""
    found = []
    for each in looked:
        others = {name for other in looked if other is not each for name in other.look.names}
        rows = engine.read_raw(each.look.raw)
        key = find_key(each.look, each.columns, shared=others, rows=rows, engine=engine)
        found.append(Seen(each.group.path, each.look, each.columns, key, rows))
    return [dataclasses.replace(each, columns=_with_one_type(each, found)) for each in found]


def period_of(population: PopulationDraft | None) -> PeriodUnit:
    """The unit that the events' time suggests: months, or less where all lie within a few months."""
    if population is None or population.first is None or population.last is None:
        return PeriodUnit.MONTH
    n_days = (population.last - population.first).days
    if n_days >= _DAYS_OF_WEEKS or n_days == 0:
        return PeriodUnit.MONTH
    return PeriodUnit.WEEK if n_days >= _DAYS_OF_DAYS else PeriodUnit.DAY


def _look(group: FileGroup, engine: Engine) -> Looked | LeftOut:
    taken = sorted({name for file in group.files for name in file.columns if name.lower() in BOOKKEEPING})
    if taken:
        return LeftOut(
            group.path, f"its column `{taken[0]}` has a name that bronze keeps: rename it in the file"
        )
    try:
        look, values = look_at(group.raw, engine=engine)
    except SourceError as error:
        return LeftOut(group.path, error.message)
    if not look.n_rows:
        return LeftOut(group.path, f"no rows, only a header of {counted(len(look.columns), 'column')}")
    return Looked(group, look, draft_columns(look, values, engine=engine), values)


def _draft(folder: Path, seen: Sequence[Seen], left_out: tuple[LeftOut, ...], engine: Engine) -> Draft:
    population = choose_population(seen, engine=engine)
    sources = tuple(_source(each, population, seen, engine) for each in seen)
    return Draft(
        project=project_name(folder.resolve().name),
        folder=str(folder),
        period=period_of(population),
        sources=sources,
        population=population,
        label=_label(sources, population),
        left_out=left_out,
    )


def _source(
    source: Seen, population: PopulationDraft | None, seen: Sequence[Seen], engine: Engine
) -> SourceDraft:
    link = find_link(source, population, seen, engine=engine) if population else None
    if population is None:
        return _alone(source)
    timing = measure_timing(source, link, population, seen, engine=engine) if link else None
    block = draft_block(source, link, timing, population)
    columns = tuple(_watched(column, source, block.role, population) for column in source.columns)
    linking = link.columns if link is not None and block.role in {Role.ENTITY, Role.HISTORY} else ()
    extra = tuple(name for name in linking if name not in source.key.keys)
    return SourceDraft(source.look, source.path, source.key, columns, block, extra, notes_on(source.look))


def _alone(source: Seen) -> SourceDraft:
    """A source of a draft without a population: it is shown, so that somebody can name its keys."""
    block = BlockDraft(Role.ENTITY, "nobody is scored yet")
    return SourceDraft(
        source.look, source.path, source.key, source.columns, block, notes=notes_on(source.look)
    )


def _watched(column: ColumnDraft, source: Seen, role: Role, population: PopulationDraft) -> ColumnDraft:
    """The column; no feature where its value may be of after the event.

    That may be in the population's own source and in one without times; a target is one anywhere.
    """
    look = source.look.column(column.name)
    is_later = role is Role.ENTITY and (source.name == population.source or source.key.event_time is None)
    is_key = column.name in {*source.key.keys, *population.keys, *population.extra}
    if is_key or not (is_later or (role is Role.ENTITY and is_target(look))):
        return column
    why = looks_like_outcome(look, column)
    if not why:
        return column
    rule = column.rule.model_copy(update={"feature": False})
    return dataclasses.replace(column, rule=rule, warning=why)


def _label(sources: Sequence[SourceDraft], population: PopulationDraft | None) -> LabelDraft:
    if population is None:
        return LabelDraft(None)
    home = next(source for source in sources if source.name == population.source)
    targets = [column for column in home.look.columns if is_target(column)]
    candidates = tuple(_candidates(sources, home))
    if not targets:
        return LabelDraft(None, candidates=candidates)
    return LabelDraft(targets[0].name, targets[0].n_distinct, candidates)


def _candidates(sources: Iterable[SourceDraft], home: SourceDraft) -> Iterator[str]:
    """Columns that a label might be made of, with what was seen of them."""
    for source in sources:
        if source.block.role is not Role.OUTCOMES and source.name != home.name:
            continue
        for column in source.columns:
            why = column.warning or looks_like_outcome(source.look.column(column.name), column)
            if why and column.name not in source.keys:
                yield f"{source.name}.{column.name}: {'; '.join((why, *column.seen[:1]))}"


def _with_one_type(source: Seen, sources: Sequence[Seen]) -> tuple[ColumnDraft, ...]:
    """The columns, with identifiers that are keys read alike in all sources that have them.

    In text files an identifier stays the text that it is. Where some file holds it as a number, it is one
    everywhere, if it can be; else it is text.
    """
    keys = {name for each in sources for name in each.key.keys if each.column(name).is_identifier}
    return tuple(_as_key(column, sources) if column.name in keys else column for column in source.columns)


def _as_key(column: ColumnDraft, sources: Sequence[Seen]) -> ColumnDraft:
    homes = [each for each in sources if column.name in each.names]
    types = {each.column(column.name).type for each in homes}
    is_text = {each.look.column(column.name).held for each in homes} == {Held.TEXT}
    wanted = ColumnType.INTEGER if types == {ColumnType.INTEGER} else ColumnType.TEXT
    rule = Column(
        type=None if is_text else wanted,
        required=column.rule.required,
        pii=column.rule.pii,
        feature=column.rule.feature,
    )
    return dataclasses.replace(column, rule=rule)


def _nothing_to_draft(folder: Path, left_out: Iterable[LeftOut]) -> SourceError:
    reasons = "; ".join(f"{each.file}: {each.why}" for each in list(left_out)[:10])
    return SourceError(
        f"nothing in {folder} can be drafted: {reasons}",
        hint="a draft is made of files with a header and rows.",
    )
