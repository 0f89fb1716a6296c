"""A row of features as an online store keeps it: what it is ordered by, and its values as JSON.

JSON keeps integers of any size, and floats to the last bit: they are written with as many digits as tell
them apart (Steele and White, "How to print floating-point numbers accurately", PLDI 1990), NaN and
infinities by name. What JSON has no word for is an object of one key, which no feature is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
from pydantic_core import from_json, to_json

from tenure.domain.entities import text_of_values
from tenure.domain.online import OnlineRow
from tenure.domain.tables import AS_OF, EVENT_TIME
from tenure.errors import OnlineStoreError

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - tables carry no zone
_MICROSECOND = timedelta(microseconds=1)
_DATE, _TIME, _DECIMAL = "date", "time", "decimal"
_READERS: Mapping[str, Callable[[str], Any]] = {
    _TIME: datetime.fromisoformat,
    _DATE: date.fromisoformat,
    _DECIMAL: Decimal,
}


class StoredRow(NamedTuple):
    """What a store keeps of one entity."""

    entity: str
    event_time: int
    """Microseconds since 1970."""
    as_of: str
    """``YYYY-MM-DD``."""
    content: str
    """The features, as JSON."""


def stored_rows(rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> Iterator[list[StoredRow]]:
    """The rows as they are kept, a list per batch; those with a null key are left out.

    Raises
    ------
    OnlineStoreError
        If a column is missing, or of a type that no store keeps.
    """
    _check(rows.schema, keys)
    for batch in rows:
        yield list(_stored(batch, sorted(keys)))


def online_row(event_time: int, as_of: str, content: str | bytes) -> OnlineRow:
    """What was kept, read again.

    Raises
    ------
    OnlineStoreError
        If it is not what `stored_rows` makes.

    Examples
    --------
    >>> online_row(0, "2024-02-01", '{"age": 31, "born": {"date": "1993-01-31"}}')
    OnlineRow(event_time=datetime.datetime(1970, 1, 1, 0, 0), as_of=datetime.date(2024, 2, 1), \
values={'age': 31, 'born': datetime.date(1993, 1, 31)})
    """
    try:
        kept = from_json(content, cache_strings="keys")
        values = {name: _read(value) if type(value) is dict else value for name, value in kept.items()}
        return OnlineRow(_EPOCH + event_time * _MICROSECOND, date.fromisoformat(as_of), values)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, ArithmeticError) as error:
        raise OnlineStoreError(
            f"a row of the online store cannot be read ({type(error).__name__})",
            hint="`tenure materialise` makes it again from gold.",
        ) from None


def never_filled() -> OnlineStoreError:
    """What is said of a store that knows nobody because nothing was ever put into it."""
    return OnlineStoreError(
        "nothing was ever put into the online store, or it was lost",
        hint="`tenure materialise` fills it from gold.",
        transient=True,
    )


def _stored(batch: pa.RecordBatch, keys: Sequence[str]) -> Iterator[StoredRow]:
    features = [name for name in batch.schema.names if name not in {*keys, EVENT_TIME, AS_OF}]
    columns = [_values(batch[name]) for name in features]
    entities = zip(*(batch[name].to_pylist() for name in keys), strict=True)
    times = batch[EVENT_TIME].cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()
    periods = batch[AS_OF].to_pylist()
    values = zip(*columns, strict=True) if columns else iter([()] * batch.num_rows)
    for entity, time, as_of, row in zip(entities, times, periods, values, strict=True):
        if (name := text_of_values(keys, entity)) is not None:
            content = to_json(dict(zip(features, row, strict=True))).decode()
            yield StoredRow(name, time, str(as_of), content)


def _values(column: pa.Array) -> list[Any]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _values(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz))
    return [_written(value) for value in column.to_pylist()]


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, date):
        return {_DATE: value.isoformat()}
    return {_DECIMAL: str(value)} if isinstance(value, Decimal) else value


def _read(value: dict[str, str]) -> Any:
    ((kind, text),) = value.items()
    return _READERS[kind](text)


def _check(schema: pa.Schema, keys: Sequence[str]) -> None:
    missing = [name for name in (*keys, EVENT_TIME, AS_OF) if name not in schema.names]
    if missing:
        raise OnlineStoreError(f"rows for an online store have no column {', '.join(missing)}")
    odd = [field for field in schema if not _is_kept(field.type)]
    if odd:
        told = ", ".join(f"`{field.name}` ({field.type})" for field in odd[:10])
        raise OnlineStoreError(
            f"an online store keeps no values of the type of {told}",
            hint="cast them in the query that makes the feature, or take it out.",
        )


def _is_kept(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_kept(kind.value_type)
    tests = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_date,
        pa.types.is_timestamp,
        pa.types.is_decimal,
        pa.types.is_null,
    )
    return any(test(kind) for test in tests)
