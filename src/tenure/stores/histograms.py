"""The histogram of an engine that has none of its own: a count per bound, which any backend of Ibis runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import ibis
import ibis.expr.types as ir


def histogram_of_counts(values: ir.FloatingColumn, bounds: Sequence[float]) -> ir.ArrayScalar:
    """Rows up to each bound, and above the last one: what `tenure.ports.Engine.histogram` promises.

    A comparison and a count for each bound and row, where DuckDB's own searches: three times its time.

    Examples
    --------
    >>> table = ibis.memtable({"x": [0.0, 0.5, 1.0, 7.0]})
    >>> table.aggregate(rows=histogram_of_counts(table.x, [0.0, 1.0])).to_pyarrow()["rows"].to_pylist()
    [[1, 2, 1]]
    """
    told = [ibis.literal(repr(float(bound))).cast("float64") for bound in bounds]
    below = [_count(values <= bound) for bound in told]
    between = [more - less for less, more in pairwise(below)]
    return cast(ir.ArrayScalar, ibis.array([below[0], *between, _count(values > told[-1])]))


def _count(which: ir.BooleanColumn) -> ir.IntegerScalar:
    return cast(ir.IntegerScalar, which.sum().fill_null(0))
