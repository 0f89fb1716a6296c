"""Distinct values -> the same values as they are read: kept, repaired, or lost.

Everything that is told of a column comes from here: a value is read once, however many rows have it.
Columns with one and the same rule are read by one expression.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from tenure.domain.reading import RepairKind, parsed, repaired, why_repaired
from tenure.domain.sources import Column, ColumnType
from tenure.drafting.looks import Held
from tenure.exploration.readings import ColumnReading, Reading
from tenure.exploration.summary import RepairCount
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_N_EXAMPLES = 3
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class ReadValues:
    """The values of a source as they are read; columns go by their position as text."""

    kept: ir.Table
    """``column``, ``number`` (dates as seconds since 1970) or ``text``, and ``n``, the rows that have it."""
    repaired: ir.Table
    """``column``, ``value`` (as received), ``why`` and ``n``."""


def read_values(reading: Reading, *, engine: Engine) -> ReadValues:
    """The distinct values of a source, each as the rule of its column reads it.

    Parameters
    ----------
    reading
        The source.
    engine
        Where they are read and kept.
    """
    parts = [
        _read(reading.values, rule, places, engine) for rule, places in _by_rule(reading.columns, reading)
    ]
    if not parts:
        parts = [_read(reading.values.limit(0), Column(type=ColumnType.TEXT), ["0"], engine)]
    read = engine.cache(ibis.union(*parts) if len(parts) > 1 else parts[0])
    kept = read.filter(read["number"].notnull() | read["text"].notnull())
    summed = kept.group_by(["column", "number", "text"]).aggregate(n=kept["n"].sum())
    touched = read.filter(read["why"] != str(RepairKind.NONE)).select("column", "value", "why", "n")
    return ReadValues(engine.cache(summed), touched)


def count_repairs(
    values: ReadValues, *, personal: frozenset[str], engine: Engine
) -> Mapping[str, tuple[RepairCount, ...]]:
    """The repairs of each column by kind, the most frequent first, with examples.

    Parameters
    ----------
    values
        The values.
    personal
        Columns that give no examples.
    engine
        Where it is counted.
    """
    rows = values.repaired
    group = [rows["column"], rows["why"]]
    order = [ibis.desc(rows["n"]), rows["value"].hexdigest("md5")]
    ranked = rows.mutate(
        rank=ibis.row_number().over(group_by=group, order_by=order),
        total=rows["n"].sum().over(group_by=group),
    )
    is_personal = ranked["column"].isin(sorted(personal)) if personal else ibis.literal(value=False)
    shown = ranked.filter(ranked["rank"] < _N_EXAMPLES).select(
        "column",
        "why",
        "rank",
        "total",
        example=ibis.ifelse(is_personal, ibis.null("string"), ranked["value"].left(_LONGEST)),
    )
    found: defaultdict[str, dict[str, RepairCount]] = defaultdict(dict)
    for row in engine.arrow(shown.order_by(["column", "why", "rank"])).to_pylist():
        before = found[row["column"]].get(row["why"], RepairCount(row["why"], int(row["total"])))
        examples = before.examples if row["example"] is None else (*before.examples, row["example"])
        found[row["column"]][row["why"]] = RepairCount(before.kind, before.n, examples)
    return {
        column: tuple(sorted(kinds.values(), key=lambda repair: -repair.n)) for column, kinds in found.items()
    }


def effective_rule(column: ColumnReading) -> Column:
    """The rule by which a column's values are read here: an identifier is a text, whatever it is made of."""
    kind = column.rule.type
    if kind is None and column.rule.between is not None:
        kind = ColumnType.NUMBER
    if kind is None or (column.is_identifier and kind is not ColumnType.DATE):
        kind = ColumnType.TEXT
    changes: dict[str, object] = {"type": kind}
    if kind is ColumnType.TEXT:
        changes["between"] = None
    return column.rule.model_copy(update=changes)


def _by_rule(columns: Sequence[ColumnReading], reading: Reading) -> list[tuple[Column, list[str]]]:
    """The different rules with the positions of the columns that are read by them."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    rules: dict[str, Column] = {}
    for place, column in enumerate(columns):
        if reading.look.column(column.name).held is Held.OTHER:
            continue
        rule = effective_rule(column)
        key = rule.model_dump_json(exclude=_UNREAD)
        rules.setdefault(key, rule)
        places[key].append(str(place))
    return [(rules[key], places[key]) for key in rules]


_UNREAD = {"pii", "feature", "words", "required", "max_null_share", "renamed_from"}


def _read(values: ir.Table, rule: Column, places: Sequence[str], engine: Engine) -> ir.Table:
    own = values.filter(values["column"].isin(list(places)))
    value = own["value"]
    result = parsed(value, rule, engine=engine)
    kept = repaired(value, rule, engine=engine, result=result)
    why = why_repaired(value, rule, engine=engine, result=result)
    dtype = kept.type()
    number, text = ibis.null("float64"), ibis.null("string")
    if dtype.is_timestamp():
        number = kept.epoch_seconds().cast("float64")
    elif dtype.is_numeric():
        number = kept.cast("float64")
    else:
        text = kept.cast("string")
    return own.select("column", "value", "n", why=why, number=number, text=text)
