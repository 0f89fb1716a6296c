"""Rows known at each event → the last known row of each, as features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn
from tenure.domain.tables import AS_OF, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.features.linking import EVENT, KNOWN, ROW_ID
from tenure.features.naming import last_known_name
from tenure.features.selection import Input
from tenure.features.values import feature_value

_RANK = "__rank"


def last_known(rows: ir.Table, inputs: Sequence[Input], *, suffix: str = "") -> ir.Table:
    """The features of the last known row of each event: its values, nulls included.

    Parameters
    ----------
    rows
        Rows of one source known at each event, of which at most one per event and time is there.
    inputs
        The columns that become features.
    suffix
        Put after the name of each feature.

    Returns
    -------
    ibis.Table
        `ROW_ID`, `KNOWN` and a column per input.

    Notes
    -----
    The last row is the latest by event time, then by known at, then by the period it came in.
    """
    recency = [ibis.desc(column) for column in recency_columns(rows)]
    rank = ibis.row_number().over(group_by=ROW_ID, order_by=recency)
    last = rows.mutate(**{_RANK: rank}).filter(lambda t: t[_RANK] == 0)
    values = {
        last_known_name(item.source, item.column, suffix): feature_value(
            last[item.column], item.kind, last[EVENT]
        )
        for item in inputs
    }
    return last.select(ROW_ID, KNOWN, **values)


def last_known_columns(inputs: Sequence[Input], *, suffix: str = "") -> tuple[FeatureColumn, ...]:
    """The features that `last_known` computes."""
    return tuple(
        FeatureColumn(
            last_known_name(item.source, item.column, suffix),
            item.kind,
            item.source,
            (item.qualified,),
            item.words,
            item.reason,
        )
        for item in inputs
    )


def recency_columns(rows: ir.Table, *, ties: Iterable[str] = ()) -> list[str]:
    """Columns that put the rows of one event in order, the last of them last; then `ties`."""
    return [
        name for name in dict.fromkeys((ROW_EVENT_TIME, ROW_KNOWN_AT, AS_OF, *ties)) if name in rows.columns
    ]
