"""Query over sources, population and features so far → features.

A query sees each source as it was known at each event: the rows it may use, once for every event that
they belong to, with the population's keys and ``event_time`` beside them. What a query does with them
cannot look into the future.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.sources import Source, reason_words
from tenure.domain.tables import AS_OF, EVENT_TIME, KNOWN_AT, ROW_KNOWN_AT
from tenure.domain.wording import counted
from tenure.errors import ProjectError
from tenure.features.config import SqlBlock
from tenure.features.linking import (
    EVENT,
    KNOWN,
    ROW_ID,
    is_timed,
    known_rows,
    latest_versions,
    own_columns,
    shared_keys,
)
from tenure.features.parts import Ground
from tenure.features.preparing import prepared
from tenure.features.queries import require_columns, run_query, tables_read
from tenure.features.selection import did_you_mean, kind_of_feature
from tenure.features.values import feature_value
from tenure.ports import Engine

POPULATION = "population"
FEATURES = "features"
_RESULT = "result"


def reads_features(block: SqlBlock) -> bool:
    """Whether the query reads the features made so far."""
    return bool(tables_read(block.select, [FEATURES]))


def answer(
    block: SqlBlock, ground: Ground, *, features: ir.Table | None
) -> tuple[ir.Table, tuple[FeatureColumn, ...]]:
    """The features of a query, computed: `ROW_ID`, `KNOWN` and their columns; and what they are.

    Parameters
    ----------
    block
        With its text under `select`.
    ground
        The population and the sources.
    features
        `ROW_ID`, keys, times and the features made so far; None where the query does not read them.

    Raises
    ------
    ProjectError
        If the query does not run, gives no keys, gives two rows for one event, or nothing that can be
        a feature.
    """
    names = tables_read(block.select, list(ground.sources))
    own = {POPULATION: ground.prepared(f"events {block.point_in_time}", partial(_events, block))}
    if features is not None:
        own[FEATURES] = prepared("shown", _shown, features, engine=ground.engine)
    seen = {name: _as_seen(name, block, ground) for name in names}
    result = run_query(block.select, seen | own, what=_what(block), engine=ground.engine)
    columns = _columns(block, result, ground.keys)
    table = _matched(block, result, columns, ground)
    answered = replace(ground, answers={_RESULT: table})
    what = f"known {names} {block.model_dump_json()}"
    known = answered.prepared(what, partial(_with_known, block, names), reads=_read(names, block))
    return known, columns


def _events(block: SqlBlock, ground: Ground) -> ir.Table:
    """The population as the query sees it: its further columns are as known at the end of the period."""
    people = ground.population
    return people.select(*ground.keys, EVENT_TIME) if block.point_in_time else people.drop(ROW_ID)


def _shown(features: ir.Table) -> ir.Table:
    """The features so far, as the query sees them."""
    return features.drop(ROW_ID, KNOWN_AT)


def _what(block: SqlBlock) -> str:
    return f"SQL feature `{block.sql or block.select[:60]}`"


def _as_seen(name: str, block: SqlBlock, ground: Ground) -> ir.Table:
    """A source as the query sees it."""
    is_linked = name in block.through or shared_keys(ground.sources[name], ground.population.columns)
    if block.point_in_time and not is_linked and ground.sources[name].key_columns:
        raise ProjectError(
            f"{_what(block)} reads `{name}`, which has no key of the population ({', '.join(ground.keys)})",
            hint=f"name the source that links it: `through: {{{name}: ...}}`.",
        )
    what = f"seen {name} {block.model_dump_json()}"
    return ground.prepared(what, partial(_seen, name, block), reads=_read([name], block))


def _seen(name: str, block: SqlBlock, ground: Ground) -> ir.Table:
    if not block.point_in_time:
        rows = latest_versions(ground.tables[name], ground.sources[name])
    else:
        rows = _beside_keys(_rows_known(name, block, ground), ground)
    return rows.drop(*_hidden(ground.sources[name], rows.columns, ground.keys))


def _hidden(source: Source, columns: Sequence[str], keys: Sequence[str]) -> list[str]:
    """What no feature may be made of, and a query of features therefore does not see; keys stay."""
    marked = {column for column, rule in source.columns.items() if rule.pii or rule.protected}
    return [name for name in columns if name in marked - {*keys, *source.keys}]


def _read(names: Sequence[str], block: SqlBlock) -> tuple[str, ...]:
    """The named sources, and those that link them."""
    return tuple(dict.fromkeys([*names, *(block.through[name] for name in names if name in block.through)]))


def _rows_known(name: str, block: SqlBlock, ground: Ground) -> ir.Table:
    through = block.through.get(name)
    return known_rows(ground.population, name, tables=ground.tables, sources=ground.sources, through=through)


def _beside_keys(rows: ir.Table, ground: Ground) -> ir.Table:
    """Rows of a source with the keys and event time of the event that they are known at."""
    taken = {*ground.keys, EVENT_TIME, AS_OF}
    own = [name for name in own_columns(rows) if name not in taken]
    keys = ground.population.select(__of=ground.population[ROW_ID], **_as_is(ground))
    joined = rows.select(ROW_ID, EVENT, *own).inner_join(keys, [(ROW_ID, "__of")])
    return joined.select(*ground.keys, **{EVENT_TIME: joined[EVENT]}, **{name: joined[name] for name in own})


def _as_is(ground: Ground) -> dict[str, ir.Value]:
    return {key: ground.population[key] for key in ground.keys}


def _columns(block: SqlBlock, result: ir.Table, keys: Sequence[str]) -> tuple[FeatureColumn, ...]:
    require_columns(result, [*keys, EVENT_TIME], what=_what(block))
    problems = [
        f"{_what(block)} gives no column `{name}`, which `{key}` names{did_you_mean(name, result.columns)}"
        for key, named in (("kinds", block.kinds), ("reasons", block.reasons))
        for name in named
        if name not in result.columns
    ]
    found = [name for name in result.columns if name not in {*keys, EVENT_TIME, KNOWN_AT}]
    kinds = {name: _kind(block, name, result) for name in found}
    problems += [
        f"{_what(block)}: column `{name}` is of type {result[name].type()}, which is no feature"
        for name, kind in kinds.items()
        if kind is None
    ]
    if problems or not found:
        said = "; ".join(problems) or f"{_what(block)} gives nothing but keys and times"
        raise ProjectError(said, problems=problems, hint="each further column of the query is a feature.")
    reasons = {name: reason_words(reason) for name, reason in block.reasons.items()}
    return tuple(
        FeatureColumn(name, kind, block.name, (), name, reasons.get(name))
        for name, kind in kinds.items()
        if kind
    )


def _kind(block: SqlBlock, name: str, result: ir.Table) -> FeatureKind | None:
    said = block.kinds.get(name)
    return FeatureKind(said) if said is not None else kind_of_feature(result[name].type())


def _matched(block: SqlBlock, result: ir.Table, columns: Sequence[FeatureColumn], ground: Ground) -> ir.Table:
    """The query's rows with the number of the population's row they belong to; computed here, once."""
    asked = replace(ground, answers={_RESULT: result})
    what = f"matched {block.model_dump_json()}"
    table = ground.engine.cache(asked.prepared(what, partial(_numbered, columns)))
    _refuse_duplicates(block, table, ground.engine)
    return table


def _numbered(columns: Sequence[FeatureColumn], ground: Ground) -> ir.Table:
    result, people = ground.answers[_RESULT], ground.population
    anchor = people.select(
        ROW_ID, **{f"__key_{n}": people[key] for n, key in enumerate(ground.keys)}, __time=people[EVENT_TIME]
    )
    same = [result[key].cast(people[key].type()) == anchor[f"__key_{n}"] for n, key in enumerate(ground.keys)]
    joined = anchor.inner_join(result, [*same, result[EVENT_TIME].cast("timestamp(6)") == anchor["__time"]])
    values = {c.name: feature_value(joined[c.name], c.kind, joined["__time"]) for c in columns}
    known = {"__said": joined[KNOWN_AT].cast("timestamp(6)")} if KNOWN_AT in result.columns else {}
    return joined.select(ROW_ID, **values, **known)


def _refuse_duplicates(block: SqlBlock, table: ir.Table, engine: Engine) -> None:
    sums = prepared(
        "rows and events",
        lambda rows: rows.aggregate(n_rows=rows.count(), n_events=rows[ROW_ID].nunique()),
        table,
        engine=engine,
    )
    counts = engine.arrow(sums).to_pylist()[0]
    if counts["n_rows"] > counts["n_events"]:
        raise ProjectError(
            f"{_what(block)} gives {counted(counts['n_rows'], 'row')} for "
            f"{counted(counts['n_events'], 'event')}",
            hint="group by the population's keys and `event_time`, so that each event has one row.",
        )


def _with_known(block: SqlBlock, names: Sequence[str], ground: Ground) -> ir.Table:
    """The features with the latest time at which a row that the query may have used became known."""
    table = ground.answers[_RESULT]
    if "__said" in table.columns and not block.point_in_time:
        return table.rename({KNOWN: "__said"})
    features = table.drop("__said") if "__said" in table.columns else table
    bounds = list(_bounds(block, names, ground))
    if not bounds:
        return features.mutate(**{KNOWN: ibis.null("timestamp(6)")})
    latest = ibis.union(*bounds) if len(bounds) > 1 else bounds[0]
    latest = latest.group_by("__of").aggregate(**{KNOWN: latest[KNOWN].max()})
    return features.left_join(latest, features[ROW_ID] == latest["__of"]).drop("__of")


def _bounds(block: SqlBlock, names: Sequence[str], ground: Ground) -> Iterator[ir.Table]:
    """Per source with times: the latest known row that an event's features can have been made of.

    As seen at the event, that is a row of the event. Otherwise it is any row that shares its keys, or,
    where the source shares none, any row at all: a query that looks less far says so in a column
    ``known_at``.
    """
    for name in names:
        if not is_timed(ground.sources[name]):
            continue
        if block.point_in_time:
            rows = _rows_known(name, block, ground)
            yield rows.group_by(ROW_ID).aggregate(**{KNOWN: rows[KNOWN].max()}).rename(__of=ROW_ID)
        else:
            yield _latest_row(name, ground)


def _latest_row(name: str, ground: Ground) -> ir.Table:
    table, people = ground.tables[name], ground.population
    links = list(shared_keys(ground.sources[name], people.columns))
    rows = table.group_by(links) if links else table
    latest = rows.aggregate(**{KNOWN: table[ROW_KNOWN_AT].max()})
    anchor = people.select(*links, __of=people[ROW_ID])
    joined = anchor.inner_join(latest, links) if links else anchor.cross_join(latest)
    return joined.select("__of", KNOWN)
