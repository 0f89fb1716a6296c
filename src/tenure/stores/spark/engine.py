"""Ibis on Spark: the engine for more than one machine.

Tables are Parquet files that every machine of a cluster can read: those of the datamart, and those of the
engine's own folder, through which rows pass from this process to the executors and back.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.formats.pyarrow import PyArrowData

from tenure.domain.tables import AS_OF, RawTable, Snapshot
from tenure.errors import ProjectError, SourceError
from tenure.ports import Prepare
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.histograms import histogram_of_counts
from tenure.stores.objects import local_copies
from tenure.stores.rawtables import pinned, raw_fingerprint
from tenure.stores.spark.compiler import compile_query, type_name
from tenure.stores.spark.session import start_session
from tenure.stores.spark.times import parse_iso, parse_strptime
from tenure.stores.spark.usersql import translate
from tenure.stores.usersql import bind_tables

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ROWS_PER_GROUP = 100_000


class SparkEngine:
    """Expressions on Spark.

    Parameters
    ----------
    master
        ``local[2]``, ``spark://host:7077`` or whatever else Spark takes for one; asked for a session when
        the first table is wanted, and not before.
    settings
        Spark's own, such as ``spark.executor.memory``.
    folder
        Where rows are handed over: a folder that this machine and all executors see under one name. The
        system's folder for temporary files when absent, which will do where there is one machine.
    """

    def __init__(
        self, master: str, *, settings: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        self._start = partial(start_session, master, settings)
        self._shared = folder
        self._n_names = 0
        self._raw: dict[tuple[object, ...], ir.Table] = {}
        self._reads: dict[str, tuple[ir.Table, ...]] = {}
        self._files = DuckDBEngine()

    @cached_property
    def _spark(self) -> SparkSession:
        return self._start()

    @cached_property
    def _folder(self) -> Path:
        """A folder of this engine's own, which goes when the process does."""
        if self._shared is not None:
            self._shared.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="tenure-spark-", dir=self._shared))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def scan(self, snapshot: Snapshot) -> ir.Table:
        """The rows of a snapshot, with its schema, ``as_of`` included; no files make no rows."""
        if not snapshot.files:
            return self.table(snapshot.schema.empty_table())
        files = local_copies(snapshot.files, self._folder / "copies")
        schema = ibis.Schema.from_pyarrow(snapshot.schema)
        return self._read(files, schema, base=files[0].rpartition(f"/{AS_OF}=")[0])

    def pin_raw(self, raw: RawTable) -> RawTable:
        """The raw table as it is now: a Delta table at its newest version, any other as it was given."""
        return pinned(raw)

    def raw_columns(self, raw: RawTable) -> Mapping[str, tuple[str, ...]]:
        """The columns of each raw file, by what ``_file`` says for it."""
        return self._files.raw_columns(raw)

    def read_raw(self, raw: RawTable, *, prepare: Prepare | None = None) -> ir.Table:
        """The rows of a raw table as received: read by DuckDB in this process, prepared by Spark."""
        there = pinned(raw)
        key = (raw_fingerprint(there), prepare)
        if key not in self._raw:
            received = self._received(there)
            self._raw[key] = received if prepare is None else self.cache(prepare(received))
        return self._raw[key]

    def table(self, rows: pa.Table) -> ir.Table:
        """Rows in memory as an expression."""
        return self._handed(rows.to_reader(_ROWS_PER_GROUP))

    def parse_time(self, text: ir.StringValue, time_format: str | None) -> ir.TimestampValue:
        """Text as a timestamp by a strptime format (ISO when None); null where it does not fit."""
        return parse_iso(text) if time_format is None else parse_strptime(text, time_format)

    def histogram(self, values: ir.FloatingColumn, bounds: Sequence[float]) -> ir.ArrayScalar:
        """An aggregate: rows up to each bound, and above the last one."""
        return histogram_of_counts(values, bounds)

    def sql(self, query: str, tables: Mapping[str, ir.Table]) -> ir.Table:
        """A query in DuckDB's dialect over the named tables, and over nothing else."""
        names = {role: self._name("input") for role in tables}
        bound, used = bind_tables(query, names)
        given = {role: self._named(tables[role]) for role in used}
        schemas = {names[role]: given[role].schema() for role in used}
        stands_for = {names[role]: str(given[role].get_name()) for role in used}
        text = translate(bound, schemas, stands_for)
        return self._asked(text, given, used, tables)

    def cache(self, expression: ir.Table) -> ir.Table:
        """The same rows, computed once and kept as files for as long as somebody uses them."""
        folder = self._folder / self._name("cache")
        self._frame(expression).write.parquet(str(folder))
        return self._until_unused(self._read((str(folder),), expression.schema()), folder)

    def prepared(
        self,
        key: str,  # noqa: ARG002 - Spark plans each query anew, so there is nothing to keep
        make: Callable[[Mapping[str, ir.Table]], ir.Table],
        tables: Mapping[str, ir.Table],
        moments: Mapping[ir.TimestampScalar, datetime] | None = None,
    ) -> ir.Table:
        """The rows of ``make(tables)``."""
        given = {role: self._named(table) for role, table in tables.items()}
        at = {moment.op(): ibis.literal(when, "timestamp").op() for moment, when in (moments or {}).items()}
        made = make(given)
        placed = cast(ir.Table, made.op().replace(at).to_expr()) if at else made
        return self._viewed(self._frame(placed), placed.schema(), given.values())

    def batches(self, expression: ir.Table) -> pa.RecordBatchReader:
        """The rows as a stream: Spark writes them, and they are read file by file."""
        folder = self._folder / self._name("stream")
        schema = expression.schema().to_pyarrow()
        self._frame(expression).write.parquet(str(folder))
        return pa.RecordBatchReader.from_batches(schema, _streamed(folder, expression.schema()))

    def arrow(self, expression: ir.Table) -> pa.Table:
        """The rows in memory: for a period of one source, or a training table, at most."""
        return _as_declared(self._frame(expression).toArrow(), expression.schema())

    def _frame(self, expression: ir.Table) -> DataFrame:
        """What Spark runs for an expression, its columns in their declared types."""
        return self._typed(self._spark.sql(compile_query(expression)), expression.schema())

    def _typed(self, frame: DataFrame, schema: ibis.Schema) -> DataFrame:
        columns = (
            f"CAST({_quoted(name)} AS {type_name(kind)}) AS {_quoted(name)}" for name, kind in schema.items()
        )
        return frame.selectExpr(*columns)

    def _asked(
        self, text: str, given: Mapping[str, ir.Table], used: Sequence[str], tables: Mapping[str, ir.Table]
    ) -> ir.Table:
        """The rows of a translated query; what Spark does not take of it is the query's fault."""
        from pyspark.errors import AnalysisException, ParseException  # noqa: PLC0415 - an extra

        try:
            frame = self._spark.sql(text)
            schema = _schema_of(frame)
        except (AnalysisException, ParseException) as error:
            said = str(error).split(" SQLSTATE")[0].splitlines()[0]
            raise ProjectError(
                f"the query does not run on Spark: {said}",
                hint="it may use these tables: "
                + "; ".join(f"{name} ({', '.join(tables[name].columns[:12])})" for name in used),
            ) from error
        return self._viewed(self._typed(frame, schema), schema, given.values())

    def _named(self, table: ir.Table) -> ir.Table:
        """The same rows under one name; those that have one keep it."""
        if isinstance(table.op(), ops.UnboundTable):
            return table
        return self._viewed(self._frame(table), table.schema(), (table,))

    def _viewed(self, frame: DataFrame, schema: ibis.Schema, reads: Iterable[ir.Table] = ()) -> ir.Table:
        """Rows under a name that is known for as long as an expression reads it."""
        name = self._name("rows")
        frame.createOrReplaceTempView(name)
        rows = ibis.table(schema, name=name)
        self._reads[name] = tuple(reads)
        weakref.finalize(rows.op(), _forget, self._spark, self._reads, name).atexit = False
        return rows

    def _read(self, files: Sequence[str], schema: ibis.Schema, *, base: str | None = None) -> ir.Table:
        """Parquet files as an expression; below `base`, the names of their folders say more of them."""
        fields = ", ".join(f"{_quoted(name)} {type_name(kind)}" for name, kind in schema.items())
        reader = self._spark.read.schema(fields)
        frame = (reader if base is None else reader.option("basePath", base)).parquet(*map(_exactly, files))
        return self._viewed(frame.select(*(_quoted(name) for name in schema.names)), schema)

    def _received(self, raw: RawTable) -> ir.Table:
        """Raw rows, read as the other engine reads them: with its checks, and its words for what is wrong."""
        reader = DuckDBEngine()
        rows = reader.read_raw(raw)
        for name, kind in rows.schema().items():
            if kind.is_time() or kind.is_interval():
                raise SourceError(
                    f"source `{raw.source}`: column `{name}` is {kind}, and Spark has no such type",
                    hint="write it as text or as a timestamp; or use `engine: duckdb`.",
                )
        return self._handed(reader.batches(rows))

    def _handed(self, rows: pa.RecordBatchReader) -> ir.Table:
        """Rows of this process, written where Spark reads them."""
        folder = self._folder / self._name("handed")
        folder.mkdir()
        schema = ibis.Schema(
            {name: _known_to_spark(kind) for name, kind in _ibis_schema(rows.schema).items()}
        )
        written = schema.to_pyarrow()
        with pq.ParquetWriter(folder / "part-00000.parquet", written) as writer:
            for batch in rows:
                writer.write_table(pa.Table.from_batches([batch]).cast(written))
        return self._until_unused(self._read((str(folder),), schema), folder)

    def _until_unused(self, rows: ir.Table, folder: Path) -> ir.Table:
        """Rows whose files are removed when no expression reads them any more."""
        weakref.finalize(rows.op(), shutil.rmtree, folder, ignore_errors=True).atexit = False
        return rows

    def _name(self, kind: str) -> str:
        self._n_names += 1
        return f"tenure_{kind}_{self._n_names}"


def _forget(spark: SparkSession, reads: dict[str, tuple[ir.Table, ...]], name: str) -> None:
    spark.catalog.dropTempView(name)
    reads.pop(name, None)


def _streamed(folder: Path, schema: ibis.Schema) -> Iterator[pa.RecordBatch]:
    """Files that Spark wrote, in the order of their partitions; each is removed when it has been read."""
    try:
        for file in sorted(folder.glob("part-*.parquet")):
            for batch in pq.ParquetFile(file).iter_batches(_ROWS_PER_GROUP):
                yield from _as_declared(pa.Table.from_batches([batch]), schema).to_batches()
            file.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_declared(rows: pa.Table, schema: ibis.Schema) -> pa.Table:
    return PyArrowData.convert_table(rows, schema)


def _ibis_schema(schema: pa.Schema) -> ibis.Schema:
    return ibis.Schema.from_pyarrow(schema)


def _schema_of(frame: DataFrame) -> ibis.Schema:
    from ibis.backends.pyspark.datatypes import PySparkType  # noqa: PLC0415 - an extra

    return ibis.Schema(
        {field.name: _known_to_spark(PySparkType.to_ibis(field.dataType)) for field in frame.schema}
    )


_SIGNED: Mapping[dt.DataType, dt.DataType] = {
    dt.uint8: dt.int16,
    dt.uint16: dt.int32,
    dt.uint32: dt.int64,
    dt.uint64: dt.Decimal(20, 0),
    dt.null: dt.int32,
    dt.float16: dt.float32,
}


def _known_to_spark(kind: dt.DataType) -> dt.DataType:
    """The type that holds the same values in Spark, which knows no unsigned numbers and no nanoseconds."""
    if kind.is_timestamp():
        return dt.Timestamp(scale=6)
    return _SIGNED.get(kind.copy(nullable=True), kind)


def _exactly(path: str) -> str:
    """A path that Spark takes as it stands, and not for a pattern of several."""
    return re.sub(r"([\\*?{}\[\]])", r"\\\1", path)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
