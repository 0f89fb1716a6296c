"""Distinct values -> the numbers of each column: quantiles, extremes, tails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tenure.drafting.looks import Extreme, NumberLook
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_QUANTILES = {"q10": 0.10, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q90": 0.90}
_MOST_IN_TAIL = 20_000


def numbers_of(
    values: ir.Table, columns: Iterable[str], nulls: Iterable[tuple[str, str]], *, engine: Engine
) -> ir.Table:
    """The distinct finite numbers of some columns with the rows that have them, decoration taken off.

    Parameters
    ----------
    values
        As `looking.look_at` gives them.
    columns
        Their names in `values`.
    nulls
        Column and value of what means null.
    engine
        Where the pairs are put.
    """
    wanted = values.filter(values["column"].isin(list(columns)) & values["core"].notnull())
    finite = wanted.filter(wanted["core"].abs() < float("inf"))
    pairs = list(nulls)
    if pairs:
        marked = engine.table(
            pa.table({"column": [c for c, _ in pairs], "value": [v for _, v in pairs]}, schema=_PAIRS)
        )
        finite = finite.anti_join(marked, ["column", "value"])
    summed = finite.group_by([finite["column"], finite["core"].name("number")]).aggregate(n=finite["n"].sum())
    return engine.cache(summed)


def without(numbers: ir.Table, sentinels: Mapping[str, float], *, engine: Engine) -> ir.Table:
    """The numbers but one of some columns."""
    if not sentinels:
        return numbers
    pairs = pa.table({"column": list(sentinels), "number": [float(v) for v in sentinels.values()]})
    return engine.cache(numbers.anti_join(engine.table(pairs), ["column", "number"]))


def look_at_numbers(numbers: ir.Table, *, engine: Engine) -> dict[str, NumberLook]:
    """The quantiles and extremes of each column.

    A quantile is the smallest number that so large a share of the rows does not exceed.
    """
    up = ibis.window(group_by="column", order_by="number")
    down = ibis.window(group_by="column", order_by=ibis.desc("number"))
    ranked = numbers.mutate(
        up=ibis.row_number().over(up),
        down=ibis.row_number().over(down),
        reached=numbers["n"].sum().over(ibis.cumulative_window(group_by="column", order_by="number")),
        total=numbers["n"].sum().over(group_by="column"),
    )
    quantiles = {
        name: _only(ranked, ranked["reached"] >= ranked["total"] * share).min()
        for name, share in _QUANTILES.items()
    }
    edges = {
        f"{side}_{place}": _only(ranked, ranked[side] == place).max()
        for side in ("up", "down")
        for place in (0, 1)
    }
    rows = {f"n_{side}": ibis.ifelse(ranked[side] == 0, ranked["n"], 0).max() for side in ("up", "down")}
    found = ranked.group_by("column").aggregate(
        n=ranked["n"].sum(), n_distinct=ranked.count(), **quantiles, **edges, **rows
    )
    return {row["column"]: _look(row) for row in engine.arrow(found).to_pylist()}


def tail_of(
    numbers: ir.Table, column: str, bound: float, *, is_upper: bool, engine: Engine
) -> list[tuple[float, int]]:
    """The different numbers of a column with their rows, from `bound` outwards; 20,000 at most."""
    own = numbers.filter(numbers["column"] == column)
    beyond = own.filter(own["number"] >= bound if is_upper else own["number"] <= bound)
    order = beyond["number"] if is_upper else ibis.desc("number")
    tail = beyond.order_by(order).limit(_MOST_IN_TAIL).select("number", "n")
    return [(float(row["number"]), int(row["n"])) for row in engine.arrow(tail).to_pylist()]


def n_outside(
    numbers: ir.Table, ranges: Mapping[str, tuple[float, float]], *, engine: Engine
) -> dict[str, int]:
    """How many rows of each column lie outside its range."""
    if not ranges:
        return {}
    tests = [
        (numbers["column"] == column) & ~numbers["number"].between(low, high)
        for column, (low, high) in ranges.items()
    ]
    outside = numbers.filter(ibis.or_(*tests))
    counted = outside.group_by("column").aggregate(n=outside["n"].sum())
    counts = {row["column"]: int(row["n"]) for row in engine.arrow(counted).to_pylist()}
    return {column: counts.get(column, 0) for column in ranges}


_PAIRS = pa.schema([("column", pa.string()), ("value", pa.string())])


def _only(table: ir.Table, test: ir.BooleanValue) -> ir.FloatingValue:
    return ibis.ifelse(test, table["number"], ibis.null("float64"))


def _look(row: Mapping[str, Any]) -> NumberLook:
    return NumberLook(
        n=int(row["n"]),
        n_distinct=int(row["n_distinct"]),
        low=_extreme(row, "up"),
        high=_extreme(row, "down"),
        **{name: float(row[name]) for name in _QUANTILES},
    )


def _extreme(row: Mapping[str, Any], side: str) -> Extreme:
    value, beside = row[f"{side}_0"], row[f"{side}_1"]
    return Extreme(float(value), int(row[f"n_{side}"]), float(value if beside is None else beside))
