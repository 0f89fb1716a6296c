r"""How a raw column is read: pure expressions from text (or a typed value) to what it is declared to be.

::

    raw value -> trimmed -> `strip` -> `null_values` -> parsed -> `values`, `between`, `otherwise`
                 |------------------ typed ------------------|
                 |------------------------------ repaired ------------------------------------|

`typed` is what the value says, `repaired` what is kept of it, `why_repaired` the kind of repair, so
that all repairs of a table are counted in one pass. Nothing is evaluated here, and nothing needs a
locale: no comparison folds case but that of ``true`` and ``yes``, so ``İstanbul`` stays ``İstanbul``.

Empty text and ``NaN`` are null as they come: a null that was received is not a repair.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt

from tenure.domain.parsing import DTYPES, TimeParser, convert, read_text
from tenure.domain.sources import Column, ColumnType

if TYPE_CHECKING:
    import ibis.expr.types as ir


class RepairKind(StrEnum):
    """What cleaning did to one value; the first that applies."""

    NULL_VALUE = "null_value"
    """It is one of `null_values`, or nothing is left of it after `strip`."""
    INFINITE = "infinite"
    """It is an infinite number: null."""
    UNREADABLE = "unreadable"
    """It cannot be read as the declared type: null."""
    UNKNOWN_CATEGORY = "unknown_category"
    """It is none of `values`: as `otherwise` says."""
    OUT_OF_RANGE = "out_of_range"
    """It is outside `between`: as `otherwise` says."""
    STRIPPED = "stripped"
    """`strip` took something off it, and the rest is fine."""
    NONE = "none"
    """It came as it should."""


def kind_of(raw: dt.DataType, rule: Column) -> ColumnType | None:
    """The type that a column is read as; None where it stays as it is.

    A rule with `between` and no `type` makes a number of text: a range means nothing else.

    Examples
    --------
    >>> kind_of(dt.string, Column(between=(18, 100)))
    <ColumnType.NUMBER: 'number'>
    >>> kind_of(dt.int32, Column()) is None
    True
    """
    if rule.type is not None:
        return rule.type
    return ColumnType.NUMBER if rule.between is not None and raw.is_string() else None


def dtype_of(raw: dt.DataType, rule: Column) -> dt.DataType:
    """The data type of a column once it is read: what silver holds.

    Integers of any width become 64 bits wide, floats and decimals float64, dates timestamps.

    Examples
    --------
    >>> dtype_of(dt.string, Column(type="months"))
    Int64(nullable=True)
    """
    kind = kind_of(raw, rule)
    if kind is not None:
        return DTYPES[kind]
    if raw.is_integer():
        return dt.int64
    if raw.is_floating() or raw.is_decimal():
        return dt.float64
    return DTYPES[ColumnType.DATE] if raw.is_date() or raw.is_timestamp() else raw


def received(rows: ir.Table, name: str, rule: Column) -> ir.Value | None:
    """The column as received, under its own name or the first of `renamed_from` that has a value.

    None where the rows have it under no name. Names with values of different types meet as text.
    """
    present = [rows[each] for each in received_names(rows.columns, name, rule)]
    if len({value.type() for value in present}) > 1:
        present = [value.cast("string") for value in present]
    return ibis.coalesce(*present) if len(present) > 1 else (present[0] if present else None)


def received_names(columns: Iterable[str], name: str, rule: Column) -> tuple[str, ...]:
    """The names among `columns` under which a declared column came, its own first.

    Examples
    --------
    >>> received_names(["id", "Income"], "Annual_Income", Column(renamed_from=("Income",)))
    ('Income',)
    """
    there = set(columns)
    return tuple(each for each in dict.fromkeys((name, *rule.renamed_from)) if each in there)


def parsed(value: ir.Value, rule: Column, *, engine: TimeParser) -> ir.Value:
    """The value as its declared type before `null_values` are looked at: the costly part of reading.

    Where `typed`, `repaired` and `why_repaired` are wanted together, this is computed once, put in a
    column of its own, and handed to them as `result`.
    """
    raw = value.type()
    kind = kind_of(raw, rule)
    if not raw.is_string():
        direct = value.cast(dtype_of(raw, rule)) if kind is None else convert(value, kind)
        if direct is not None:
            return direct
    return read_text(_stripped(_as_text(value), rule), kind or ColumnType.TEXT, rule.format, engine=engine)


def typed(value: ir.Value, rule: Column, *, engine: TimeParser, result: ir.Value | None = None) -> ir.Value:
    """The value as its declared type; null where it cannot be read, or means null.

    Blanks and the characters of `strip` are taken off both ends. `null_values` are compared with the
    value as received, trimmed and stripped, and, for numbers, as numbers (``365243`` is ``365243.0``).

    - ``integer``: decimal notation without a fraction (``11.0`` and ``1.1e1`` are 11, ``11.5`` is null);
    - ``number``: decimal notation, ``inf`` and ``1e400`` included (infinite; see `repaired`);
    - ``boolean``: true/false, t/f, yes/no, y/n, on/off, 1/0 in any case;
    - ``date``: by `format`, or ISO; midnight where there is no time of day; years 1000 to 9999;
    - ``months``: ``10 Years and 9 Months`` (129), ``2 yrs``, ``3 months``, or a whole number of months;
    - ``category``, ``text``: the text itself.

    Parameters
    ----------
    value
        The raw column: text, or already typed (Parquet).
    rule
        What the project file says of it.
    engine
        Whoever parses times.
    result
        The value as `parsed`, where that has been computed already.
    """
    result = parsed(value, rule, engine=engine) if result is None else result
    return _null_where(_any([_nan(result), _means_null(value, rule, result)]), result)


def repaired(
    value: ir.Value, rule: Column, *, engine: TimeParser, result: ir.Value | None = None
) -> ir.Value:
    """The value as silver keeps it: `typed`, and null where infinite or not allowed.

    A value outside `values` or `between` becomes null, unless `otherwise` is ``keep``. What cannot be
    read as its type has nothing to keep, and is null whatever `otherwise` says. Parameters as in `typed`.
    """
    result = parsed(value, rule, engine=engine) if result is None else result
    unwanted = [_nan(result), _means_null(value, rule, result), _infinite(result)]
    if rule.otherwise != "keep":
        unwanted += [_unknown(result, rule), _outside(result, rule)]
    return _null_where(_any(unwanted), result)


def why_repaired(
    value: ir.Value, rule: Column, *, engine: TimeParser, result: ir.Value | None = None
) -> ir.StringValue:
    """The `RepairKind` of the value as text; ``none`` where it came as it should, or came as null.

    Parameters as in `typed`.
    """
    result = parsed(value, rule, engine=engine) if result is None else result
    reasons = [
        (_any([value.isnull(), _blank(value), _nan(value), _nan(result)]), RepairKind.NONE),
        (_means_null(value, rule, result), RepairKind.NULL_VALUE),
        (_any([_infinite(value), _infinite(result)]), RepairKind.INFINITE),
        (result.isnull(), RepairKind.UNREADABLE),
        (_unknown(result, rule), RepairKind.UNKNOWN_CATEGORY),
        (_outside(result, rule), RepairKind.OUT_OF_RANGE),
        (_was_stripped(value, rule), RepairKind.STRIPPED),
    ]
    if not rule.strip and not rule.null_values:
        reasons.insert(0, (_is_fine(result, rule), RepairKind.NONE))
    branches = [(test, ibis.literal(str(kind))) for test, kind in reasons if test is not None]
    return ibis.cases(*branches, else_=ibis.literal(str(RepairKind.NONE)))


def possible_repairs(raw: dt.DataType, rule: Column) -> tuple[RepairKind, ...]:
    """The kinds of repair that a rule can make in a column of a type; none where all comes as it should.

    Examples
    --------
    >>> possible_repairs(dt.string, Column(strip="_"))
    (<RepairKind.NULL_VALUE: 'null_value'>, <RepairKind.STRIPPED: 'stripped'>)
    >>> possible_repairs(dt.string, Column(type="text"))
    ()
    """
    result = dtype_of(raw, rule)
    strips = bool(rule.strip) and raw.is_string()
    tests = {
        RepairKind.NULL_VALUE: bool(rule.null_values) or strips,
        RepairKind.INFINITE: raw.is_floating() or result.is_floating(),
        RepairKind.UNREADABLE: not result.is_string() and raw.copy(nullable=True) != result,
        RepairKind.UNKNOWN_CATEGORY: rule.values is not None,
        RepairKind.OUT_OF_RANGE: rule.between is not None and result.is_numeric(),
        RepairKind.STRIPPED: strips,
    }
    return tuple(kind for kind, is_possible in tests.items() if is_possible)


def _as_text(value: ir.Value) -> ir.StringValue:
    return value if value.type().is_string() else value.cast("string")


def _stripped(text: ir.StringValue, rule: Column) -> ir.StringValue:
    if not rule.strip:
        return text.strip()
    edge = rf"[\s{_escaped(rule.strip)}]+"
    return text.re_replace(f"^{edge}|{edge}$", "")


def _escaped(characters: str) -> str:
    """The characters for use inside ``[...]``, as both RE2 and Java read it."""
    return "".join(f"\\{c}" if c.isascii() and not c.isalnum() else c for c in characters)


def _blank(value: ir.Value) -> ir.BooleanValue | None:
    return value.strip() == "" if value.type().is_string() else None


def _was_stripped(value: ir.Value, rule: Column) -> ir.BooleanValue | None:
    if not rule.strip or not value.type().is_string():
        return None
    return _stripped(value, rule) != value.strip()


def _means_null(value: ir.Value, rule: Column, result: ir.Value) -> ir.BooleanValue | None:
    tests: list[ir.BooleanValue | None] = []
    if rule.null_values:
        text = _as_text(value)
        forms = (text, text.strip(), _stripped(text, rule)) if rule.strip else (text, text.strip())
        tests += [form.isin(rule.null_values) for form in forms]
        tests.append(_among(result, rule.null_values) if result.type().is_numeric() else None)
    if rule.strip and value.type().is_string():
        tests.append((_stripped(value, rule) == "") & (value.strip() != ""))
    return _any(tests)


def _infinite(result: ir.Value) -> ir.BooleanValue | None:
    return result.isinf() if result.type().is_floating() else None


def _nan(result: ir.Value) -> ir.BooleanValue | None:
    return result.isnan() if result.type().is_floating() else None


def _unknown(result: ir.Value, rule: Column) -> ir.BooleanValue | None:
    if rule.values is None:
        return None
    if result.type().is_numeric():
        known = _among(result, rule.values)
        return ~known if known is not None else None
    return result.cast("string").notin(rule.values)


def _outside(result: ir.Value, rule: Column) -> ir.BooleanValue | None:
    if rule.between is None or not result.type().is_numeric():
        return None
    low, high = rule.between
    tests = [result < low if math.isfinite(low) else None, result > high if math.isfinite(high) else None]
    return _any(tests)


def _among(number: ir.NumericValue, words: Iterable[str]) -> ir.BooleanValue | None:
    """Whether a number is one of those that the words say; None where no word says a number."""
    said = [known for word in words if (known := _float(word)) is not None]
    return number.isin(said) if said else None


def _float(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in word else None


def _is_fine(result: ir.Value, rule: Column) -> ir.BooleanValue:
    """Whether a value that was not stripped comes as it should: mostly, so this is asked first."""
    trouble = _any([_infinite(result), _nan(result), _unknown(result, rule), _outside(result, rule)])
    return result.notnull() if trouble is None else result.notnull() & ~trouble


def _any(tests: Iterable[ir.BooleanValue | None]) -> ir.BooleanValue | None:
    present = [test for test in tests if test is not None]
    return ibis.or_(*present) if present else None


def _null_where(test: ir.BooleanValue | None, value: ir.Value) -> ir.Value:
    return value if test is None else ibis.ifelse(test, ibis.null(value.type()), value)
