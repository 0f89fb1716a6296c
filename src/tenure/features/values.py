"""Silver column → feature value: a finite float64, or text."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureKind

LARGEST = 1e150
"""Numbers beyond this, either way, count as infinite: their squares would be, in any aggregate."""

_SECONDS_PER_DAY = 86_400


def feature_value(column: ir.Value, kind: FeatureKind, event_time: ir.TimestampValue) -> ir.Value:
    """A column as a model reads it.

    Numbers become float64, null where infinite, NaN or beyond 1e150; booleans 0 and 1; times the days
    that lie between them and the event (negative for a time after it). A category stays text; anything
    else that is declared a category or text (a code, say) is written as text.
    """
    dtype = column.type()
    if kind is not FeatureKind.NUMBER:
        return column if dtype.is_string() else column.cast("string")
    if dtype.is_timestamp() or dtype.is_date():
        return days_between(column.cast("timestamp"), event_time)
    if dtype.is_boolean() or dtype.is_integer():
        return column.cast("float64")
    return finite(column.cast("float64"))


def days_between(earlier: ir.TimestampValue, later: ir.TimestampValue) -> ir.FloatingValue:
    """Days from one time to another, with their fraction to the second.

    Elapsed seconds are exact whole numbers, so that the same two times give the same days everywhere.
    """
    seconds = later.epoch_seconds() - earlier.epoch_seconds()
    return seconds.cast("float64") / _SECONDS_PER_DAY


def finite(number: ir.FloatingValue) -> ir.FloatingValue:
    """A number, or null where it is infinite, NaN or beyond 1e150."""
    return (number.abs() <= LARGEST).ifelse(number, ibis.null("float64"))
