"""A Delta table of somebody else as a raw table: the rows of one version, file by file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, DeltaProtocolError, TableNotFoundError

from tenure.domain.columns import their_name
from tenure.domain.tables import FILE, ROW, RawTable
from tenure.errors import SourceError

if TYPE_CHECKING:
    import pyarrow.dataset as ds


def newest_version(raw: RawTable) -> int:
    """The version that the table is at.

    Raises
    ------
    SourceError
        If there is no Delta table; transient where an object store does not answer.
    """
    return _open(raw).version()


def delta_columns(raw: RawTable) -> Mapping[str, tuple[str, ...]]:
    """The columns of each file of the version; they are the table's, whatever a file lacks.

    A table without files has them under its own name.

    Raises
    ------
    SourceError
        If there is no such table or version, or it was written in a way that is not understood.
    """
    dataset = _dataset(raw)
    columns = tuple(their_name(name) for name in dataset.schema.names)
    files = [_name(fragment) for fragment in _fragments(dataset)]
    return dict.fromkeys(files or [Path(raw.files[0]).name], columns)


def delta_batches(raw: RawTable, *, n_rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of the version with ``_file`` (path below the table) and ``_row`` (1-based, per file).

    A column that a file lacks is null, one that the table is partitioned by has the partition's value.
    Times with a zone become times in UTC. A first batch without rows says what the types are.

    Raises
    ------
    SourceError
        If there is no such table or version, a file of it is gone, or it was written in a way that is not
        understood; transient where an object store does not answer.
    """
    dataset = _dataset(raw)
    schema = _schema(dataset.schema)
    yield pa.RecordBatch.from_pylist([], schema=schema)
    try:
        for fragment in _fragments(dataset):
            yield from _rows(fragment, dataset.schema, schema, n_rows)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(raw, error) from error


def _rows(
    fragment: ds.Fragment, their_schema: pa.Schema, schema: pa.Schema, n_rows: int
) -> Iterator[pa.RecordBatch]:
    n_before, name = 0, _name(fragment)
    for batch in fragment.to_batches(schema=their_schema, batch_size=n_rows):
        kept = [_in_utc(column) for column in batch.columns]
        rows = pa.array(range(n_before + 1, n_before + batch.num_rows + 1), pa.int64())
        n_before += batch.num_rows
        files = pa.repeat(name, batch.num_rows)
        yield pa.RecordBatch.from_arrays([*kept, files, rows], schema=schema)


def _open(raw: RawTable) -> DeltaTable:
    place = raw.files[0]
    try:
        return DeltaTable(place, version=raw.version)
    except TableNotFoundError:
        raise SourceError(
            f"source `{raw.source}`: there is no Delta table at `{place}`",
            hint=f"check `sources.{raw.source}.path`; a Delta table is a folder with a `_delta_log` in it.",
        ) from None
    except (DeltaError, OSError) as error:
        raise _unreadable(raw, error) from error


def _dataset(raw: RawTable) -> ds.Dataset:
    """The version's files; a feature of the format that this reader lacks is refused, not passed over."""
    table = _open(raw)
    try:
        return table.to_pyarrow_dataset()
    except (DeltaProtocolError, DeltaError) as error:
        raise SourceError(
            f"source `{raw.source}`: the Delta table at `{raw.files[0]}` uses a feature that is not "
            f"understood: {_first_line(error)}",
            hint="have it written without deletion vectors and column mapping, or copied to Parquet.",
        ) from error


def _schema(theirs: pa.Schema) -> pa.Schema:
    fields = [
        pa.field(their_name(each.name), pa.timestamp("us") if pa.types.is_timestamp(each.type) else each.type)
        for each in theirs
    ]
    return pa.schema([*fields, pa.field(FILE, pa.string()), pa.field(ROW, pa.int64())])


def _in_utc(column: pa.Array) -> pa.Array:
    return pc.cast(column, pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column


def _fragments(dataset: ds.Dataset) -> list[ds.Fragment]:
    return sorted(dataset.get_fragments(), key=lambda fragment: str(fragment.path))


def _name(fragment: ds.Fragment) -> str:
    return unquote(str(fragment.path))


def _unreadable(raw: RawTable, error: Exception) -> SourceError:
    is_remote = "://" in raw.files[0]
    return SourceError(
        f"source `{raw.source}`: the Delta table at `{raw.files[0]}` cannot be read: {_first_line(error)}",
        hint="is the store up, and do the variables of its access hold? Then try again."
        if is_remote
        else "its log names what is not there or not whole: was a file removed by hand?",
        transient=is_remote,
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
