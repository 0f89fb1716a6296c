"""What a table store must do: see `tenure.ports.TableStore`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from tenure.domain.tables import AS_OF, Snapshot
from tenure.errors import StoreError
from tenure.ports import TableStore
from tenure.testing.expectations import expect_equal, expect_error, expect_true

StoreCheck = Callable[[TableStore], None]
"""A check takes an empty store."""

_JANUARY, _FEBRUARY, _MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
_TABLE = "gold/numbers"


def a_table_that_was_never_written_is_empty_and_has_no_snapshot(store: TableStore) -> None:
    """Nothing exists before it is written, and asking writes nothing."""
    expect_true(not store.exists(_TABLE), "a table exists that was never written")
    expect_equal(store.version(_TABLE), -1, "version")
    expect_equal(store.tables(), (), "tables")
    expect_equal(store.periods(_TABLE), (), "periods")
    rows = store.read(_TABLE)
    expect_equal((rows.num_rows, rows.num_columns), (0, 0), "rows and columns read")
    expect_error(StoreError, lambda: store.snapshot(_TABLE), "the snapshot of no table")
    store.remove(_TABLE, as_of=_JANUARY)
    expect_true(not store.exists(_TABLE), "removing nothing has made a table")


def what_was_written_is_read_with_its_period(store: TableStore) -> None:
    """The store adds ``as_of``; values, nulls and types stay as they were."""
    rows = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "x": pa.array([0.5, None], pa.float64()),
            "word": pa.array(["Müşteri ✓", None], pa.string()),
            "parts": pa.array([[0.25, 0.75], None], pa.list_(pa.float64())),
        }
    )
    written = store.replace(_TABLE, rows, as_of=_JANUARY)
    expect_equal((written.table, written.as_of, written.n_rows), (_TABLE, _JANUARY, 2), "slice")
    expect_equal(written.version, store.version(_TABLE), "version of the slice")
    expect_equal(_rows(store), [{**row, AS_OF: _JANUARY} for row in rows.to_pylist()], "rows")
    expect_equal(store.tables(), (_TABLE,), "tables")


def replacing_a_period_leaves_the_others_alone(store: TableStore) -> None:
    """One period's rows take the place of that period's rows."""
    _write(store, _JANUARY, 1, 2)
    _write(store, _FEBRUARY, 3)
    _write(store, _JANUARY, 9)
    expect_equal(_numbers(store), [(9, _JANUARY), (3, _FEBRUARY)], "rows")


def replacing_with_no_rows_empties_the_period(store: TableStore) -> None:
    """A period without rows is no period of the table."""
    _write(store, _JANUARY, 1)
    _write(store, _FEBRUARY, 2)
    expect_equal(_write(store, _JANUARY), 0, "rows written")
    expect_equal(store.periods(_TABLE), (_FEBRUARY,), "periods")


def a_first_write_of_no_rows_makes_an_empty_table(store: TableStore) -> None:
    """The table exists, with its columns; a snapshot of it has no rows."""
    _write(store, _JANUARY)
    expect_true(store.exists(_TABLE), "the table exists")
    snapshot = store.snapshot(_TABLE)
    expect_equal(set(snapshot.schema.names), {"n", AS_OF}, "columns")
    expect_equal(_count(snapshot), 0, "rows")


def replacing_what_matches_leaves_the_rest_of_the_period(store: TableStore) -> None:
    """With `where`, only rows of that value make room."""
    first = pa.table({"stage": ["a", "it's b"], "n": [1, 2]})
    store.replace(_TABLE, first, as_of=_JANUARY)
    store.replace(
        _TABLE, pa.table({"stage": ["it's b"], "n": [3]}), as_of=_JANUARY, where={"stage": "it's b"}
    )
    found = sorted((row["stage"], row["n"]) for row in _rows(store))
    expect_equal(found, [("a", 1), ("it's b", 3)], "rows")


def a_new_column_is_added_and_null_in_older_rows(store: TableStore) -> None:
    """Tables grow; a column that new rows lack is null in them."""
    store.replace(_TABLE, pa.table({"a": [1]}), as_of=_JANUARY)
    store.replace(_TABLE, pa.table({"b": ["x"]}), as_of=_FEBRUARY)
    expected = [{"a": 1, "b": None, AS_OF: _JANUARY}, {"a": None, "b": "x", AS_OF: _FEBRUARY}]
    expect_equal(_rows(store), expected, "rows")


def rows_come_as_a_stream_too(store: TableStore) -> None:
    """A record batch reader is written without being held."""
    batches = [pa.record_batch({"n": [number]}) for number in range(5)]
    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
    expect_equal(store.replace(_TABLE, reader, as_of=_JANUARY).n_rows, 5, "rows written")
    expect_equal(sorted(n for n, _ in _numbers(store)), [0, 1, 2, 3, 4], "rows")


def removing_a_period_takes_its_rows_out_and_no_others(store: TableStore) -> None:
    """Removing twice is removing once."""
    _write(store, _JANUARY, 1)
    _write(store, _FEBRUARY, 2)
    store.remove(_TABLE, as_of=_JANUARY)
    store.remove(_TABLE, as_of=_JANUARY)
    expect_equal(_numbers(store), [(2, _FEBRUARY)], "rows")


def a_range_of_periods_begins_after_its_first_bound_and_ends_with_its_second(store: TableStore) -> None:
    """``after < as_of <= until``, in `read` and in `snapshot`."""
    for place, period in enumerate((_JANUARY, _FEBRUARY, _MARCH)):
        _write(store, period, place)
    found = store.read(_TABLE, columns=["n"], after=_JANUARY, until=_FEBRUARY)
    expect_equal(found.to_pydict(), {"n": [1]}, "rows of the range")
    expect_equal(_count(store.snapshot(_TABLE, after=_JANUARY, until=_FEBRUARY)), 1, "rows of the snapshot")
    expect_equal(
        _count(store.snapshot(_TABLE, until=_FEBRUARY)), 2, "rows of the snapshot with no lower bound"
    )
    expect_equal(store.snapshot(_TABLE, after=_MARCH).files, (), "files after the last period")
    expect_equal(store.periods(_TABLE), (_JANUARY, _FEBRUARY, _MARCH), "periods")


def a_snapshot_keeps_its_rows_when_the_period_is_replaced(store: TableStore) -> None:
    """Whoever reads while somebody writes reads what was there when he began."""
    _write(store, _JANUARY, 1, 2)
    before = store.snapshot(_TABLE)
    _write(store, _JANUARY, 7)
    expect_equal(_count(before), 2, "rows of the earlier snapshot")
    expect_true(store.version(_TABLE) > before.version, "the version grows with each write")


def the_content_hash_depends_on_rows_and_on_nothing_else(store: TableStore) -> None:
    """Not on order, nor on how often or in which order periods were written."""
    _write(store, _JANUARY, 1, 2)
    once = store.content_hash(_TABLE)
    _write(store, _JANUARY, 5)
    other = store.content_hash(_TABLE)
    _write(store, _JANUARY, 2, 1)
    expect_equal(store.content_hash(_TABLE), once, "hash of the same rows")
    expect_true(once != other, "other rows have another hash")
    _write(store, _JANUARY, 2, 1, 1)
    expect_true(store.content_hash(_TABLE) != once, "a row that is there twice changes the hash")


def a_write_that_fails_leaves_the_table_as_it_was(store: TableStore) -> None:
    """A stream that breaks off halfway is not half written."""
    _write(store, _JANUARY, 1)
    version = store.version(_TABLE)

    def broken() -> Any:
        yield pa.record_batch({"n": [2]})
        raise OSError("the source broke off")

    reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), broken())
    expect_error(Exception, lambda: store.replace(_TABLE, reader, as_of=_JANUARY), "a broken stream")
    expect_equal(_numbers(store), [(1, _JANUARY)], "rows")
    expect_equal(store.version(_TABLE), version, "version")


def _write(store: TableStore, as_of: date, *numbers: int) -> int:
    rows = pa.table({"n": pa.array(numbers, pa.int64())})
    return store.replace(_TABLE, rows, as_of=as_of).n_rows


def _rows(store: TableStore) -> list[dict[str, Any]]:
    """All rows, by period; within one in the order they are read."""
    rows: list[dict[str, Any]] = store.read(_TABLE).to_pylist()
    return sorted(rows, key=lambda row: row[AS_OF])


def _numbers(store: TableStore) -> list[tuple[int, date]]:
    return [(row["n"], row[AS_OF]) for row in _rows(store)]


def _count(snapshot: Snapshot) -> int:
    paths = [quote(file, safe=":/=") if "://" in file else file for file in snapshot.files]
    return sum(pq.read_table(path, columns=[], partitioning=None).num_rows for path in paths)


TABLE_STORE_CONTRACT: tuple[StoreCheck, ...] = (
    a_table_that_was_never_written_is_empty_and_has_no_snapshot,
    what_was_written_is_read_with_its_period,
    replacing_a_period_leaves_the_others_alone,
    replacing_with_no_rows_empties_the_period,
    a_first_write_of_no_rows_makes_an_empty_table,
    replacing_what_matches_leaves_the_rest_of_the_period,
    a_new_column_is_added_and_null_in_older_rows,
    rows_come_as_a_stream_too,
    removing_a_period_takes_its_rows_out_and_no_others,
    a_range_of_periods_begins_after_its_first_bound_and_ends_with_its_second,
    a_snapshot_keeps_its_rows_when_the_period_is_replaced,
    the_content_hash_depends_on_rows_and_on_nothing_else,
    a_write_that_fails_leaves_the_table_as_it_was,
)
