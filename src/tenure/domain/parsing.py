"""Text and typed values as the types a column can be declared as: expressions, no evaluation.

Engines agree on most of what a number or a date is, and differ at the edges (``1_000``, ``0x1F``,
``11.5`` as an integer, ``infinity`` as a time). What is read here is what all of them read the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import ibis
import ibis.expr.datatypes as dt

from tenure.domain.sources import ColumnType

if TYPE_CHECKING:
    import ibis.expr.types as ir

DTYPES: dict[ColumnType, dt.DataType] = {
    ColumnType.INTEGER: dt.int64,
    ColumnType.NUMBER: dt.float64,
    ColumnType.CATEGORY: dt.string,
    ColumnType.TEXT: dt.string,
    ColumnType.BOOLEAN: dt.boolean,
    ColumnType.DATE: dt.Timestamp(scale=6),
    ColumnType.MONTHS: dt.int64,
}
"""The data type of a column of each type once it is read."""
NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.MONTHS})
TEXTUAL = frozenset({ColumnType.CATEGORY, ColumnType.TEXT})

_EARLIEST, _LATEST = "1000-01-01", "9999-12-31"
_TRUE = ("true", "t", "yes", "y", "on", "1", "1.0")
_FALSE = ("false", "f", "no", "n", "off", "0", "0.0")

# What no decimal number is written with: engines also read 1_000, 0x1F, 1d and +-1, and not all the same.
_NOT_DECIMAL = r"[^0-9eE+.\-]|[+\-][+\-]"
_SPAN = r"^(?:[0-9]+\s*[Yy][A-Za-zı]*\.?)?(?:\s*(?:and|ve|&|,)?\s*)?(?:[0-9]+\s*(?:[Mm]|[Aa]y)[A-Za-z]*\.?)?$"
_YEARS = r"^([0-9]+)\s*[Yy]"
_MONTHS = r"([0-9]+)\s*(?:[Mm]|[Aa]y)[A-Za-z]*\.?$"


class TimeParser(Protocol):
    """What reading asks of an engine: its own way to parse times."""

    def parse_time(self, text: ir.StringValue, time_format: str | None) -> ir.TimestampValue:
        """Text as a timestamp by a strptime format (ISO when None); null where it does not fit."""
        ...


def read_text(
    text: ir.StringValue, kind: ColumnType, time_format: str | None, *, engine: TimeParser
) -> ir.Value:
    """Trimmed text as the type; null where it cannot be read, and where it is empty.

    Parameters
    ----------
    text
        What is read.
    kind
        The type it is read as.
    time_format
        strptime format of dates; ISO when None.
    engine
        Whoever parses times.
    """
    if kind in TEXTUAL:
        return ibis.ifelse(text == "", ibis.null("string"), text)
    if kind is ColumnType.DATE:
        return _in_calendar(engine.parse_time(text, time_format))
    return _READERS[kind](text)


def convert(value: ir.Value, kind: ColumnType) -> ir.Value | None:
    """A typed value as another type without a detour over text; None where there is no such way."""
    raw = value.type()
    if raw.is_boolean():
        return _from_boolean(value, kind)
    if raw.is_numeric():
        return _from_number(value, kind)
    is_time = raw.is_date() or raw.is_timestamp()
    return value.cast(DTYPES[kind]) if is_time and kind is ColumnType.DATE else None


def _from_boolean(value: ir.Value, kind: ColumnType) -> ir.Value | None:
    if kind in NUMERIC:
        return value.cast("int8").cast(DTYPES[kind])
    return value if kind is ColumnType.BOOLEAN else None


def _from_number(value: ir.Value, kind: ColumnType) -> ir.Value | None:
    if kind is ColumnType.NUMBER:
        return value.cast("float64")
    if kind in NUMERIC:
        return value.cast("int64") if value.type().is_integer() else _whole(value.cast("float64"))
    return None


def _read_integer(text: ir.StringValue) -> ir.IntegerValue:
    # Engines round or cut '11.5': what is left has to be the number itself.
    number = text.try_cast("float64")
    whole = ibis.coalesce(text.try_cast("int64"), number.try_cast("int64"))
    is_whole = (whole.cast("float64") == number) & ~_not_decimal(text)
    return ibis.ifelse(is_whole, whole, ibis.null("int64"))


def _read_number(text: ir.StringValue) -> ir.FloatingValue:
    number = text.try_cast("float64")
    is_word = number.isnan() | number.isinf()
    return ibis.ifelse(_not_decimal(text) & ~is_word, ibis.null("float64"), number)


def _read_boolean(text: ir.StringValue) -> ir.BooleanValue:
    word = text.lower()
    return ibis.cases((word.isin(_TRUE), True), (word.isin(_FALSE), False), else_=ibis.null("boolean"))


def _read_months(text: ir.StringValue) -> ir.IntegerValue:
    years = text.re_extract(_YEARS, 1).try_cast("int64")
    months = text.re_extract(_MONTHS, 1).try_cast("int64")
    is_span = text.re_search(_SPAN) & ~(years.isnull() & months.isnull())
    span = ibis.coalesce(years, 0) * 12 + ibis.coalesce(months, 0)
    return ibis.ifelse(is_span, span, _read_integer(text)).cast("int64")


_READERS = {
    ColumnType.INTEGER: _read_integer,
    ColumnType.NUMBER: _read_number,
    ColumnType.BOOLEAN: _read_boolean,
    ColumnType.MONTHS: _read_months,
}


def _in_calendar(time: ir.TimestampValue) -> ir.TimestampValue:
    """The time in microseconds; null where it is none: engines read ``10-11-12`` and ``infinity`` as ISO."""
    is_one = time.between(ibis.timestamp(_EARLIEST), ibis.timestamp(_LATEST))
    return ibis.ifelse(is_one, time, ibis.null("timestamp(6)")).cast("timestamp(6)")


def _whole(number: ir.FloatingValue) -> ir.IntegerValue:
    """The number as an integer; null where it has a fraction or does not fit."""
    integer = number.try_cast("int64")
    return ibis.ifelse(integer.cast("float64") == number, integer, ibis.null("int64"))


def _not_decimal(text: ir.StringValue) -> ir.BooleanValue:
    return text.re_search(_NOT_DECIMAL)
