"""A table or query of a database as a raw table, through SQLAlchemy: read in batches, never written to.

Of the address nothing is ever told but the name of the environment variable that holds it. What a driver
says of a connection names host and user, so that is not repeated either.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, CursorResult, Engine, create_engine, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool

from tenure.domain.columns import their_name
from tenure.domain.tables import FILE, ROW, RawTable
from tenure.errors import SourceError

_EXTRAS = {"psycopg2": "postgres"}
_SQLITE_SAYS = ("no such", "near ", "ambiguous column", "attempt to write", "file is not a database")
"""How SQLite begins when asking again would not help; it repeats the query's own words only."""
_MOST_DIGITS = 38


def database_columns(raw: RawTable) -> tuple[str, ...]:
    """The columns of the table or query, as bronze calls them.

    Raises
    ------
    SourceError
        If there is no such variable, address, driver, table or column, or two columns are of one name;
        transient where the database does not answer.
    """
    with _result(raw, n_rows=1) as result:
        return _names(raw, result)


def database_batches(raw: RawTable, *, n_rows: int) -> Iterator[pa.RecordBatch]:
    """The rows in batches, with ``_file`` and ``_row`` (in the order they come).

    Numbers, texts, booleans, dates and times keep their types; times with a zone become times in UTC. A
    decimal of declared precision keeps it, any other becomes a float. JSON and arrays become JSON text,
    everything else text.

    Raises
    ------
    SourceError
        As `database_columns` does; transient where the connection breaks.
    """
    with _result(raw, n_rows=n_rows) as result:
        names = (*_names(raw, result), FILE, ROW)
        decimals = _decimals(result)
        n_before = 0
        for rows in _partitions(raw, result, n_rows):
            columns = [_array(values, kind) for values, kind in zip(zip(*rows), decimals)]  # noqa: B905
            numbers = pa.array(range(n_before + 1, n_before + len(rows) + 1), pa.int64())
            n_before += len(rows)
            files = pa.repeat(raw.file_names[0], len(rows))
            yield pa.RecordBatch.from_arrays([*columns, files, numbers], names=names)


@contextmanager
def _result(raw: RawTable, *, n_rows: int) -> Iterator[CursorResult[Any]]:
    """What the database answers: a stream, of which it holds back all that is not asked for yet."""
    engine = _engine(raw)
    try:
        with _connect(raw, engine) as connection:
            statement = raw.query.strip().rstrip(";") or _select_all(raw, connection)
            yield _run(raw, connection, statement, n_rows)
    finally:
        engine.dispose()


def _run(raw: RawTable, connection: Connection, statement: str, n_rows: int) -> CursorResult[Any]:
    streamed = connection.execution_options(stream_results=True, no_parameters=True, max_row_buffer=n_rows)
    try:
        result = streamed.exec_driver_sql(statement)
    except SQLAlchemyError as error:
        raise _refused(raw, error) from None
    if not result.returns_rows:
        raise SourceError(f"source `{raw.source}`: the query gives no rows", hint="write one SELECT.")
    return result


def _partitions(raw: RawTable, result: CursorResult[Any], n_rows: int) -> Iterator[Sequence[Any]]:
    try:
        yield from result.partitions(n_rows)
    except SQLAlchemyError as error:
        raise _refused(raw, error) from None
    except (ValueError, OverflowError) as error:
        raise SourceError(
            f"source `{raw.source}`: {raw.file_names[0]} holds a value that cannot be read "
            f"({type(error).__name__})",
            hint="dates such as `infinity` have no counterpart: give them as text, by a `query`.",
        ) from None


def _engine(raw: RawTable) -> Engine:
    url = _url(raw)
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    except NoSuchModuleError:
        raise _no_address(raw, f"nobody knows the kind of database `{url.drivername}`") from None
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "")
        raise SourceError(
            f"source `{raw.source}`: the driver `{error.name}` is not installed",
            hint=f"`pip install 'tenure[{extra}]'`." if extra else "install it beside Tenure.",
        ) from None
    except (SQLAlchemyError, TypeError):  # a driver's own options, misspelt
        raise _no_address(raw, "its options are none of the driver's") from None


def _url(raw: RawTable) -> URL:
    value = os.environ.get(raw.files[0])
    if not value:
        raise SourceError(
            f"source `{raw.source}`: the environment variable `{raw.files[0]}` is not set",
            hint="it holds the address of the database: postgresql://user:password@host/name.",
        )
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise _no_address(raw, "it cannot be read") from None
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise SourceError(
            f"source `{raw.source}`: the SQLite file that `{raw.files[0]}` names is not there",
            hint="sqlite:////folder/file.db has four strokes before an absolute path.",
        )
    return url


def _no_address(raw: RawTable, what: str) -> SourceError:
    return SourceError(
        f"source `{raw.source}`: `{raw.files[0]}` holds no address of a database: {what}",
        hint="it begins with postgresql:// or sqlite:///, as SQLAlchemy writes it.",
    )


def _connect(raw: RawTable, engine: Engine) -> Connection:
    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        raise SourceError(
            f"source `{raw.source}`: the database of `{raw.files[0]}` does not answer ({_kind(error)})",
            hint="is it up, may this machine reach it, do user and password hold? Then try again.",
            transient=True,
        ) from None
    if engine.dialect.name == "postgresql":
        return connection.execution_options(postgresql_readonly=True)
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    return connection


def _select_all(raw: RawTable, connection: Connection) -> str:
    schema, _, table = raw.file_names[0].rpartition(".")
    try:
        inspector = inspect(connection)
        if not inspector.has_table(table, schema=schema or None):
            there = sorted(
                {*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)}
            )
            raise _no_table(raw, schema, table, there)
    except SQLAlchemyError as error:
        raise _refused(raw, error) from None
    quote = connection.dialect.identifier_preparer.quote
    named = ".".join(quote(part) for part in (schema, table) if part)
    return f"SELECT * FROM {named}"  # noqa: S608 - quoted by the dialect


def _no_table(raw: RawTable, schema: str, table: str, there: Sequence[str]) -> SourceError:
    where = f"schema `{schema}`" if schema else "the database"
    listed = ", ".join(there[:10]) + (f" and {len(there) - 10} more" if len(there) > 10 else "")
    close = difflib.get_close_matches(table, there, n=1)
    return SourceError(
        f"source `{raw.source}`: there is no table `{raw.file_names[0]}`; {where} has {listed or 'none'}",
        hint=f"did you mean `{close[0]}`?" if close else "state it as `schema.name`; may the user read it?",
    )


def _refused(raw: RawTable, error: SQLAlchemyError) -> SourceError:
    """What went wrong once it was asked: in the database's words only where they are about the query."""
    told = str(error.orig).splitlines()[0][:200] if isinstance(error, DBAPIError) and error.orig else ""
    is_wrong = isinstance(error, ProgrammingError) or told.startswith(_SQLITE_SAYS)
    if is_wrong:
        return SourceError(
            f"source `{raw.source}`: {raw.file_names[0]} cannot be read: {told}",
            hint=f"mend `sources.{raw.source}.database`, or have the user given the right to read it.",
        )
    is_down = isinstance(error, OperationalError | InterfaceError)
    return SourceError(
        f"source `{raw.source}`: the database of `{raw.files[0]}` broke off ({_kind(error)})",
        hint="try again." if is_down else "run the query in the database's own tool to see what is wrong.",
        transient=is_down,
    )


def _kind(error: SQLAlchemyError) -> str:
    """The kind of an error, without a word of its text."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "pgcode", None)
    return type(cause).__name__ + (f", SQLSTATE {state}" if state else "")


def _names(raw: RawTable, result: CursorResult[Any]) -> tuple[str, ...]:
    names = tuple(their_name(str(name)) for name in result.keys())  # noqa: SIM118 - rows follow otherwise
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise SourceError(
                f"source `{raw.source}`: {raw.file_names[0]} has two columns `{name}` (capitals aside)",
                hint="give them different names with AS, in a `query`.",
            )
        seen.add(name.casefold())
    return names


def _decimals(result: CursorResult[Any]) -> list[pa.DataType | None]:
    """The decimal type of each column that has a declared one."""
    described = getattr(result.cursor, "description", None) or ()
    return [_decimal(each[4], each[5]) for each in described]


def _decimal(precision: int | None, scale: int | None) -> pa.DataType | None:
    if precision is None or scale is None or not 0 <= scale <= precision <= _MOST_DIGITS or not precision:
        return None
    return pa.decimal128(precision, scale)


def _array(values: Sequence[Any], decimal: pa.DataType | None) -> pa.Array:
    """The values of one column; where they are of several types, as text."""
    plain = [_plain(value) for value in values]
    if any(isinstance(value, Decimal) for value in plain):
        return _decimal_array(plain, decimal)
    try:
        return pa.array(plain)
    except pa.ArrowException:
        return pa.array([None if value is None else str(value) for value in plain], pa.string())


def _decimal_array(values: Sequence[Any], decimal: pa.DataType | None) -> pa.Array:
    if decimal is not None and all(value is None or Decimal(value).is_finite() for value in values):
        return pa.array(values, decimal)
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _plain(value: Any) -> Any:
    """A value as a column of Arrow holds it."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    if value is None or isinstance(value, bool | int | float | str | date | Decimal):
        return value
    as_text = next((write for kind, write in _TEXTS.items() if isinstance(value, kind)), str)
    return as_text(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


_TEXTS: Mapping[type, Callable[[Any], str]] = {
    dict: _json,
    list: _json,
    bytes: bytes.hex,
    memoryview: memoryview.hex,
}
