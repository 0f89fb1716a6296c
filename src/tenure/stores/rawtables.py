"""Raw tables: what changes when one does; those that are no files come in batches, put together in DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb
import pyarrow as pa

from tenure.domain.tables import FILE, ROW, RawTable
from tenure.stores import rawdelta
from tenure.stores.rawfiles import check_raw_files, fingerprint

ROWS_AT_ONCE = 50_000


def is_table(raw: RawTable) -> bool:
    """Whether its rows come in batches, not from files that the engine opens."""
    return raw.format in {"delta", "database"}


def raw_fingerprint(raw: RawTable) -> tuple[object, ...]:
    """What changes when the raw table does: its files, or the version of a Delta table.

    Nothing tells whether a table of a database changed, short of reading it: it never does.

    Raises
    ------
    SourceError
        If a file is not there, or not whole.
    """
    if is_table(raw):
        return (raw.format, raw.files, raw.names, raw.version, raw.query)
    check_raw_files(raw)
    return fingerprint(raw)


def pinned(raw: RawTable) -> RawTable:
    """A Delta table at its newest version, where none is stated; any other as it is."""
    if raw.format == "delta" and raw.version is None:
        return replace(raw, version=rawdelta.newest_version(raw))
    return raw


def table_columns(raw: RawTable) -> Mapping[str, tuple[str, ...]]:
    """The columns of the table, by what ``_file`` says.

    Raises
    ------
    SourceError
        If the table is not there, cannot be read, or nobody answers (then it is transient).
    """
    if raw.format == "delta":
        return rawdelta.delta_columns(raw)
    from tenure.stores import rawdatabase  # noqa: PLC0415 - SQLAlchemy: half a second

    return {raw.file_names[0]: rawdatabase.database_columns(raw)}


def receive(raw: RawTable, connection: duckdb.DuckDBPyConnection, *, into: str) -> None:
    """Make a table of the rows: a batch at a time, so that they are never all in Python.

    The rows of a database come in no order. They are numbered in the order of their columns, from the
    first to the last: the same rows get the same numbers.
    """
    columns = tuple(dict.fromkeys(name for names in table_columns(raw).values() for name in names))
    parts = _Parts(connection, into)
    for batch in _batches(raw):
        parts.add(pa.Table.from_batches([batch]))
    row = ROW if raw.format == "delta" else f"row_number() OVER (ORDER BY {_listed(columns)})"
    connection.execute(
        f"CREATE TABLE {into} AS SELECT {_listed(columns)}, {FILE}, {row} AS {ROW} "  # noqa: S608 - quoted
        f"FROM ({parts.union(columns)})"
    )
    parts.drop()


@dataclass(slots=True)
class _Parts:
    """Batches in as few tables as their types allow.

    A database may say nothing of types, and a batch of nulls has none: what a column is shows when all of
    it has come. DuckDB then finds the type that holds them all.
    """

    connection: duckdb.DuckDBPyConnection
    name: str
    schemas: list[pa.Schema] = field(default_factory=list)

    def add(self, batch: pa.Table) -> None:
        """Put the batch's rows with others of the same types."""
        typed = batch.select([each.name for each in batch.schema if not pa.types.is_null(each.type)])
        found = (n for n, schema in enumerate(self.schemas) if _fits(typed.schema, schema))
        place = next(found, len(self.schemas))
        self.connection.register(f"{self.name}_batch", typed)
        if place == len(self.schemas):
            self.schemas.append(typed.schema)
            self.connection.execute(f"CREATE TABLE {self._part(place)} AS FROM {self.name}_batch")
        else:
            self.connection.execute(f"INSERT INTO {self._part(place)} BY NAME FROM {self.name}_batch")
        self.connection.unregister(f"{self.name}_batch")

    def union(self, columns: Sequence[str]) -> str:
        """All rows as a query; a column that never had a value is text, as in an empty CSV column."""
        present = {name for schema in self.schemas for name in schema.names}
        absent = "".join(f", NULL::VARCHAR AS {_quoted(name)}" for name in columns if name not in present)
        parts = [f"SELECT * FROM {self._part(n)}" for n in range(len(self.schemas))]  # noqa: S608 - our own
        rows = " UNION ALL BY NAME ".join(parts) or f"SELECT '' AS {FILE}, 0 AS {ROW} WHERE false"
        return f"SELECT *{absent} FROM ({rows})"  # noqa: S608 - quoted

    def drop(self) -> None:
        """Take the parts away."""
        for place in range(len(self.schemas)):
            self.connection.execute(f"DROP TABLE {self._part(place)}")

    def _part(self, place: int) -> str:
        return f"{self.name}_part_{place}"


def _batches(raw: RawTable) -> Iterator[pa.RecordBatch]:
    if raw.format == "delta":
        return rawdelta.delta_batches(raw, n_rows=ROWS_AT_ONCE)
    from tenure.stores import rawdatabase  # noqa: PLC0415 - SQLAlchemy: half a second

    return rawdatabase.database_batches(raw, n_rows=ROWS_AT_ONCE)


def _fits(batch: pa.Schema, held: pa.Schema) -> bool:
    return all(each.name in held.names and held.field(each.name).type == each.type for each in batch)


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(_quoted(name) for name in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
