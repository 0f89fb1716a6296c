"""Rows → the most frequent category of each event, in several columns and windows at once."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import ibis.selectors as s

from tenure.features.linking import ROW_ID

_NAME = "__name"
_VALUE = "__text"
_COUNT = "__count"
_MOST = "__most"


def most_frequent(rows: ir.Table, modes: Mapping[str, str]) -> ir.Table:
    """The most frequent value of some columns for each event; of several values the first in order.

    Parameters
    ----------
    rows
        `ROW_ID` and the columns, with null for what does not count.
    modes
        The column that each of the results is taken from.

    Returns
    -------
    ibis.Table
        `ROW_ID` and a column for each name in `modes`; null where an event has no value.

    Notes
    -----
    The engines' own mode takes any of several values that are equally frequent, and not the same one
    each time. So values are counted here: once for all columns and windows.
    """
    texts = rows.select(ROW_ID, **{name: rows[values] for name, values in modes.items()})
    long = texts.pivot_longer(s.cols(*modes), names_to=_NAME, values_to=_VALUE)
    long = long.filter(long[_VALUE].notnull())
    counts = long.group_by([ROW_ID, _NAME, _VALUE]).aggregate(**{_COUNT: long.count()})
    most = counts[_COUNT].max().over(group_by=[ROW_ID, _NAME])
    top = counts.mutate(**{_MOST: most}).filter(lambda t: t[_COUNT] == t[_MOST])
    first = {
        name: (top[_NAME] == ibis.literal(name)).ifelse(top[_VALUE], ibis.null("string")).min()
        for name in modes
    }
    return top.group_by(ROW_ID).aggregate(**first)
