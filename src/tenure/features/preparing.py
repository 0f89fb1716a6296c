"""Expressions that are compiled once for a project, and run over the tables and moments of each period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, cast

import ibis

from tenure.domain.periods import Period
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEGIN = cast("ir.TimestampScalar", ibis.param("timestamp"))
"""The first moment of the period."""
END = cast("ir.TimestampScalar", ibis.param("timestamp"))
"""The first moment after the period, or after the day by which rows were known."""

_ROWS = "rows"


def end_of(day: date) -> datetime:
    """The first moment after a day: what is known by the day was known before it.

    Examples
    --------
    >>> end_of(date(2024, 2, 29))
    datetime.datetime(2024, 3, 1, 0, 0)
    """
    return datetime.combine(day, time.min) + timedelta(days=1)


def moments(period: Period) -> dict[ir.TimestampScalar, datetime]:
    """What `BEGIN` and `END` stand for in a period."""
    return {BEGIN: end_of(period.start), END: end_of(period.end)}


def prepared(
    what: str,
    make: Callable[[ir.Table], ir.Table],
    rows: ir.Table,
    *,
    engine: Engine,
    at: Mapping[ir.TimestampScalar, datetime] | None = None,
) -> ir.Table:
    """The rows of ``make(rows)``; `what` names everything that it depends on beside the columns of `rows`."""
    return engine.prepared(f"features: {what}", lambda given: make(given[_ROWS]), {_ROWS: rows}, at)
