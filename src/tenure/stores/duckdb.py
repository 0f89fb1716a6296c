"""Ibis on DuckDB: the engine for one machine. The only module with SQL of DuckDB's own."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.formats.pyarrow import PyArrowData

from tenure.domain.tables import FILE, ROW, RawTable, Snapshot
from tenure.errors import ProjectError
from tenure.ports import Prepare
from tenure.stores.objects import local_copies
from tenure.stores.rawfiles import as_source_error, csv_header, readable_files
from tenure.stores.rawtables import is_table, pinned, raw_fingerprint, receive, table_columns
from tenure.stores.usersql import bind_tables


@ibis.udf.scalar.builtin(name="try_strptime")  # type: ignore[untyped-decorator]
def _try_strptime(text: str, time_format: str) -> dt.timestamp:
    """DuckDB's strptime that answers null where the format does not fit."""


@ibis.udf.scalar.builtin(name="tenure_moment")  # type: ignore[untyped-decorator]
def _moment(name: str) -> dt.timestamp:
    """Where the moment of a parameter is written into a compiled query; DuckDB never sees it."""


@ibis.udf.agg.builtin(name="histogram")  # type: ignore[untyped-decorator]
def _histogram(values: float, bounds: list[float]) -> dict[float, int]:
    """DuckDB's own: rows by the lowest bound that they are not above."""
    raise NotImplementedError


@ibis.udf.scalar.builtin(name="map_values")  # type: ignore[untyped-decorator]
def _map_values(histogram: dict[float, int]) -> list[int]:
    """The rows of each; Ibis's own would write the histogram twice."""
    raise NotImplementedError


_ROWS_PER_BATCH = 100_000
_OWN_NAME = re.compile(r'"?\b(tenure_[a-z]+_\d+)\b"?')
_MOMENT = re.compile(r"\btenure_moment\('(tenure_[a-z]+_\d+)'\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Definition:
    """A query under a name of the engine's own, and the tables that it reads."""

    query: str
    reads: tuple[ir.Table, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A compiled expression: the names of the tables it reads, its query, and the columns it gives."""

    inputs: Mapping[str, str]
    query: str
    schema: ibis.Schema


class DuckDBEngine:
    """Expressions on an in-process DuckDB that spills to disk.

    Parameters
    ----------
    threads
        Threads that run expressions. With one (the default) sums of floats are taken in one order,
        so that the same data give the same tables to the last bit; raw files are read with all cores.
    memory_limit
        DuckDB's own notation, such as ``8GB``; its default (80 % of the machine) when absent.
    """

    def __init__(self, *, threads: int = 1, memory_limit: str | None = None) -> None:
        self._spill = Path(tempfile.mkdtemp(prefix="tenure-"))
        atexit.register(shutil.rmtree, self._spill, ignore_errors=True)
        self._ibis = ibis.duckdb.connect()
        self._threads = threads
        self._n_names = 0
        self._raw: dict[tuple[object, ...], ir.Table] = {}
        self._raw_columns: dict[tuple[object, ...], Mapping[str, tuple[str, ...]]] = {}
        self._plans: dict[tuple[object, ...], _Plan] = {}
        self._definitions: dict[str, _Definition] = {}
        self._file_columns: dict[str, tuple[tuple[str, str], ...]] = {}
        self._configure(memory_limit)

    def scan(self, snapshot: Snapshot) -> ir.Table:
        """The rows of a snapshot, with its schema, ``as_of`` included; no files make no rows."""
        schema = ibis.Schema.from_pyarrow(snapshot.schema)
        if not snapshot.files:
            return self.table(snapshot.schema.empty_table())
        return self._defined(self._select_files(snapshot, schema), schema)

    def pin_raw(self, raw: RawTable) -> RawTable:
        """The raw table as it is now: a Delta table at its newest version, any other as it was given."""
        return pinned(raw)

    def raw_columns(self, raw: RawTable) -> Mapping[str, tuple[str, ...]]:
        """The columns of each raw file, by what ``_file`` says for it."""
        there = pinned(raw)
        key = raw_fingerprint(there)
        if key not in self._raw_columns:
            look = table_columns if is_table(there) else self._look_at_columns
            self._raw_columns[key] = look(there)
        return self._raw_columns[key]

    def read_raw(self, raw: RawTable, *, prepare: Prepare | None = None) -> ir.Table:
        """The rows of a raw table as received, read once for as long as it does not change."""
        there = pinned(raw)
        key = (raw_fingerprint(there), prepare)
        if key not in self._raw:
            self._raw[key] = self._load_raw(there, prepare)
        return self._raw[key]

    def table(self, rows: pa.Table) -> ir.Table:
        """Rows in memory as an expression."""
        name = self._name("rows")
        schema = self._ibis.create_table(name, rows).schema()
        return self._until_unused(self._view(name, schema))

    def parse_time(self, text: ir.StringValue, time_format: str | None) -> ir.TimestampValue:
        """Text as a timestamp by a strptime format (ISO when None); null where it does not fit."""
        if time_format is None:
            return cast(ir.TimestampValue, text.try_cast("timestamp"))
        return cast(ir.TimestampValue, _try_strptime(text, time_format).cast("timestamp"))

    def histogram(self, values: ir.FloatingColumn, bounds: Sequence[float]) -> ir.ArrayScalar:
        """An aggregate: rows up to each bound, and above the last one where there are any."""
        told = ibis.array([repr(float(bound)) for bound in bounds])  # a number in a query is a decimal
        return cast(ir.ArrayScalar, _map_values(_histogram(values, told.cast("array<float64>"))))

    def sql(self, query: str, tables: Mapping[str, ir.Table]) -> ir.Table:
        """A query in DuckDB's dialect over the named tables, and over nothing else."""
        known = ("query", query, _columns(tables))
        if known not in self._plans:
            self._plans[known] = self._bind(query, tables)
        return self._filled(self._plans[known], tables)

    def cache(self, expression: ir.Table) -> ir.Table:
        """The same rows, computed once and kept by DuckDB for as long as somebody uses them."""
        return self._keep(self._query(expression), expression.schema())

    def prepared(
        self,
        key: str,
        make: Callable[[Mapping[str, ir.Table]], ir.Table],
        tables: Mapping[str, ir.Table],
        moments: Mapping[ir.TimestampScalar, datetime] | None = None,
    ) -> ir.Table:
        """The rows of ``make(tables)``; compiled once for a key and the columns of its tables."""
        known = ("expression", key, _columns(tables), tuple(moment.op() for moment in moments or ()))
        if known not in self._plans:
            self._plans[known] = self._compile(make, tables, tuple(moments or ()))
        return self._filled(self._plans[known], tables, tuple((moments or {}).values()))

    def batches(self, expression: ir.Table) -> pa.RecordBatchReader:
        """The rows as a stream, so that no table has to fit in memory.

        A connection answers one query at a time: another one, be it the removal of a table that nobody
        uses any more, ends the stream early and says nothing. So each stream has its own.
        """
        stream = self._run(expression)
        batches = stream.to_arrow_reader(_ROWS_PER_BATCH)
        return pa.RecordBatchReader.from_batches(expression.schema().to_pyarrow(), batches)

    def arrow(self, expression: ir.Table) -> pa.Table:
        """The rows in memory: for a period of one source, or a training table, at most."""
        return PyArrowData.convert_table(self._run(expression).to_arrow_table(), expression.schema())

    def _query(self, expression: ir.Table) -> str:
        """The query of an expression; that of a whole table is written down without compiling."""
        operation = expression.op()
        if isinstance(operation, ops.DatabaseTable):
            return f"SELECT * FROM {_identifier(operation.name)}"  # noqa: S608 - quoted
        return str(self._ibis.compile(expression))

    def _run(self, expression: ir.Table) -> duckdb.DuckDBPyConnection:
        """The answer to an expression, on a connection of its own."""
        cursor: duckdb.DuckDBPyConnection = self._ibis.con.cursor()
        cursor.execute(self._whole(self._query(expression)))
        return cursor

    def _whole(self, query: str) -> str:
        """The query with what the names in it stand for; unlike views, these are bound when it runs, once."""

        def stands_for(found: re.Match[str]) -> str:
            known = self._definitions.get(found[1])
            return found[0] if known is None else f"({self._whole(known.query)})"

        return _OWN_NAME.sub(stands_for, query)

    def _defined(self, query: str, schema: ibis.Schema, reads: Iterable[ir.Table] = ()) -> ir.Table:
        """The rows of a query under a name that is known for as long as an expression reads it."""
        name = self._name("rows")
        self._definitions[name] = _Definition(query, tuple(reads))
        rows = self._view(name, schema)
        weakref.finalize(rows.op(), self._definitions.pop, name, None).atexit = False
        return rows

    def _named(self, table: ir.Table) -> ir.Table:
        """The same rows under one name; those that have one keep it."""
        if isinstance(table.op(), ops.DatabaseTable):
            return table
        return self._defined(self._query(table), table.schema(), (table,))

    def _filled(
        self, plan: _Plan, tables: Mapping[str, ir.Table], moments: Sequence[datetime] = ()
    ) -> ir.Table:
        """The rows of a compiled expression over other tables, and at other moments."""
        given = {name: self._named(tables[role]) for role, name in plan.inputs.items()}
        names = {name: cast(ops.DatabaseTable, table.op()).name for name, table in given.items()}
        query = _MOMENT.sub(lambda found: _timestamp(moments[int(found[1].rpartition("_")[2])]), plan.query)
        query = _OWN_NAME.sub(lambda found: names.get(found[1], found[0]), query)
        return self._defined(query, plan.schema, given.values())

    def _keep(self, query: str, schema: ibis.Schema) -> ir.Table:
        """The rows of a query in a table that lives as long as an expression that reads it."""
        name = self._name("cache")
        self._ibis.con.execute(f"CREATE TABLE {name} AS {self._whole(query)}")
        return self._until_unused(self._view(name, schema))

    def _until_unused(self, rows: ir.Table) -> ir.Table:
        """Rows whose table is dropped when no expression reads it any more."""
        drop = f"DROP TABLE IF EXISTS {_identifier(rows.get_name())}"
        weakref.finalize(rows.op(), self._ibis.con.execute, drop).atexit = False
        return rows

    def _compile(
        self,
        make: Callable[[Mapping[str, ir.Table]], ir.Table],
        tables: Mapping[str, ir.Table],
        moments: Sequence[ir.TimestampScalar],
    ) -> _Plan:
        """An expression over names that later tables, and moments, are put in the place of."""
        inputs = {role: self._name("input") for role in tables}
        expression = make({role: self._view(inputs[role], table.schema()) for role, table in tables.items()})
        places = {moment.op(): _moment(f"tenure_moment_{n}").op() for n, moment in enumerate(moments)}
        placed = expression.op().replace(places).to_expr() if places else expression
        return _Plan(inputs, self._ibis.compile(placed), expression.schema())

    def _bind(self, query: str, tables: Mapping[str, ir.Table]) -> _Plan:
        """A user's query over names that later tables are put in the place of."""
        inputs = {
            role: self._defined(self._query(rows), rows.schema(), (rows,)) for role, rows in tables.items()
        }
        names = {role: str(rows.get_name()) for role, rows in inputs.items()}
        bound, used = bind_tables(query, names)
        try:
            schema = self._ibis.sql(self._whole(bound), dialect="duckdb").schema()
        except duckdb.Error as error:
            raise ProjectError(
                f"the query does not run: {str(error).splitlines()[0]}",
                hint="it may use these tables: "
                + "; ".join(f"{name} ({', '.join(tables[name].columns[:12])})" for name in used),
            ) from error
        return _Plan({role: names[role] for role in used}, bound, schema)

    def _configure(self, memory_limit: str | None) -> None:
        settings = {
            "temp_directory": str(self._spill),
            "autoinstall_known_extensions": False,
            "threads": self._threads,
            "enable_progress_bar": False,
            "parquet_metadata_cache": True,  # a table's files never change; their footers are read once
        }
        if memory_limit:
            settings["memory_limit"] = memory_limit
        for name, value in settings.items():
            self._ibis.con.execute(f"SET {name} = '{value}'")

    def _name(self, kind: str) -> str:
        self._n_names += 1
        return f"tenure_{kind}_{self._n_names}"

    def _select_files(self, snapshot: Snapshot, schema: ibis.Schema) -> str:
        """The files as a query for the table's columns, in its types; null where they lack one."""
        there = local_copies(snapshot.files, self._spill / "copies")
        contents = {self._columns_of(file) for file in there}
        present = {name for columns in contents for name, _ in columns}
        listed = ", ".join(_literal(file) for file in there)
        by_name = ", union_by_name = true" if len(contents) > 1 else ""
        files = f"read_parquet([{listed}], hive_partitioning = true{by_name})"
        types = {kind: self._ibis.compiler.type_mapper.to_string(kind) for kind in set(schema.types)}
        columns = ", ".join(
            f"CAST({quoted if name in present else 'NULL'} AS {types[kind]}) AS {quoted}"
            for name, kind in schema.items()
            for quoted in (_identifier(name),)
        )
        return f"SELECT {columns} FROM {files}"  # noqa: S608 - quoted

    def _columns_of(self, file: str) -> tuple[tuple[str, str], ...]:
        """Names and types of the columns of a table's file, which never changes: looked at once."""
        if file not in self._file_columns:
            query = f"SELECT * FROM read_parquet([{_literal(file)}], hive_partitioning = true) LIMIT 0"  # noqa: S608
            there = self._ibis.con.execute(query).description
            self._file_columns[file] = tuple((column[0], str(column[1])) for column in there)
        return self._file_columns[file]

    def _view(self, name: str, schema: ibis.Schema) -> ir.Table:
        """A view of this session by its name; unlike `ibis.table`, without asking for its columns."""
        view = ops.DatabaseTable(name, schema=schema, source=self._ibis, namespace=ops.Namespace())
        return cast(ir.Table, view.to_expr())

    def _look_at_columns(self, raw: RawTable) -> Mapping[str, tuple[str, ...]]:
        columns = {}
        for path, name in readable_files(raw, self._spill):
            rows = self._run_on(raw, f"SELECT * FROM {_reader(raw, path)} LIMIT 0")  # noqa: S608 - quoted
            columns[name] = tuple(column[0] for column in rows.description)
        return columns

    def _load_raw(self, raw: RawTable, prepare: Prepare | None) -> ir.Table:
        """A raw table as one table of this session: read in parallel, kept out of Python."""
        name = self._name("raw")
        self._ibis.con.execute("RESET threads")
        try:
            if is_table(raw):
                receive(raw, self._ibis.con, into=name)
            else:
                self._load_files(raw, name)
            return self._prepared(name, prepare)
        finally:
            self._ibis.con.execute(f"SET threads = {self._threads}")

    def _load_files(self, raw: RawTable, name: str) -> None:
        union = " UNION ALL BY NAME ".join(
            _select_raw(raw, path, called) for path, called in readable_files(raw, self._spill)
        )
        self._run_on(raw, f"CREATE TABLE {name} AS {union}")

    def _prepared(self, name: str, prepare: Prepare | None) -> ir.Table:
        rows = self._ibis.table(name)
        if prepare is None:
            return rows
        kept = self._ibis.create_table(self._name("raw"), prepare(rows))
        self._ibis.con.execute(f"DROP TABLE {name}")
        return cast(ir.Table, kept)

    def _run_on(self, raw: RawTable, query: str) -> duckdb.DuckDBPyConnection:
        try:
            return cast(duckdb.DuckDBPyConnection, self._ibis.con.execute(query))
        except duckdb.Error as error:
            raise as_source_error(raw, error) from error


def _columns(tables: Mapping[str, ir.Table]) -> tuple[object, ...]:
    return tuple((name, table.schema()) for name, table in tables.items())


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"


def _select_raw(raw: RawTable, path: str, name: str) -> str:
    """One raw file as a query: its columns, what it is called and the number of the row."""
    row = f"{_literal(name)} AS {FILE}, row_number() OVER () AS {ROW}"
    return f"SELECT *, {row} FROM {_reader(raw, path)}"  # noqa: S608 - every literal is quoted


def _reader(raw: RawTable, path: str) -> str:
    return _READERS[raw.format](raw, path)


def _read_csv(raw: RawTable, path: str) -> str:
    """Nothing is left to detection: it skips lines that it takes for titles or comments."""
    names, n_empty = csv_header(raw, path)
    columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({_literal(path)}, auto_detect = false, columns = {{{columns}}}, header = true, "
        f"skip = {n_empty}, delim = {_literal(raw.delimiter)}, quote = '\"', escape = '\"', comment = '', "
        f"max_line_size = 16777216)"
    )


_READERS: Mapping[str, Callable[[RawTable, str], str]] = {
    "csv": _read_csv,
    "parquet": lambda _, path: f"read_parquet({_literal(path)})",
    "json": lambda _, path: f"read_json({_literal(path)}, maximum_object_size = 67108864)",
}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
