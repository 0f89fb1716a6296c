"""What an online store must do: see `tenure.ports.OnlineStore`."""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tenure.domain.tables import AS_OF, EVENT_TIME
from tenure.errors import OnlineStoreError
from tenure.ports import OnlineStore
from tenure.testing.expectations import expect_equal, expect_error, expect_true

OnlineStoreCheck = Callable[[Callable[[], OnlineStore]], None]
"""A check takes what opens one empty store, each time anew."""
Open = Callable[[], OnlineStore]

_JANUARY, _FEBRUARY, _MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
_KEYS = ("id",)
_N_READ = 100


def a_store_that_was_never_filled_says_so(make: Open) -> None:
    """Nobody is unknown to a store that knows nobody yet: it does not answer."""
    store = make()
    expect_true(not store.holds(_JANUARY), "it holds a period")
    expect_error(OnlineStoreError, lambda: store.latest([{"id": "a"}]), "an answer out of nothing")


def an_entity_that_is_not_there_is_none(make: Open) -> None:
    """In the order in which they were asked for, one asked for twice included."""
    store = make()
    _add(store, _JANUARY, a=1, b=2)
    expect_equal(_numbers(store, "b", "z", "a", "b"), [2, None, 1, 2], "values")
    expect_equal(store.latest([]), (), "nobody asked for")


def values_and_their_types_survive_to_the_last_bit(make: Open) -> None:
    """What is read is what ``to_pylist`` gives."""
    store = make()
    rows = _every_type()
    store.add(_stream(rows), keys=_KEYS)
    for expected in rows.to_pylist():
        (row,) = store.latest([{"id": expected["id"]}])
        expect_true(row is not None, f"{expected['id']} is there")
        assert row is not None  # noqa: S101 - for the type checker
        expect_equal((row.event_time, row.as_of), (expected[EVENT_TIME], expected[AS_OF]), "times")
        wanted = {name: value for name, value in expected.items() if name not in {"id", EVENT_TIME, AS_OF}}
        told, meant = ({name: _bits(value) for name, value in each.items()} for each in (row.values, wanted))
        expect_equal(told, meant, f"values of {expected['id']}")


def the_newest_row_stays_in_whatever_order_periods_come(make: Open) -> None:
    """By event time; of two at one time that of the later period."""
    store = make()
    _add(store, _MARCH, datetime(2024, 2, 20), a=3)  # noqa: DTZ001
    _add(store, _JANUARY, a=1, b=1)
    expect_equal(_numbers(store, "a", "b"), [3, 1], "an old period after a new one")
    _add(store, _FEBRUARY, b=2)
    _add(store, _JANUARY, a=9, b=9)
    expect_equal(_numbers(store, "a", "b"), [3, 2], "an old period again")
    _add(store, _MARCH, datetime(2023, 12, 1), b=7)  # noqa: DTZ001
    expect_equal(_numbers(store, "b"), [2], "a late row of an earlier event")
    _add(store, _MARCH, datetime(2024, 2, 20), a=5)  # noqa: DTZ001
    expect_equal(_numbers(store, "a"), [5], "the same row with another value")


def adding_again_changes_nothing(make: Open) -> None:
    """Killed and repeated is done once."""
    store = make()
    for _ in range(2):
        expect_equal(_add(store, _JANUARY, a=1, b=2), 2, "rows looked at")
    expect_equal(_numbers(store, "a", "b"), [1, 2], "values")


def replacing_leaves_nobody_of_before(make: Open) -> None:
    """And within the rows the newest of each entity."""
    store = make()
    _add(store, _MARCH, a=1, b=2)
    rows = pa.concat_tables([_rows(_FEBRUARY, a=8), _rows(_JANUARY, a=7, c=3)])
    store.replace(_stream(rows), keys=_KEYS)
    expect_equal(_numbers(store, "a", "b", "c"), [8, None, 3], "values")
    expect_true(not store.holds(_MARCH), "it holds the period that was replaced")


def a_period_is_held_once_its_rows_are_there(make: Open) -> None:
    """So that a repetition of it is known to be one."""
    store = make()
    _add(store, _JANUARY, a=1)
    expect_true(store.holds(_JANUARY), "it does not hold the period")
    expect_true(not store.holds(_FEBRUARY), "it holds a period that never was")


def an_entity_has_several_keys_in_any_order(make: Open) -> None:
    """Numbers and their digits are one key; a row without one of its keys is left out."""
    store = make()
    rows = _rows(_JANUARY, a=1, b=2).append_column("loan", pa.array([7, None], pa.int64()))
    store.add(_stream(rows), keys=("loan", "id"))
    found = store.latest([{"id": "a", "loan": "7"}, {"loan": 7, "id": "a"}, {"id": "b", "loan": 7}])
    expect_equal([row and row.values["x"] for row in found], [1, 1, None], "values")


def a_write_that_breaks_off_leaves_everything_as_it_was(make: Open) -> None:
    """Neither adding nor replacing is half done."""
    store = make()
    _add(store, _JANUARY, a=1)
    rows = _rows(_FEBRUARY, a=2, b=2)

    def broken() -> Iterator[pa.RecordBatch]:
        yield from rows.to_batches()
        raise OSError("the source broke off")

    for put in (store.add, store.replace):

        def write(put: Any = put) -> None:
            put(pa.RecordBatchReader.from_batches(rows.schema, broken()), keys=_KEYS)

        expect_error(OSError, write, "a broken stream")
    expect_equal(_numbers(store, "a", "b"), [1, None], "values")
    expect_true(not store.holds(_FEBRUARY), "it holds the period that broke off")


def a_type_that_no_row_keeps_is_refused(make: Open) -> None:
    """By the name of its column, and nothing is written."""
    store = make()
    _add(store, _JANUARY, a=1)
    rows = _rows(_FEBRUARY, a=2).append_column("parts", pa.array([[1, 2]], pa.list_(pa.int64())))
    expect_error(OnlineStoreError, lambda: store.add(_stream(rows), keys=_KEYS), "a list")
    expect_equal(_numbers(store, "a"), [1], "values")


def who_reads_meanwhile_sees_whole_periods_only(make: Open) -> None:
    """Readers in other threads, while periods are added and everything is replaced."""
    names = [f"n{number}" for number in range(50)]
    writer, reader = make(), make()
    _add(writer, _JANUARY, None, **dict.fromkeys(names, 0))
    seen: list[set[object]] = []
    stopped = threading.Event()

    def read() -> None:
        asked = [{"id": name} for name in names]
        while not stopped.is_set() or len(seen) < _N_READ:
            seen.append({row and row.values["x"] for row in reader.latest(asked)})

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 21):
        rows = _rows(_JANUARY + timedelta(days=number), None, **dict.fromkeys(names, number))
        (writer.replace if number % 3 == 0 else writer.add)(_stream(rows), keys=_KEYS)
    stopped.set()
    for thread in threads:
        thread.join()
    halves = [values for values in seen if len(values) != 1]
    expect_equal(halves, [], "what was seen of two periods at once")
    expect_true(len(seen) >= _N_READ, f"{len(seen)} times read")
    reader.close()


def it_is_there_for_who_opens_it_later(make: Open) -> None:
    """Closing loses nothing."""
    store = make()
    _add(store, _JANUARY, a=1)
    store.close()
    expect_equal(_numbers(make(), "a"), [1], "values in another store")
    expect_equal(_numbers(store, "a"), [1], "values after closing")


def _rows(as_of: date, at: datetime | None = None, /, **numbers: int) -> pa.Table:
    """One row per name, with an event on the day before the period's end where nothing else is said."""
    time = at or datetime.combine(as_of, datetime.min.time()) - timedelta(days=1)
    return pa.table(
        {
            "id": pa.array(list(numbers), pa.string()),
            EVENT_TIME: pa.array([time] * len(numbers), pa.timestamp("us")),
            AS_OF: pa.array([as_of] * len(numbers), pa.date32()),
            "x": pa.array(list(numbers.values()), pa.int64()),
        }
    )


def _every_type() -> pa.Table:
    """Three rows: numbers that are hard to write down, other ones, and nulls."""
    floats = [0.1, -0.0, None]
    return pa.table(
        {
            "id": ["first", 'a "quoted" ✓\x00 one', "nulls"],
            EVENT_TIME: pa.array([datetime(2024, 1, 5, 1, 2, 3, 456789)] * 3, pa.timestamp("us")),  # noqa: DTZ001
            AS_OF: pa.array([_FEBRUARY] * 3, pa.date32()),
            "float": pa.array(floats, pa.float64()),
            "small": pa.array([5e-324, 1.7976931348623157e308, math.inf], pa.float64()),
            "nan": pa.array([math.nan, -math.inf, None], pa.float64()),
            "single": pa.array(floats, pa.float32()),
            "third": pa.array([1 / 3, 1.0, None], pa.float32()),
            "integer": pa.array([2**63 - 1, -(2**63), None], pa.int64()),
            "unsigned": pa.array([2**64 - 1, 0, None], pa.uint64()),
            "tiny": pa.array([-128, 127, None], pa.int8()),
            "flag": pa.array([True, False, None], pa.bool_()),
            "day": pa.array([date(1, 1, 1), date(9999, 12, 31), None], pa.date32()),
            "moment": pa.array([datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2024, 1, 1), None]),  # noqa: DTZ001
            "money": pa.array([Decimal("0.10"), Decimal("-99999999.99"), None], pa.decimal128(10, 2)),
            "text": pa.array(["Müşteri ✓ \U0001f600", "null\x00\n", None], pa.string()),
            "large": pa.array(["NaN", "", None], pa.large_string()),
            "word": pa.array(["a", "b", None]).dictionary_encode(),
            "nothing": pa.nulls(3),
        }
    )


def _bits(value: object) -> object:
    """A value with its type; of a float its bits, so that 0.0, -0.0 and NaN differ."""
    return struct.pack(">d", value) if type(value) is float else (type(value).__name__, value)


def _stream(rows: pa.Table) -> pa.RecordBatchReader:
    return rows.to_reader()


def _add(store: OnlineStore, as_of: date, at: datetime | None = None, /, **numbers: int) -> int:
    return store.add(_stream(_rows(as_of, at, **numbers)), keys=_KEYS)


def _numbers(store: OnlineStore, *names: str) -> list[object]:
    return [row and row.values["x"] for row in store.latest([{"id": name} for name in names])]


ONLINE_STORE_CONTRACT: tuple[OnlineStoreCheck, ...] = (
    a_store_that_was_never_filled_says_so,
    an_entity_that_is_not_there_is_none,
    values_and_their_types_survive_to_the_last_bit,
    the_newest_row_stays_in_whatever_order_periods_come,
    adding_again_changes_nothing,
    replacing_leaves_nobody_of_before,
    a_period_is_held_once_its_rows_are_there,
    an_entity_has_several_keys_in_any_order,
    a_write_that_breaks_off_leaves_everything_as_it_was,
    a_type_that_no_row_keeps_is_refused,
    who_reads_meanwhile_sees_whole_periods_only,
    it_is_there_for_who_opens_it_later,
)
