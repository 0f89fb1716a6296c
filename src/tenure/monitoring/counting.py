"""A table in the engine → every feature counted by the reference's bins and categories, in one pass.

The rule of membership is that of `tenure.stats.bins`, to the row: what is counted here, in memory, or by
another engine is the same. Memory does not grow with the rows, only with the categories that occur.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, cast

import ibis
import ibis.expr.types as ir
import numpy as np

from tenure.ports import Engine
from tenure.stats.moments import Moments
from tenure.stats.numbers import NumberProfile, no_numbers, number_profile
from tenure.stats.profile import Profile
from tenure.stats.words import count_words

Histogram: TypeAlias = "Callable[[ir.FloatingColumn, list[float]], ir.ArrayScalar]"

LARGEST = float(np.finfo(np.float64).max)
N_ROWS = "n_rows"
PARTS = ("rows", "n", "below", "above", "s1", "s2", "s3", "least", "most")


def count_features(rows: ir.Table, reference: Profile, *, engine: Engine) -> Profile:
    """The features of `rows` by the edges and categories of `reference`; scores are of no row.

    Parameters
    ----------
    rows
        A column per feature; one that is absent counts as null in every row.
    reference
        The profile that chose edges and categories.
    engine
        Where the rows are counted: one query for all numbers, one for all categories.
    """
    numbers = {name: part for name, part in reference.numbers.items() if name in rows.columns}
    words = [name for name in reference.categories if name in rows.columns]
    sums = _answer(engine, rows, _key(numbers), lambda given: number_sums(given, numbers, engine.histogram))[
        0
    ]
    tallies = _tallies(
        _answer(engine, rows, f"categories {words}", lambda given: category_counts(given, words))
        if words
        else []
    )
    n_rows = sums[N_ROWS]
    places = {name: place for place, name in enumerate(numbers)}
    return replace(
        reference.scores_only(),
        n_rows=n_rows,
        numbers={
            name: number_of(part, {what: sums[f"{what}_{places[name]}"] for what in PARTS}, n_rows)
            if name in numbers
            else _all_null(part, n_rows)
            for name, part in reference.numbers.items()
        },
        categories={
            name: count_words(tallies[name] if name in words else {None: n_rows}, part)
            for name, part in reference.categories.items()
        },
    )


def number_sums(rows: ir.Table, numbers: Mapping[str, NumberProfile], histogram: Histogram) -> ir.Table:
    """One row: the number of rows, and nine aggregates of each column, numbered in the order of `numbers`.

    Moments are sums of the powers of the distance to the reference's mean, which is near enough to the
    mean of the period for them not to cancel.
    """
    values: dict[str, ir.Value] = {N_ROWS: rows.count()}
    for place, (name, part) in enumerate(numbers.items()):
        value = cast(ir.FloatingColumn, rows[name].cast("float64"))
        finite = (value.abs() <= _exactly(LARGEST)).ifelse(value, ibis.null("float64"))
        off = finite - _exactly(center_of(part))
        parts = (
            histogram(finite, bounds_of(part.edges)),
            finite.count(),
            (value == _exactly(-math.inf)).sum(),
            (value == _exactly(math.inf)).sum(),
            off.sum(),
            (off * off).sum(),
            (off * off * off).sum(),
            finite.min(),
            finite.max(),
        )
        values |= {f"{what}_{place}": part for what, part in zip(PARTS, parts, strict=True)}
    return rows.aggregate(**values)


def category_counts(rows: ir.Table, names: list[str]) -> ir.Table:
    """Rows per feature and category, as ``feature``, ``category`` and ``n``."""
    parts = [
        rows.group_by(category=rows[name].cast("string"))
        .aggregate(n=ibis._.count())
        .mutate(feature=ibis.literal(name))
        for name in names
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def bounds_of(edges: tuple[float, ...]) -> list[float]:
    """Where a histogram is to be cut so that its entries are the positions of `tenure.stats.bins`.

    A value equal to the lowest edge is in bin 1 and not below: the first bound is the largest number that
    is smaller than it. A lowest edge that comes twice is a bound itself.

    Examples
    --------
    >>> bounds_of((1.0, 2.0, 3.0))
    [0.9999999999999999, 2.0, 3.0]
    >>> bounds_of((1.0, 1.0, 3.0))
    [0.9999999999999999, 1.0, 3.0]
    >>> bounds_of(())
    [-1.7976931348623157e+308]
    """
    if not edges:
        return [-LARGEST]
    return [float(np.nextafter(edges[0], -math.inf)), *edges[1:]]


def center_of(part: NumberProfile) -> float:
    """What moments are taken around: the reference's mean, 0 without one."""
    return 0.0 if part.mean is None else part.mean


def number_of(part: NumberProfile, sums: Mapping[str, Any], n_rows: int) -> NumberProfile:
    """The profile that a column's aggregates make.

    Parameters
    ----------
    part
        The reference.
    sums
        What `number_sums` gave for the column, by the name of the aggregate.
    n_rows
        All rows.
    """
    counts = _positions(part.edges, list(sums["rows"] or ()))
    n, below, above = sums["n"] or 0, sums["below"] or 0, sums["above"] or 0
    n_null = n_rows - n - below - above
    counts[0] += below
    counts[-1] += above
    moments = _moments(part, n, {k: math.nan if v is None else v for k, v in sums.items() if k != "rows"})
    return number_profile(
        part.edges, (*counts, n_null), replace(moments, n_null=n_null, n_infinite=below + above)
    )


def _exactly(number: float) -> ir.FloatingScalar:
    """A number that stays what it is: engines read one in a query as a decimal first, and round it."""
    return cast(ir.FloatingScalar, ibis.literal(repr(number)).cast("float64"))


def _positions(edges: tuple[float, ...], rows: list[int]) -> list[int]:
    """Rows below, in each bin, and above; without edges everything lies above."""
    n_positions = max(len(edges) - 1, 0) + 2
    filled = rows + [0] * (n_positions - len(rows))
    return filled if edges else [0, sum(filled)]


def _moments(part: NumberProfile, n: int, sums: Mapping[str, float]) -> Moments:
    if not n:
        return Moments(0, 0, math.nan, 0.0, 0.0, math.nan, math.nan)
    off = sums["s1"] / n
    m2 = max(sums["s2"] - n * off * off, 0.0)
    m3 = sums["s3"] - 3 * off * sums["s2"] + 2 * n * off * off * off
    least, most = sums["least"], sums["most"]
    if least == most:
        return Moments(n, 0, least, 0.0, 0.0, least, most)
    return Moments(n, 0, center_of(part) + off, m2, m3, least, most)


def _all_null(part: NumberProfile, n_rows: int) -> NumberProfile:
    none = no_numbers(part.edges)
    return replace(none, n_null=n_rows, counts=(*none.counts[:-1], n_rows))


def _tallies(found: list[dict[str, Any]]) -> Mapping[str, dict[str | None, int]]:
    tallies: dict[str, dict[str | None, int]] = defaultdict(dict)
    for row in found:
        tallies[row["feature"]][row["category"]] = row["n"]
    return tallies


def _answer(
    engine: Engine, rows: ir.Table, key: str, make: Callable[[ir.Table], ir.Table]
) -> list[dict[str, Any]]:
    """The rows of a query that is compiled once for all periods of a champion."""
    found: list[dict[str, Any]] = engine.arrow(
        engine.prepared(key, lambda given: make(given["rows"]), {"rows": rows})
    ).to_pylist()
    return found


def _key(numbers: Mapping[str, NumberProfile]) -> str:
    """The same for the same expression: names, edges and centers say all of it."""
    said = repr([(name, part.edges, center_of(part)) for name, part in numbers.items()])
    return f"features counted by {hashlib.sha256(said.encode()).hexdigest()}"
