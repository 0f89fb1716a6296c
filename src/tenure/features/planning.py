"""Blocks → parts: what is to be computed, as a plan that needs no rows, only schemas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import ibis.expr.types as ir

from tenure.domain.sources import Source
from tenure.errors import ProjectError
from tenure.features.aggregates import NEEDS_TIME, USUAL
from tenure.features.asof import last_known, last_known_columns
from tenure.features.assembling import Parts
from tenure.features.checking import has_time, is_last_known
from tenure.features.config import CrossBlock, SourceBlock
from tenure.features.crosses import resolve_cross, resolve_member
from tenure.features.linking import gives_one_row, known_rows
from tenure.features.naming import last_known_name
from tenure.features.parts import Ground, LeftOut, Part
from tenure.features.selection import Input, select_inputs
from tenure.features.window import Window
from tenure.features.windows import Wanted, after_event, aggregate_windows, window_columns, zero_columns

_HIDDEN = "__crossed"
"""End of the name of a last known value that is made to be crossed, and not shown."""


def add_source(made: Parts, block: SourceBlock, ground: Ground) -> Parts:
    """The parts with those of a source block."""
    part, left_out = source_part(block, ground), _left_out(block, ground)
    return replace(made, parts=(*made.parts, part), left_out=(*made.left_out, *left_out))


def source_part(block: SourceBlock, ground: Ground) -> Part:
    """The features of a source block, as a plan."""
    source, name = ground.sources[block.source], block.source
    schema = ground.tables[name].schema()
    inputs = select_inputs(block, source=source, schema=schema, keys=ground.keys).inputs
    reads = (name, block.through) if block.through else (name,)

    if is_last_known(block, source, ground.population.columns):
        return Part(
            last_known_columns(inputs, suffix=block.suffix),
            lambda given: last_known(_rows(block, given), inputs, suffix=block.suffix),
            reads,
        )
    wanted = _wanted(block, source, inputs, ground)
    return Part(
        window_columns(wanted),
        lambda given: aggregate_windows(_rows(block, given), wanted),
        reads,
        zero_columns(wanted),
    )


def _rows(block: SourceBlock, ground: Ground) -> ir.Table:
    """The rows that the block looks at, as known at each event."""
    return known_rows(
        ground.population,
        block.source,
        tables=ground.tables,
        sources=ground.sources,
        through=block.through,
    )


def _left_out(block: SourceBlock, ground: Ground) -> tuple[LeftOut, ...]:
    """The rows that relative time puts after the event."""
    if block.relative_time is None:
        return ()
    wanted = _wanted(block, ground.sources[block.source], (), ground)
    column = block.relative_time.column
    return (LeftOut(block.source, column, lambda given: after_event(_rows(block, given), wanted)),)


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


def add_cross(made: Parts, block: CrossBlock, ground: Ground) -> Parts:
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
