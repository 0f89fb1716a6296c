"""Tables as Delta tables, through delta-rs: each write is one atomic commit of one period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from tenure.domain.tables import AS_OF, Snapshot, TableSlice
from tenure.errors import StoreError
from tenure.stores.hashing import hash_rows
from tenure.stores.objects import is_remote, names_below, no_answer

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_LOG = "/_delta_log"
_PARTITIONS = pa.schema([pa.field(AS_OF, pa.date32())])


@dataclass(slots=True)
class DeltaStore:
    """Delta tables below one folder (or URL), partitioned by ``as_of``.

    Parameters
    ----------
    root
        Folder or URL of the datamart.
    storage_options
        What an object store needs (region, endpoint ...); from the environment when empty.
    """

    root: str | Path
    storage_options: Mapping[str, str] = field(default_factory=dict)
    _handles: dict[str, DeltaTable] = field(default_factory=dict, repr=False)

    def exists(self, table: str) -> bool:
        """Whether the table has ever been written."""
        return self._handle(table) is not None

    def tables(self) -> tuple[str, ...]:
        """The names of all tables, sorted."""
        if is_remote(str(self.root)):
            logs = {name.rpartition(_LOG)[0] for name in names_below(str(self.root)) if _LOG in name}
            return tuple(sorted(name for name in logs if name.count("/") == 1))
        root = Path(self.root)
        return tuple(sorted(str(log.parent.relative_to(root)) for log in root.glob(f"*/*{_LOG}")))

    def version(self, table: str) -> int:
        """The version of the table; -1 when it does not exist."""
        handle = self._handle(table)
        return -1 if handle is None else handle.version()

    def replace(
        self,
        table: str,
        rows: pa.Table | pa.RecordBatchReader,
        *,
        as_of: date,
        where: Mapping[str, str] | None = None,
    ) -> TableSlice:
        """Put `rows` in the place of the period's rows (those that match `where`, too), atomically."""
        counted = _Counted(rows.to_reader() if isinstance(rows, pa.Table) else rows, as_of)
        try:
            with self._reached():
                self._write(table, counted.reader(), as_of, where)
        except (DeltaError, pa.ArrowException) as error:
            raise _store_error(table, as_of, error) from error
        return TableSlice(table, as_of, counted.n_rows, self._handles[table].version())

    def remove(self, table: str, *, as_of: date) -> None:
        """Take the period's rows out, atomically; nothing happens when there are none."""
        handle = self._handle(table)
        if handle is not None and as_of in self.periods(table):
            with self._reached():
                handle.delete(_predicate(as_of, None))

    def snapshot(self, table: str, *, after: date | None = None, until: date | None = None) -> Snapshot:
        """The files that hold the rows with ``after < as_of <= until`` (no bound where None)."""
        handle = self._handle(table)
        if handle is None:
            raise StoreError(
                f"table `{table}` does not exist in {self.root}",
                hint="run the stage that writes it first: `tenure run --as-of D` runs all of them.",
            )
        files = self._files(handle, after, until)
        return Snapshot(table, files, pa.schema(handle.schema().to_arrow()), handle.version())

    def read(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        after: date | None = None,
        until: date | None = None,
    ) -> pa.Table:
        """The rows with ``after < as_of <= until`` in memory: for small tables only."""
        handle = self._handle(table)
        if handle is None:
            return pa.table({})
        with self._reached():
            dataset = self._dataset(handle, after, until)
            return dataset.to_table(columns=None if columns is None else list(columns))

    def periods(self, table: str) -> tuple[date, ...]:
        """The periods that have rows in the table, ascending; empty when it does not exist."""
        handle = self._handle(table)
        if handle is None:
            return ()
        return tuple(sorted({date.fromisoformat(str(part[AS_OF])) for part in handle.partitions()}))

    def content_hash(self, table: str) -> str:
        """A hash of the table's rows, whatever their order, files and versions."""
        return hash_rows(self.snapshot(table)) if self.exists(table) else ""

    def _write(
        self, table: str, rows: pa.RecordBatchReader, as_of: date, where: Mapping[str, str] | None
    ) -> None:
        handle = self._handle(table)
        if handle is None:
            options = dict(self.storage_options) or None
            write_deltalake(self._location(table), rows, partition_by=[AS_OF], storage_options=options)
            self._handles[table] = DeltaTable(self._location(table), storage_options=options)
            return
        is_alone = where is None and set(self.periods(table)) <= {as_of}
        if is_alone and _retyped(rows.schema, pa.schema(handle.schema().to_arrow())):
            write_deltalake(handle, rows, mode="overwrite", schema_mode="overwrite", partition_by=[AS_OF])
            return
        predicate = _predicate(as_of, where)
        write_deltalake(handle, rows, mode="overwrite", predicate=predicate, schema_mode="merge")

    def _files(self, handle: DeltaTable, after: date | None, until: date | None) -> tuple[str, ...]:
        """The files of some periods as an engine opens them, sorted: delta-rs quotes blanks and the like."""
        return tuple(sorted(unquote(uri) for uri in handle.file_uris() if _holds(uri, after, until)))

    def _dataset(self, handle: DeltaTable, after: date | None, until: date | None) -> ds.Dataset:
        """The files of some periods; of local ones without the statistics, which cost more than they save."""
        if is_remote(str(self.root)):
            return handle.to_pyarrow_dataset(file_pruning_predicate=_partition_filters(after, until))
        import pyarrow.dataset as ds  # noqa: PLC0415 - loads pandas, which a first word of help need not wait for

        return ds.dataset(
            list(self._files(handle, after, until)),
            schema=pa.schema(handle.schema().to_arrow()),
            format="parquet",
            partitioning=ds.partitioning(_PARTITIONS, flavor="hive"),
        )

    def _location(self, table: str) -> str:
        return f"{self.root}/{table}"

    def _handle(self, table: str) -> DeltaTable | None:
        """The table at its newest version, or None."""
        with self._reached():
            if table in self._handles:
                self._handles[table].update_incremental()
                return self._handles[table]
            options = dict(self.storage_options) or None
            if not DeltaTable.is_deltatable(self._location(table), storage_options=options):
                return None
            self._handles[table] = DeltaTable(self._location(table), storage_options=options)
            return self._handles[table]

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """An object store that cannot be reached is an error of ours."""
        try:
            yield
        except OSError as error:
            if not is_remote(str(self.root)):
                raise
            raise no_answer(str(self.root), error) from error


class _Counted:
    """A stream of batches with ``as_of`` added, that knows how many rows went through."""

    def __init__(self, source: pa.RecordBatchReader, as_of: date) -> None:
        self.n_rows = 0
        self._source = source
        self._as_of = as_of
        kept = [_storable(column) for column in source.schema]
        self._schema = pa.schema([*kept, pa.field(AS_OF, pa.date32())])

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self._source:
            self.n_rows += batch.num_rows
            period = pa.array([self._as_of] * batch.num_rows, pa.date32())
            columns = [
                column.cast(kept.type) for column, kept in zip(batch.columns, self._schema, strict=False)
            ]
            yield pa.RecordBatch.from_arrays([*columns, period], schema=self._schema)


def _storable(column: pa.Field) -> pa.Field:
    """The column with a type that a Delta table can hold."""
    kept = column.type
    if pa.types.is_null(kept) or pa.types.is_large_string(kept):
        kept = pa.string()
    elif pa.types.is_timestamp(kept):
        kept = pa.timestamp("us")
    return pa.field(column.name, kept)


def _retyped(rows: pa.Schema, table: pa.Schema) -> bool:
    """Whether a column is text in the table and something else now: merged, it would be text again."""
    texts = {field.name for field in table if _is_text(field.type)}
    return any(field.name in texts and not _is_text(field.type) for field in rows)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _predicate(as_of: date, where: Mapping[str, str] | None) -> str:
    parts = [f"{AS_OF} = '{as_of.isoformat()}'"]
    for column, value in (where or {}).items():
        quoted = value.replace("'", "''")
        parts.append(f"{column} = '{quoted}'")
    return " AND ".join(parts)


def _holds(uri: str, after: date | None, until: date | None) -> bool:
    """Whether a file's period lies within the bounds; delta-rs's own predicate takes 5 ms for any table."""
    period = date.fromisoformat(uri.rsplit(f"/{AS_OF}=", 1)[1].split("/", 1)[0])
    return (after is None or after < period) and (until is None or period <= until)


def _partition_filters(after: date | None, until: date | None) -> list[tuple[str, str, str]] | None:
    filters = []
    if after is not None:
        filters.append((AS_OF, ">", after.isoformat()))
    if until is not None:
        filters.append((AS_OF, "<=", until.isoformat()))
    return filters or None


def _store_error(table: str, as_of: date, error: Exception) -> StoreError:
    message = f"table `{table}` could not be written for {as_of}: {str(error).splitlines()[0][:300]}"
    if isinstance(error, CommitFailedError):
        return StoreError(
            message, hint="another writer was faster; run the same command again.", transient=True
        )
    return StoreError(
        message, hint="the table is as it was; a column whose type changed is the usual reason."
    )
