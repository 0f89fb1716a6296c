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
from tenure.domain.tables import EVENT_TIME, KNOWN_AT
from tenure.errors import ProjectError
from tenure.features.assembling import Parts, assemble, check_names
from tenure.features.checking import feature_problems, schema_problems
from tenure.features.config import CrossBlock, FeatureBlock, SourceBlock
from tenure.features.linking import KNOWN, ROW_ID
from tenure.features.parts import Ground, LeftOut, Part
from tenure.features.planning import add_cross, add_source
from tenure.features.sql_features import answer, reads_features
from tenure.ports import Engine

_POPULATION = "population"
_SOURCE = "source:"


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
    left_out = tuple((rows, rows.express(ground)) for rows in made.left_out)
    return Computed(table, made.columns, left_out)


def _add(made: Parts, block: FeatureBlock, ground: Ground) -> tuple[Parts, Ground]:
    """The parts with those of one more block; what is computed on the way becomes part of the ground."""
    if isinstance(block, CrossBlock):
        return add_cross(made, block, ground), ground
    if isinstance(block, SourceBlock):
        return add_source(made, block, ground), ground
    features = None
    if reads_features(block):
        made, ground, features = _settled(made, ground)
    table, columns = answer(block, ground, features=features)
    part, ground = _answered(table, columns, ground)
    return replace(made, parts=(*made.parts, part)), ground


def _settled(made: Parts, ground: Ground) -> tuple[Parts, Ground, ir.Table]:
    """The features made so far, computed: what follows reads them, and computes none of them again."""
    features = ground.engine.cache(_assembled(made, ground, numbered=True))
    names = [column.name for column in made.columns]
    known = features.select(ROW_ID, *names, **{KNOWN: features[KNOWN_AT]})
    part, ground = _answered(known, made.columns, ground)
    return replace(made, parts=(part,), crosses=(), hidden=frozenset()), ground, features


def _answered(table: ir.Table, columns: tuple[FeatureColumn, ...], ground: Ground) -> tuple[Part, Ground]:
    """Features that are computed already, as a part, and the ground they are found in."""
    name = f"answer_{len(ground.answers)}"
    part = Part(columns, express=lambda given: given.answers[name])
    return part, replace(ground, answers={**ground.answers, name: table})


def _assembled(made: Parts, ground: Ground, *, numbered: bool = False) -> ir.Table:
    """The features made so far: what the plan comes to is compiled once for each project."""
    _refuse(check_names(made.columns, keys=ground.keys))
    reads = dict.fromkeys(name for part in made.parts for name in part.reads)
    inputs = {
        _POPULATION: ground.population,
        **ground.answers,
        **{f"{_SOURCE}{name}": ground.tables[name] for name in reads},
    }
    key = f"{_key(made, reads, ground)} {numbered}"
    return ground.engine.prepared(key, partial(_express, made=made, ground=ground, numbered=numbered), inputs)


def _express(given: Mapping[str, ir.Table], *, made: Parts, ground: Ground, numbered: bool) -> ir.Table:
    """The features as an expression over the given tables."""
    tables = {name.removeprefix(_SOURCE): rows for name, rows in given.items() if name.startswith(_SOURCE)}
    answers = {name: given[name] for name in ground.answers}
    there = replace(ground, population=given[_POPULATION], tables=tables, answers=answers)
    return assemble(made, there, numbered=numbered)


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
