"""Population and silver tables → features, known at the event and no later.

Blocks are computed in the order of the project file; a cross or a query sees the features above it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn
from tenure.domain.sources import Source
from tenure.domain.tables import EVENT_TIME
from tenure.errors import ProjectError
from tenure.features.aggregates import NEEDS_TIME, USUAL
from tenure.features.asof import last_known, last_known_columns
from tenure.features.assembling import Parts, assemble, check_names
from tenure.features.checking import feature_problems, has_time, is_last_known, schema_problems
from tenure.features.config import CrossBlock, FeatureBlock, SourceBlock
from tenure.features.crosses import resolve_cross, resolve_member
from tenure.features.linking import ROW_ID, gives_one_row, known_rows
from tenure.features.naming import last_known_name
from tenure.features.parts import Ground, LeftOut, Part
from tenure.features.selection import Input, select_inputs
from tenure.features.sql_features import answer, reads_features
from tenure.features.window import Window
from tenure.features.windows import Wanted, after_event, aggregate_windows, window_columns, zero_columns
from tenure.ports import Engine

_POPULATION = "population"
_SOURCE = "source:"
_HIDDEN = "__crossed"
"""End of the name of a last known value that is made to be crossed, and not shown."""


@dataclass(frozen=True, slots=True)
class Computed:
    """Features of a population, and what they were computed from."""

    table: ir.Table
    """Keys, ``event_time``, ``known_at`` and one column per feature, in order of the keys."""
    columns: tuple[FeatureColumn, ...]
    left_out: tuple[tuple[LeftOut, ir.Table], ...]
    """What blocks did not look at, with the rows."""


def compute_features(
    population: ir.Table,
    tables: Mapping[str, ir.Table],
    *,
    blocks: Sequence[FeatureBlock],
    sources: Mapping[str, Source],
    keys: Sequence[str],
    engine: Engine,
) -> tuple[ir.Table, tuple[FeatureColumn, ...]]:
    """The features of each row of a population, from what was known at its event.

    Parameters
    ----------
    population
        Rows with the `keys` and ``event_time``, which identify a row; further columns may serve to
        join sources.
    tables
        Silver tables by source: those that the blocks use, with all versions of a row.
    blocks
        What is computed; the query of an SQL block under `select`.
    sources
        What the project file says of the sources.
    keys
        The population's keys.
    engine
        Where the expressions run.

    Returns
    -------
    tuple
        A table with `keys`, ``event_time``, ``known_at`` (the latest time at which a row that was used
        became known; null where none has a time) and one column per feature, float64 or text, with as
        many rows as `population`; and what the features are, in the order of the blocks.

    Raises
    ------
    ProjectError
        With every problem of the blocks.
    """
    computed = compute(population, tables, blocks=blocks, sources=sources, keys=keys, engine=engine)
    return computed.table, computed.columns


def compute(
    population: ir.Table,
    tables: Mapping[str, ir.Table],
    *,
    blocks: Sequence[FeatureBlock],
    sources: Mapping[str, Source],
    keys: Sequence[str],
    engine: Engine,
) -> Computed:
    """The same as `compute_features`, with the rows that were left out."""
    _refuse(feature_problems(blocks, sources))
    _refuse(_schema_problems(blocks, population, tables, sources, keys))
    numbered = population.mutate(**{ROW_ID: ibis.row_number().over(order_by=[*keys, EVENT_TIME])})
    ground = Ground(engine.cache(numbered), tuple(keys), tables, sources, engine)
    made = Parts()
    for block in blocks:
        made, ground = _add(replace(made, blocks=(*made.blocks, block)), block, ground)
    table = _assembled(made, ground)
    left_out = tuple(
        (part.left_out, part.left_out.express(ground)) for part in made.parts if part.left_out is not None
    )
    return Computed(table, made.columns, left_out)


def _add(made: Parts, block: FeatureBlock, ground: Ground) -> tuple[Parts, Ground]:
    """The parts with those of one more block; the answer of a query becomes part of the ground."""
    if isinstance(block, CrossBlock):
        return _add_cross(made, block, ground), ground
    if isinstance(block, SourceBlock):
        return replace(made, parts=(*made.parts, source_part(block, ground))), ground
    features = ground.engine.cache(_assembled(made, ground)) if reads_features(block) else None
    table, columns = answer(block, ground, features=features)
    name = f"answer_{len(ground.answers)}"
    part = Part(columns, express=lambda given: given.answers[name])
    grown = replace(ground, answers={**ground.answers, name: table})
    return replace(made, parts=(*made.parts, part)), grown


def source_part(block: SourceBlock, ground: Ground) -> Part:
    """The features of a source block, as a plan."""
    source, name = ground.sources[block.source], block.source
    schema = ground.tables[name].schema()
    inputs = select_inputs(block, source=source, schema=schema, keys=ground.keys).inputs
    reads = (name, block.through) if block.through else (name,)

    def rows(given: Ground) -> ir.Table:
        return known_rows(
            given.population, name, tables=given.tables, sources=given.sources, through=block.through
        )

    if is_last_known(block, source, ground.population.columns):
        return Part(
            last_known_columns(inputs, suffix=block.suffix),
            lambda given: last_known(rows(given), inputs, suffix=block.suffix),
            reads,
        )
    wanted = _wanted(block, source, inputs, ground)
    return Part(
        window_columns(wanted),
        lambda given: aggregate_windows(rows(given), wanted),
        reads,
        zero_columns(wanted),
        LeftOut(name, block.relative_time.column, lambda given: after_event(rows(given), wanted))
        if block.relative_time
        else None,
    )


def _wanted(block: SourceBlock, source: Source, inputs: tuple[Input, ...], ground: Ground) -> Wanted:
    """What a block aggregates, with what it leaves to the defaults."""
    timed = has_time(block, source)
    usual = tuple(aggregate for aggregate in USUAL if timed or aggregate not in NEEDS_TIME)
    is_single = block.through is None and gives_one_row(source, ground.population.columns)
    return Wanted(
        source=block.source,
        inputs=inputs,
        windows=block.windows or (Window(),),
        aggregates=block.aggregates or usual,
        is_timed=timed,
        relative=block.relative_time,
        has_one_row_per_time=is_single and source.event_time is not None,
        ties=() if is_single else (*source.key_columns, *(item.column for item in inputs)),
        suffix=block.suffix,
    )


def _add_cross(made: Parts, block: CrossBlock, ground: Ground) -> Parts:
    """The parts with a cross, and with the last known values it needs and no block has made."""
    there = {column.name: column for part in made.parts for column in part.columns}
    shown = [name for name in there if name not in made.hidden]
    try:
        names = [resolve_member(name, made=shown, columns=_crossable(ground)) for name in block.cross]
        members = [name if name in shown else f"{name}{_HIDDEN}" for name in names]
        lacking = [name for name, member in zip(names, members, strict=True) if member not in there]
        extra = tuple(_hidden_parts(lacking, ground))
        there |= {column.name: column for part in extra for column in part.columns}
        cross = resolve_cross(block, [there[member] for member in members])
    except ValueError as error:
        raise ProjectError(f"features: cross of {', '.join(block.cross)}: {error}") from error
    hidden = {column.name for part in extra for column in part.columns}
    crosses = (*made.crosses, cross)
    return replace(made, parts=(*made.parts, *extra), crosses=crosses, hidden=made.hidden | hidden)


def _hidden_parts(names: Sequence[str], ground: Ground) -> Iterable[Part]:
    """Last known values that are made to be crossed, and not shown."""
    for source, columns in _crossable(ground).items():
        wanted = tuple(column for column in columns if last_known_name(source, column) in names)
        if wanted:
            yield source_part(SourceBlock(source=source, columns=wanted, suffix=_HIDDEN), ground)


def _crossable(ground: Ground) -> dict[str, list[str]]:
    """The columns of each source that gives a last known row, and may be features."""
    columns = ground.population.columns
    return {
        name: [
            item.column
            for item in select_inputs(
                SourceBlock(source=name), source=ground.sources[name], schema=table.schema(), keys=ground.keys
            ).inputs
        ]
        for name, table in ground.tables.items()
        if gives_one_row(ground.sources[name], columns)
    }


def _assembled(made: Parts, ground: Ground) -> ir.Table:
    """The features made so far: what the plan comes to is compiled once for each project."""
    _refuse(check_names(made.columns, keys=ground.keys))
    reads = dict.fromkeys(name for part in made.parts for name in part.reads)
    inputs = {
        _POPULATION: ground.population,
        **ground.answers,
        **{f"{_SOURCE}{name}": ground.tables[name] for name in reads},
    }
    return ground.engine.prepared(_key(made, reads, ground), partial(_express, made, ground), inputs)


def _express(made: Parts, ground: Ground, given: Mapping[str, ir.Table]) -> ir.Table:
    """The features as an expression over the given tables."""
    tables = {name.removeprefix(_SOURCE): rows for name, rows in given.items() if name.startswith(_SOURCE)}
    answers = {name: given[name] for name in ground.answers}
    return assemble(made, replace(ground, population=given[_POPULATION], tables=tables, answers=answers))


def _key(made: Parts, reads: Iterable[str], ground: Ground) -> str:
    """What the expression depends on beside the columns of its tables: the project's words."""
    said = [block.model_dump_json() for block in made.blocks]
    said += [f"{name}={ground.sources[name].model_dump_json()}" for name in reads]
    said += [*ground.keys, *(column.name for column in made.columns)]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _schema_problems(
    blocks: Sequence[FeatureBlock],
    population: ir.Table,
    tables: Mapping[str, ir.Table],
    sources: Mapping[str, Source],
    keys: Sequence[str],
) -> tuple[str, ...]:
    schemas = {name: dict(table.schema().items()) for name, table in tables.items()}
    columns = dict(population.schema().items())
    return schema_problems(blocks, sources=sources, schemas=schemas, population=columns, keys=keys)


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise ProjectError(
            f"the features cannot be built:\n{listed}",
            problems=problems,
            hint="each is a key under `features` of the project file.",
        )
