"""Rows known at each event → aggregates over windows before it, all of them in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.tables import ROW_EVENT_TIME
from tenure.features.aggregates import (
    ZERO_WITHOUT_ROWS,
    Windowed,
    aggregate_expression,
    aggregate_kind,
    applies,
    share_expression,
)
from tenure.features.asof import recency_columns
from tenure.features.config import Aggregate, RelativeTime
from tenure.features.linking import EVENT, KNOWN, ROW_ID
from tenure.features.modes import most_frequent
from tenure.features.naming import aggregate_name, aggregate_words, count_name, share_name, window_words
from tenure.features.selection import Input
from tenure.features.values import days_between, feature_value
from tenure.features.window import DAYS_PER_MONTH, Window, moved

_MONTHS = "__months"
_ORDER = "__order"
_MONTHS_PER = {"day": 1 / DAYS_PER_MONTH, "week": 7 / DAYS_PER_MONTH, "month": 1.0, "year": 12.0}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is computed from the rows of one source."""

    source: str
    inputs: tuple[Input, ...]
    windows: tuple[Window, ...]
    aggregates: tuple[Aggregate, ...]
    is_timed: bool = True
    """Whether its rows have a time, absolute or relative."""
    relative: RelativeTime | None = None
    has_one_row_per_time: bool = False
    ties: tuple[str, ...] = ()
    """Columns that decide which of several rows of the same time is the last."""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """One feature of a source block: an aggregate of a column over a window."""

    aggregate: Aggregate
    window: int
    """Position among the block's windows."""
    column: int = -1
    """Position among the block's columns; -1 for the count of rows."""
    value: str = ""
    """The category that a share is of."""


def aggregate_windows(rows: ir.Table, wanted: Wanted) -> ir.Table:
    """The aggregates of each event that has any row, from the rows known at it.

    A row is in a window of length `w` when its event time is later than the event minus `w`: with
    ``1 month`` and an event on 1 March, later than 1 February. ``all`` holds every row, also one whose
    own time is not known. With relative time, a row ``n`` months before the event is in the windows
    longer than ``n`` months, and rows after the event are left out.

    Returns
    -------
    ibis.Table
        `ROW_ID`, `KNOWN` and the columns of `window_columns`.
    """
    base = _base(_before_event(rows, wanted), wanted)
    specs = tuple(specs_of(wanted))
    made = {
        name_of(s, wanted): _expression(s, base, wanted) for s in specs if s.aggregate is not Aggregate.MODE
    }
    table = base.group_by(ROW_ID).aggregate(**{KNOWN: base[KNOWN].max()}, **made)
    modes = {name_of(s, wanted): _value(s, wanted) for s in specs if s.aggregate is Aggregate.MODE}
    return _beside(table, most_frequent(base, modes)) if modes else table


def after_event(rows: ir.Table, wanted: Wanted) -> ir.Table:
    """The rows that relative time puts after the event."""
    return rows.filter(_offset(rows, wanted) > 0) if wanted.relative is not None else rows.limit(0)


def window_columns(wanted: Wanted) -> tuple[FeatureColumn, ...]:
    """The features that `aggregate_windows` computes."""
    return tuple(_column(spec, wanted) for spec in specs_of(wanted))


def zero_columns(wanted: Wanted) -> frozenset[str]:
    """Those of them that are 0, not null, for an event without rows."""
    counts = (spec for spec in specs_of(wanted) if spec.aggregate in ZERO_WITHOUT_ROWS)
    return frozenset(name_of(spec, wanted) for spec in counts)


def specs_of(wanted: Wanted) -> Iterator[Spec]:
    """The features of a block in order: the counts, then column by column."""
    windows = range(len(wanted.windows))
    if Aggregate.COUNT in wanted.aggregates:
        yield from (Spec(Aggregate.COUNT, window) for window in windows)
    for column, item in enumerate(wanted.inputs):
        for aggregate in _applying(item, wanted):
            for window in windows:
                values = item.values if aggregate is Aggregate.SHARE else ("",)
                yield from (Spec(aggregate, window, column, value) for value in values)


def _applying(item: Input, wanted: Wanted) -> Iterator[Aggregate]:
    for aggregate in dict.fromkeys(wanted.aggregates):
        fits = applies(aggregate, item.kind, has_values=bool(item.values), is_timed=wanted.is_timed)
        if fits and aggregate is not Aggregate.COUNT:
            yield aggregate


def _before_event(rows: ir.Table, wanted: Wanted) -> ir.Table:
    if wanted.relative is None:
        return rows
    offset = _offset(rows, wanted)
    return rows.filter((offset <= 0) | offset.isnull())


def _offset(rows: ir.Table, wanted: Wanted) -> ir.FloatingValue:
    """The relative time of each row, in its own unit; null where there is none."""
    if wanted.relative is None:
        return ibis.null("float64")
    return rows[wanted.relative.column].cast("float64")


def _base(rows: ir.Table, wanted: Wanted) -> ir.Table:
    """Rows with their values, time and order, and for each window the values that lie in it."""
    months = _months(rows, wanted)
    values = {
        _plain(number): feature_value(rows[item.column], item.kind, rows[EVENT])
        for number, item in enumerate(wanted.inputs)
    }
    flags = {_flag(n): _in_window(rows, months, w, wanted) for n, w in enumerate(wanted.windows)}
    base = rows.select(
        ROW_ID, KNOWN, **{_MONTHS: months, _ORDER: _order(rows, months, wanted)}, **flags, **values
    )
    masked = {
        _masked(column, number): base[_flag(number)].ifelse(base[_plain(column)], ibis.null(dtype))
        for number, window in enumerate(wanted.windows)
        if window.length is not None
        for column, dtype in enumerate(base[_plain(column)].type() for column in range(len(values)))
    }
    return base.order_by(_summing_order(wanted)).mutate(**masked)


def _summing_order(wanted: Wanted) -> list[str]:
    """The order in which rows are added up: the last digit of a sum must not depend on other rows."""
    ties = () if wanted.has_one_row_per_time else (_plain(column) for column in range(len(wanted.inputs)))
    return [ROW_ID, _MONTHS, KNOWN, *ties]


def _months(rows: ir.Table, wanted: Wanted) -> ir.FloatingValue:
    """Time of each row in months before the event: 0 at the event, negative before it."""
    if wanted.relative is not None:
        return _offset(rows, wanted) * _MONTHS_PER[wanted.relative.unit]
    if not wanted.is_timed:
        return ibis.null("float64")
    return -days_between(rows[ROW_EVENT_TIME], rows[EVENT]) / DAYS_PER_MONTH


def _in_window(rows: ir.Table, months: ir.FloatingValue, window: Window, wanted: Wanted) -> ir.BooleanValue:
    if window.length is None:
        return ibis.literal(value=True)
    if wanted.relative is not None:
        return (months > -window.n_months).fill_null(ibis.literal(value=False))
    begin = moved(rows[EVENT], window.length, back=True)
    return (rows[ROW_EVENT_TIME] > begin).fill_null(ibis.literal(value=False))


def _order(rows: ir.Table, months: ir.FloatingValue, wanted: Wanted) -> ir.Value:
    """The later a row, the greater; different for each row of an event."""
    if Aggregate.LAST not in wanted.aggregates:
        return ibis.null("int64")
    if wanted.has_one_row_per_time and wanted.relative is None:
        return rows[ROW_EVENT_TIME]
    recency: Sequence[ir.Value | str] = recency_columns(rows, ties=wanted.ties)
    if wanted.relative is not None:
        recency = [months, *recency]
    return ibis.row_number().over(group_by=ROW_ID, order_by=recency)


def _expression(spec: Spec, base: ir.Table, wanted: Wanted) -> ir.Value:
    if spec.aggregate is Aggregate.COUNT:
        return base[_flag(spec.window)].sum().cast("float64")
    values = base[_value(spec, wanted)]
    if spec.aggregate is Aggregate.SHARE:
        return share_expression(values, spec.value)
    return aggregate_expression(spec.aggregate, Windowed(values, base[_MONTHS], base[_ORDER]))


def name_of(spec: Spec, wanted: Wanted) -> str:
    """The name of a feature."""
    window = wanted.windows[spec.window]
    if spec.aggregate is Aggregate.COUNT:
        return count_name(wanted.source, window, wanted.suffix)
    column = wanted.inputs[spec.column].column
    if spec.aggregate is Aggregate.SHARE:
        return share_name(wanted.source, column, spec.value, window, wanted.suffix)
    return aggregate_name(wanted.source, column, spec.aggregate, window, wanted.suffix)


def _column(spec: Spec, wanted: Wanted) -> FeatureColumn:
    name, window = name_of(spec, wanted), wanted.windows[spec.window]
    if spec.aggregate is Aggregate.COUNT:
        words = f"number of rows of {wanted.source} {window_words(window)}"
        return FeatureColumn(name, FeatureKind.NUMBER, wanted.source, (), words)
    item = wanted.inputs[spec.column]
    subject = f"`{spec.value}` in {item.words}" if spec.value else item.words
    return FeatureColumn(
        name,
        aggregate_kind(spec.aggregate, item.kind),
        wanted.source,
        (item.qualified,),
        aggregate_words(subject, spec.aggregate, window),
        item.reason,
    )


def _beside(table: ir.Table, modes: ir.Table) -> ir.Table:
    """Two tables of features of the same rows, side by side."""
    right = modes.rename(__mode_row=ROW_ID)
    joined = table.left_join(right, table[ROW_ID] == right["__mode_row"])
    return joined.drop("__mode_row")


def _flag(window: int) -> str:
    return f"__in_{window}"


def _plain(column: int) -> str:
    return f"__value_{column}"


def _masked(column: int, window: int) -> str:
    return f"__value_{column}_in_{window}"


def _value(spec: Spec, wanted: Wanted) -> str:
    """The name of a column's values in a window; in ``all`` they are the values themselves."""
    is_all = wanted.windows[spec.window].length is None
    return _plain(spec.column) if is_all else _masked(spec.column, spec.window)
