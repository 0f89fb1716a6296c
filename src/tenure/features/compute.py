"""Population and silver tables → features, known at the event and no later.

Blocks are computed in the order of the project file; a cross or a query sees the features above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from tenure.features.preparing import prepared
from tenure.features.sql_features import answer, reads_features
from tenure.ports import Engine


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
    ground = Ground(_numbered(population, keys, engine), tuple(keys), tables, sources, engine)
    made = Parts()
    for block in blocks:
        made, ground = _add(replace(made, blocks=(*made.blocks, block)), block, ground)
    table = _assembled(made, ground)
    left_out = tuple((rows, rows.express(ground)) for rows in made.left_out)
    return Computed(table, made.columns, left_out)


def _numbered(population: ir.Table, keys: Sequence[str], engine: Engine) -> ir.Table:
    """The population with the number of each row, computed."""
    what = f"numbers {keys}"
    order = [*keys, EVENT_TIME]
    return engine.cache(
        prepared(
            what,
            lambda rows: rows.mutate(**{ROW_ID: ibis.row_number().over(order_by=order)}),
            population,
            engine=engine,
        )
    )


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
    known = prepared(
        f"known {names}",
        lambda rows: rows.select(ROW_ID, *names, **{KNOWN: rows[KNOWN_AT]}),
        features,
        engine=ground.engine,
    )
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
    said = [block.model_dump_json() for block in made.blocks]
    what = "\0".join(["features", *said, *(column.name for column in made.columns), str(numbered)])
    return ground.prepared(what, partial(assemble, made, numbered=numbered), reads=reads)


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
