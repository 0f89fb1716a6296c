"""What an engine must do: see `tenure.ports.Engine`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

from tenure.domain.tables import AS_OF, FILE, ROW, RawTable, Snapshot
from tenure.errors import ProjectError, SourceError
from tenure.ports import Engine
from tenure.testing.expectations import expect_equal, expect_error, expect_true

if TYPE_CHECKING:
    import ibis.expr.types as ir

EngineCheck = Callable[[Engine, Path], None]
"""A check takes an engine and an empty folder."""

_ROWS = pa.table({"id": [1, 2, 3], "x": [0.5, None, 2.0], "word": ["a", "b", None]})


def rows_in_memory_come_back_as_they_went_in(engine: Engine, _folder: Path) -> None:
    """`table` and `arrow` are each other's inverse, nulls included."""
    expression = engine.table(_ROWS)
    expect_equal(engine.arrow(expression.order_by("id")).to_pylist(), _ROWS.to_pylist(), "rows")


def an_expression_gives_the_same_rows_as_a_stream(engine: Engine, _folder: Path) -> None:
    """`batches` streams what `arrow` gathers."""
    expression = engine.table(_ROWS).order_by("id").mutate(y=lambda t: t.x * 2)
    streamed = engine.batches(expression).read_all().to_pylist()
    expect_equal(streamed, engine.arrow(expression).to_pylist(), "rows")


def a_cached_expression_has_the_same_rows(engine: Engine, _folder: Path) -> None:
    """Computing once changes nothing but the time it takes."""
    expression = engine.table(_ROWS).filter(lambda t: t.x.notnull()).order_by("id")
    cached = engine.cache(expression)
    expect_equal(
        engine.arrow(cached.order_by("id")).to_pylist(), engine.arrow(expression).to_pylist(), "rows"
    )


def a_prepared_expression_reads_the_tables_and_the_moments_it_is_given(engine: Engine, _folder: Path) -> None:
    """Whatever was kept of the first time, the second time counts."""
    end = cast("ir.TimestampScalar", ibis.param("timestamp"))

    def make(given: Mapping[str, ir.Table]) -> ir.Table:
        return given["rows"].filter(given["rows"].at < end).select("id")

    def prepared(first: int, moment: datetime) -> list[dict[str, object]]:
        days = [datetime(2024, 1, day) for day in (1, 2, 3)]  # noqa: DTZ001 - tables hold no zones
        rows = engine.table(pa.table({"id": [first, first + 1, first + 2], "at": days}))
        before = engine.prepared("ids before", make, {"rows": rows}, {end: moment})
        return list(engine.arrow(before.order_by("id")).to_pylist())

    expect_equal(prepared(1, datetime(2024, 1, 2, 12)), [{"id": 1}, {"id": 2}], "first time")  # noqa: DTZ001
    expect_equal(prepared(7, datetime(2024, 1, 2)), [{"id": 7}], "second time")  # noqa: DTZ001


def a_snapshot_is_read_with_its_schema_and_its_periods(engine: Engine, folder: Path) -> None:
    """``as_of`` comes from the folder's name; a column that an older file lacks is null in it."""
    files = (
        _write_partition(folder, "2024-01-01", pa.table({"id": [1]})),
        _write_partition(folder, "2024-02-01", pa.table({"id": [2], "x": [0.5]})),
    )
    schema = pa.schema([("id", pa.int64()), ("x", pa.float64()), (AS_OF, pa.date32())])
    rows = engine.scan(Snapshot("t", files, schema, 1)).order_by("id")
    expected = [
        {"id": 1, "x": None, AS_OF: date(2024, 1, 1)},
        {"id": 2, "x": 0.5, AS_OF: date(2024, 2, 1)},
    ]
    expect_equal(engine.arrow(rows).to_pylist(), expected, "rows")


def a_snapshot_without_files_has_no_rows_and_all_columns(engine: Engine, _folder: Path) -> None:
    """A table may exist and be empty."""
    schema = pa.schema([("id", pa.int64()), ("x", pa.float64()), (AS_OF, pa.date32())])
    rows = engine.arrow(engine.scan(Snapshot("t", (), schema, 0)))
    expect_equal((rows.num_rows, rows.column_names), (0, ["id", "x", AS_OF]), "rows and columns")


def a_csv_is_read_as_text_with_its_file_and_row_numbers(engine: Engine, folder: Path) -> None:
    """As received: no value is guessed at, and each row can be found again in its file."""
    (folder / "a.csv").write_text("id,Gelir ₺\n007,'32_'\n,1e400\n", encoding="utf-8")
    raw = RawTable("loans", (str(folder / "a.csv"),), "csv")
    rows = engine.arrow(engine.read_raw(raw).order_by(ROW)).to_pylist()
    expect_equal([row["id"] for row in rows], ["007", None], "ids")
    expect_equal([row["Gelir ₺"] for row in rows], ["'32_'", "1e400"], "values")
    expect_equal([(row[FILE], row[ROW]) for row in rows], [("a.csv", 1), ("a.csv", 2)], "files and rows")


def files_with_other_columns_are_read_together(engine: Engine, folder: Path) -> None:
    """A column that one file lacks is null in its rows; row numbers begin again with each file."""
    (folder / "a.csv").write_text("id,x\n1,5\n")
    (folder / "b.csv").write_text("id,y\n2,6\n")
    files = tuple(str(folder / name) for name in ("a.csv", "b.csv"))
    rows = engine.arrow(engine.read_raw(RawTable("s", files, "csv")).order_by("id")).to_pylist()
    found = [(row["id"], row["x"], row["y"], row[ROW]) for row in rows]
    expect_equal(found, [("1", "5", None, 1), ("2", None, "6", 1)], "rows")


def a_raw_file_that_cannot_be_read_is_an_error_of_the_source(engine: Engine, folder: Path) -> None:
    """Missing, empty and cut off: each says which source."""
    (folder / "empty.csv").write_bytes(b"")
    pq.write_table(_ROWS, folder / "whole.parquet")
    (folder / "cut.parquet").write_bytes((folder / "whole.parquet").read_bytes()[:-20])
    for name, kind in (("absent.csv", "csv"), ("empty.csv", "csv"), ("cut.parquet", "parquet")):
        raw = RawTable("loans", (str(folder / name),), kind)

        def read(raw: RawTable = raw) -> object:
            return engine.arrow(engine.read_raw(raw))

        expect_error(SourceError, read, f"reading {name}")


def a_delta_table_is_read_at_its_version_without_the_rows_taken_out_of_it(
    engine: Engine, folder: Path
) -> None:
    """Pinned, it is read as it was then; ``_file`` and ``_row`` say where a row is."""
    place = str(folder / "theirs")
    write_deltalake(place, _ROWS)
    DeltaTable(place).delete("id = 2")
    raw = engine.pin_raw(RawTable("loans", (place,), "delta"))
    write_deltalake(place, _ROWS, mode="append")
    found = engine.arrow(engine.read_raw(raw).order_by("id")).to_pylist()
    expect_equal([row["id"] for row in found], [1, 3], "ids")
    (file,) = engine.raw_columns(raw)
    expect_equal({(row[FILE], row[ROW]) for row in found}, {(file, 1), (file, 2)}, "files and rows")


def times_are_parsed_by_their_format_and_null_where_it_does_not_fit(engine: Engine, _folder: Path) -> None:
    """ISO without a format."""
    table = engine.table(pa.table({"text": ["2024-03-01", "01/03/2024", "nonsense", None]}))
    parsed = table.select(
        iso=engine.parse_time(table.text, None), dayfirst=engine.parse_time(table.text, "%d/%m/%Y")
    )
    found = engine.arrow(parsed).to_pydict()
    march = datetime.fromisoformat("2024-03-01")
    expect_equal(found["iso"], [march, None, None, None], "ISO")
    expect_equal(found["dayfirst"], [None, march, None, None], "day first")


def a_histogram_counts_a_value_at_a_bound_below_it(engine: Engine, _folder: Path) -> None:
    """Infinite values are values; null is none; a zero at the end may be left out."""
    values = [-float("inf"), 0.0, 0.5, 1.0, 1.5, float("inf"), None]
    table = engine.table(pa.table({"x": pa.array(values, pa.float64()), "none": pa.nulls(7, pa.float64())}))
    for bounds, expected in (([0.0, 1.0], [2, 2, 2]), ([-0.5, 0.5, 2.0], [1, 2, 2, 1])):
        found = engine.arrow(table.aggregate(rows=engine.histogram(table.x, bounds)))["rows"].to_pylist()[0]
        expect_equal(list(found), expected, f"rows by {bounds}")
    nothing = engine.arrow(table.aggregate(rows=engine.histogram(table.none, [0.0, 1.0])))
    expect_equal(sum(nothing["rows"].to_pylist()[0] or ()), 0, "rows of nulls")


def a_query_sees_the_tables_it_is_given(engine: Engine, _folder: Path) -> None:
    """In DuckDB's dialect, under the names it uses."""
    query = "SELECT id, coalesce(x, 0) AS x FROM loans ORDER BY id"
    found = engine.arrow(engine.sql(query, {"loans": engine.table(_ROWS)}))
    expect_equal(found.to_pydict(), {"id": [1, 2, 3], "x": [0.5, 0.0, 2.0]}, "rows")


def a_query_sees_nothing_else(engine: Engine, folder: Path) -> None:
    """Neither other tables nor files, nor columns that are not there; and it must be a query."""
    pq.write_table(_ROWS, folder / "other.parquet")
    loans = {"loans": engine.table(_ROWS)}
    engine.sql("SELECT id FROM loans", loans)
    for query in (
        "SELECT * FROM elsewhere",
        f"SELECT * FROM read_parquet('{folder / 'other.parquet'}')",  # noqa: S608 - the point of the check
        f"SELECT * FROM '{folder / 'other.parquet'}'",  # noqa: S608 - the point of the check
        "SELECT no_such_column FROM loans",
        "DROP TABLE loans",
        "SELECT FROM WHERE",
    ):

        def ask(query: str = query) -> object:
            return engine.arrow(engine.sql(query, loans))

        expect_error(ProjectError, ask, query)
    expect_true(engine.arrow(loans["loans"]).num_rows, "the table is still there")


def _write_partition(folder: Path, as_of: str, rows: pa.Table) -> str:
    path = folder / f"{AS_OF}={as_of}" / "part.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(rows, path)
    return str(path)


ENGINE_CONTRACT: tuple[EngineCheck, ...] = (
    rows_in_memory_come_back_as_they_went_in,
    an_expression_gives_the_same_rows_as_a_stream,
    a_cached_expression_has_the_same_rows,
    a_prepared_expression_reads_the_tables_and_the_moments_it_is_given,
    a_snapshot_is_read_with_its_schema_and_its_periods,
    a_snapshot_without_files_has_no_rows_and_all_columns,
    a_csv_is_read_as_text_with_its_file_and_row_numbers,
    files_with_other_columns_are_read_together,
    a_raw_file_that_cannot_be_read_is_an_error_of_the_source,
    a_delta_table_is_read_at_its_version_without_the_rows_taken_out_of_it,
    times_are_parsed_by_their_format_and_null_where_it_does_not_fit,
    a_histogram_counts_a_value_at_a_bound_below_it,
    a_query_sees_the_tables_it_is_given,
    a_query_sees_nothing_else,
)
