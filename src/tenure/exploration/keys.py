"""Rows -> whether keys identify them, and how sources meet: counted on all rows, in the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import ibis

from tenure.drafting.keys import n_different, n_different_rows
from tenure.drafting.looking import as_text
from tenure.exploration.readings import Reading
from tenure.exploration.summary import Join, KeySummary, RowsPerKey
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ROW_NUMBER = re.compile(r"column0|Unnamed: 0(\.[0-9]+)?|index|row(_?id|_number)?", re.IGNORECASE)
MOST_JOINS = 60
"""Joins that are measured."""


def summarise_key(reading: Reading, *, engine: Engine) -> KeySummary:
    """How many rows lack a key, share theirs with another row, or repeat another row in everything.

    Where no two rows share their keys there are no copies, and none are looked for. A number of the row
    that was written with the file is no part of what the row says.
    """
    identity = tuple(dict.fromkeys((*reading.keys, *([reading.event_time] if reading.event_time else []))))
    if not reading.keys:
        return KeySummary((), reading.event_time, reading.is_unique, 0, 0, _n_copies(reading, engine))
    texts = ibis.and_(*(as_text(reading.rows[name]).notnull() for name in identity))
    counted = reading.rows.aggregate(n=texts.sum().fill_null(0))
    n_complete = int(engine.arrow(counted)["n"][0].as_py())
    n_surplus = n_complete - n_different(reading.rows, identity, engine=engine)
    n_null = reading.look.n_rows - n_complete
    may_repeat = bool(n_surplus or n_null or _row_numbers(reading))
    n_copies = _n_copies(reading, engine) if may_repeat else 0
    return KeySummary(reading.keys, reading.event_time, reading.is_unique, n_null, n_surplus, n_copies)


def _n_copies(reading: Reading, engine: Engine) -> int:
    """Rows that repeat another in everything but the number of the row."""
    rows = reading.rows.drop(*_row_numbers(reading))
    return reading.look.n_rows - n_different_rows(rows, engine=engine)


def _row_numbers(reading: Reading) -> tuple[str, ...]:
    """The columns that only number the rows: unnamed in the file, or called so, and all different."""
    numbers = (column.name for column in reading.columns if _ROW_NUMBER.fullmatch(column.name))
    return tuple(name for name in numbers if reading.look.column(name).is_unique)


def measure_joins(readings: Sequence[Reading], *, engine: Engine) -> tuple[tuple[Join, ...], int]:
    """How each two sources meet on each identifier that both have, and how many pairs were left out.

    Parameters
    ----------
    readings
        The sources.
    engine
        Where it is counted.
    """
    pairs = list(_pairs(readings))
    keys: dict[tuple[str, str], ir.Table] = {}
    joins = []
    for left, right, column in pairs[:MOST_JOINS]:
        for side in (left, right):
            if (side.name, column) not in keys:
                keys[side.name, column] = engine.cache(_keys(side.rows, column))
        joins.append(_join(left, right, column, keys, engine))
    return tuple(joins), len(pairs) - len(joins)


def _pairs(readings: Sequence[Reading]) -> Iterator[tuple[Reading, Reading, str]]:
    """Two sources and a column that both have, and that tells one thing from another in one of them."""
    for left, right in combinations(readings, 2):
        there = {column.name for column in right.columns}
        named = dict.fromkeys((*left.identifiers, *right.identifiers))
        ours = {column.name for column in left.columns}
        yield from ((left, right, name) for name in named if name in there and name in ours)


def _keys(rows: ir.Table, column: str) -> ir.Table:
    """The different keys of a column with their rows; null for rows without one."""
    keyed = rows.select(key=as_text(rows[column]))
    return keyed.group_by("key").aggregate(n=keyed.count())


def _join(
    left: Reading, right: Reading, column: str, keys: Mapping[tuple[str, str], ir.Table], engine: Engine
) -> Join:
    ours, theirs = keys[left.name, column], keys[right.name, column]
    ours = ours.select(our_key=ours["key"], n_ours=ours["n"])
    theirs = theirs.select(their_key=theirs["key"], n_theirs=theirs["n"])
    both = ours.outer_join(theirs, ours["our_key"] == theirs["their_key"])
    is_common = both["our_key"].notnull() & both["their_key"].notnull()
    n_ours, n_theirs = (
        ibis.ifelse(is_common, both[name], ibis.null("int64")) for name in ("n_ours", "n_theirs")
    )
    row = engine.arrow(
        both.aggregate(
            n_left=both["our_key"].count(),
            n_right=both["their_key"].count(),
            n_common=is_common.sum().fill_null(0),
            left_orphans=ibis.ifelse(~is_common, both["n_ours"], 0).sum().fill_null(0),
            right_orphans=ibis.ifelse(~is_common, both["n_theirs"], 0).sum().fill_null(0),
            **_spread("left", n_ours),
            **_spread("right", n_theirs),
        )
    ).to_pylist()[0]
    return Join(
        left.name,
        right.name,
        column,
        int(row["n_left"]),
        int(row["n_right"]),
        int(row["n_common"]),
        int(row["left_orphans"]),
        int(row["right_orphans"]),
        _rows_per_key(row, "left"),
        _rows_per_key(row, "right"),
    )


def _spread(side: str, n: ir.IntegerColumn) -> dict[str, ir.Scalar]:
    return {f"{side}_least": n.min(), f"{side}_median": n.median(), f"{side}_most": n.max()}


def _rows_per_key(row: Mapping[str, Any], side: str) -> RowsPerKey | None:
    if row[f"{side}_least"] is None:
        return None
    return RowsPerKey(int(row[f"{side}_least"]), float(row[f"{side}_median"]), int(row[f"{side}_most"]))
