"""Source blocks and crosses against sources and their schemas: every problem, before anything is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import ibis.expr.datatypes as dt

from tenure.domain.sources import Column, ColumnType, Source
from tenure.domain.tables import EVENT_TIME
from tenure.features.aggregates import CATEGORIES_ONLY, NEEDS_TIME, applies
from tenure.features.config import Aggregate, FeatureBlock, SourceBlock, SqlBlock
from tenure.features.linking import gives_one_row, shared_keys
from tenure.features.selection import did_you_mean, select_inputs

Schemas = Mapping[str, Mapping[str, dt.DataType]]
"""Columns and types of each source's silver table."""

_TAKEN = ("population", "features")
_NO_TEXT = frozenset(ColumnType) - {ColumnType.TEXT, ColumnType.CATEGORY}
_NO_TIME = "needs a time, and the source has neither `event_time` nor `relative_time`"


def feature_problems(blocks: Sequence[FeatureBlock], sources: Mapping[str, Source]) -> tuple[str, ...]:
    """What can be seen to be wrong with the blocks without any data: names, keys, times.

    Examples
    --------
    >>> clicks = Source(path="clicks.csv", keys=("customer",), event_time="day")
    >>> feature_problems([SourceBlock(source="click")], {"clicks": clicks})
    ('features: there is no source `click`; did you mean `clicks`?',)
    """
    problems = [
        f"source `{name}` has the name of a table that SQL features read; call it something else"
        for name in _TAKEN
        if name in sources and any(isinstance(block, SqlBlock) for block in blocks)
    ]
    for block in blocks:
        problems += _unknown_sources(block, sources)
        if isinstance(block, SourceBlock) and block.source in sources:
            problems += _source_block_problems(block, sources)
    return tuple(dict.fromkeys(problems))


def schema_problems(
    blocks: Sequence[FeatureBlock],
    *,
    sources: Mapping[str, Source],
    schemas: Schemas,
    population: Mapping[str, dt.DataType],
    keys: Sequence[str],
) -> tuple[str, ...]:
    """What is wrong with source blocks once the columns of the sources and the population are known.

    Parameters
    ----------
    blocks
        All of them; only source blocks are looked at.
    sources
        What the project file says of the sources.
    schemas
        The columns of their silver tables.
    population
        The columns of the population.
    keys
        Which of them are its keys.
    """
    problems: list[str] = []
    for block in blocks:
        if isinstance(block, SourceBlock):
            schema = schemas[block.source]
            source = sources[block.source]
            problems += select_inputs(block, source=source, schema=schema, keys=keys).problems
            problems += _retyped(block.source, source, schema)
            problems += _link_problems(block, sources, schemas, population)
            problems += _relative_problems(block, schema)
            problems += _idle_aggregates(block, source, schema, keys)
            problems += _nothing_to_show(block, source, schema, (*population,), keys)
    return tuple(dict.fromkeys(problems))


def has_time(block: SourceBlock, source: Source) -> bool:
    """Whether the rows of the block's source can be put in order of time."""
    return source.event_time is not None or block.relative_time is not None


def is_last_known(block: SourceBlock, source: Source, columns: Iterable[str]) -> bool:
    """Whether a block gives the last known row: nothing to aggregate, one row per entity and time."""
    plain = not block.windows and not block.aggregates and block.through is None
    return plain and gives_one_row(source, tuple(columns))


def _unknown_sources(block: FeatureBlock, sources: Mapping[str, Source]) -> Iterator[str]:
    named: list[str] = []
    if isinstance(block, SourceBlock):
        named = [block.source, *([block.through] if block.through else [])]
    elif isinstance(block, SqlBlock):
        named = [*block.through, *block.through.values()]
    for name in named:
        if name not in sources:
            there = f"; there is {', '.join(f'`{source}`' for source in sorted(sources))}"
            yield f"features: there is no source `{name}`{did_you_mean(name, sources) or there}"


def _source_block_problems(block: SourceBlock, sources: Mapping[str, Source]) -> Iterator[str]:
    source, where = sources[block.source], f"features: block of source `{block.source}`"
    if not has_time(block, source):
        timed = [str(window) for window in block.windows if window.length is not None]
        if timed:
            yield f"{where}: window `{timed[0]}` {_NO_TIME}"
        for aggregate in sorted(NEEDS_TIME & set(block.aggregates)):
            yield f"{where}: `{aggregate}` {_NO_TIME}"
    labels = [window.label for window in block.windows]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        yield f"{where}: two windows are called `{label}`"
    for name in block.columns:
        if source.columns.get(name, Column()).pii:
            yield f"{where}: `{name}` is marked `pii` and cannot be a feature"
    if block.through in sources:
        yield from _through_problems(block, sources)


def _through_problems(block: SourceBlock, sources: Mapping[str, Source]) -> Iterator[str]:
    child, parent = sources[block.source], sources[str(block.through)]
    if not set(child.key_columns) & {*parent.key_columns, *parent.columns}:
        yield (
            f"features: block of source `{block.source}`: no key of it ({', '.join(child.key_columns)}) is a "
            f"column of `{block.through}`, which should link it"
        )


def _retyped(name: str, source: Source, schema: Mapping[str, dt.DataType]) -> Iterator[str]:
    """Columns that were text when their silver table began: a table keeps the types of its first period."""
    for column, rule in source.columns.items():
        if rule.type in _NO_TEXT and column in schema and schema[column].is_string():
            yield (
                f"`{name}.{column}` is text in the periods that have run and `{rule.type}` in the project "
                "file; put its `type` back, or replay in another `datamart`"
            )


def _link_problems(
    block: SourceBlock, sources: Mapping[str, Source], schemas: Schemas, population: Mapping[str, dt.DataType]
) -> Iterator[str]:
    """Sources that share no key with what they are joined to, or share one of another type."""
    usable = {name: kind for name, kind in population.items() if name != EVENT_TIME}
    if block.through is None:
        yield from _joinable(block.source, sources, schemas, usable, "the population")
        return
    yield from _joinable(block.through, sources, schemas, usable, "the population")
    yield from _joinable(block.source, sources, schemas, schemas[block.through], f"source `{block.through}`")


def _joinable(
    name: str, sources: Mapping[str, Source], schemas: Schemas, other: Mapping[str, dt.DataType], what: str
) -> Iterator[str]:
    source = sources[name]
    links = shared_keys(source, tuple(other))
    if source.key_columns and not links:
        yield (
            f"source `{name}` is keyed by {', '.join(source.key_columns)}, none of which {what} has "
            f"({', '.join(list(other)[:12])}); link it with `through`, or select its key in the population"
        )
    for key in links:
        mine = schemas[name][key]
        if mine.is_string() != other[key].is_string() or mine.is_numeric() != other[key].is_numeric():
            yield (
                f"key `{key}` is {mine} in source `{name}` and {other[key]} in {what}; give the column one "
                "`type` in both"
            )


def _relative_problems(block: SourceBlock, schema: Mapping[str, dt.DataType]) -> Iterator[str]:
    if block.relative_time is None:
        return
    name = block.relative_time.column
    if name not in schema:
        suggestion = did_you_mean(name, schema)
        yield f"`relative_time` of source `{block.source}` names no column: `{name}`{suggestion}"
    elif not schema[name].is_numeric():
        yield f"`relative_time` of source `{block.source}`: `{name}` is {schema[name]}, not a number"


def _idle_aggregates(
    block: SourceBlock, source: Source, schema: Mapping[str, dt.DataType], keys: Sequence[str]
) -> Iterator[str]:
    """Aggregates that are asked for and fit none of the block's columns."""
    inputs = select_inputs(block, source=source, schema=schema, keys=keys).inputs
    for aggregate in block.aggregates:
        fits = (applies(aggregate, item.kind, has_values=bool(item.values), is_timed=True) for item in inputs)
        if aggregate is not Aggregate.COUNT and not any(fits):
            kind = "category with `values`" if aggregate is Aggregate.SHARE else _fitting(aggregate)
            yield f"aggregate `{aggregate}` of source `{block.source}`: none of its columns is a {kind}"


def _nothing_to_show(
    block: SourceBlock,
    source: Source,
    schema: Mapping[str, dt.DataType],
    population: Sequence[str],
    keys: Sequence[str],
) -> Iterator[str]:
    """A block that names no columns, of whose source none may be a feature."""
    inputs = select_inputs(block, source=source, schema=schema, keys=keys).inputs
    if inputs or block.columns or not is_last_known(block, source, population):
        return
    untyped = [name for name, kind in schema.items() if kind.is_string() and name not in source.columns]
    listed = ", ".join([f"`{name}`" for name in untyped if name not in source.keys][:8])
    text = f"; text needs a `type` under `sources.{block.source}.columns`: {listed}" if listed else ""
    yield f"none of the columns of source `{block.source}` can be a feature{text}"


def _fitting(aggregate: Aggregate) -> str:
    return "category" if aggregate in CATEGORIES_ONLY else "number"
