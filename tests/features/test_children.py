"""One to many, through another source, and time that is counted from the event."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest

from tenure.domain.sources import Column, Source
from tenure.errors import ProjectError
from tenure.features import SourceBlock

EVENT = datetime(2024, 3, 1)
PEOPLE = [{"id": who, "event_time": EVENT} for who in ("a", "b", "c")]

CREDITS = Source(path="c", keys=("id", "credit"), columns={"state": Column(values=("open", "closed"))})
CREDIT_COLUMNS = {"id": pa.string(), "credit": pa.int64(), "state": pa.string(), "owed": pa.float64()}
CREDIT_ROWS = [
    {"id": "a", "credit": 1, "state": "open", "owed": 10.0},
    {"id": "a", "credit": 2, "state": "closed", "owed": 0.0},
    {"id": "a", "credit": 3, "state": "open", "owed": None},
    {"id": "b", "credit": 4, "state": "open", "owed": 7.0},
]

MONTHS = Source(path="m", keys=("credit", "month"))
MONTH_COLUMNS = {"credit": pa.int64(), "month": pa.int64(), "late": pa.int64()}
MONTH_ROWS = [
    {"credit": credit, "month": month, "late": late}
    for credit, month, late in [
        (1, 0, 0),
        (1, -1, 1),
        (1, -2, 2),
        (2, -1, 5),
        (4, -6, 3),
        (4, 2, 9),
        (4, None, 1),
    ]
]
GIVEN = {"credits": (CREDITS, CREDIT_ROWS, CREDIT_COLUMNS), "months": (MONTHS, MONTH_ROWS, MONTH_COLUMNS)}
THROUGH = {"source": "months", "through": "credits", "columns": ("late",)}
BY_MONTH = {"column": "month", "unit": "month"}


def test_children_are_aggregated_and_the_population_keeps_its_rows(computed):
    block = SourceBlock(source="credits", columns=("owed", "state"), aggregates=("count", "sum", "share"))
    found, _ = computed(PEOPLE, GIVEN, [block])
    assert [row["id"] for row in found] == ["a", "b", "c"]
    assert [row["credits_count_all"] for row in found] == [3.0, 1.0, 0.0]
    assert [row["credits_owed_sum_all"] for row in found] == [10.0, 7.0, None]
    assert [row["credits_state_share_open_all"] for row in found] == [pytest.approx(2 / 3), 1.0, None]


def test_children_of_a_block_that_asks_for_nothing_give_what_needs_no_time(computed):
    _, columns = computed(PEOPLE, GIVEN, [SourceBlock(source="credits", columns=("owed", "state"))])
    assert [column.name for column in columns] == [
        "credits_count_all",
        *(f"credits_owed_{aggregate}_all" for aggregate in ("mean", "std", "min", "max")),
        "credits_state_mode_all",
    ]


def test_grandchildren_are_found_through_their_parent(computed):
    block = SourceBlock(**THROUGH, aggregates=("count", "sum", "max"))
    found, _ = computed(PEOPLE, GIVEN, [block])
    assert [row["months_count_all"] for row in found] == [4.0, 3.0, 0.0]
    assert [row["months_late_sum_all"] for row in found] == [8.0, 13.0, None]


def test_grandchildren_need_to_be_told_their_parent(computed):
    with pytest.raises(ProjectError, match=r"source `months` is keyed by credit, month, none of which"):
        computed(PEOPLE, GIVEN, [SourceBlock(source="months")])


def test_a_parent_known_in_two_versions_does_not_double_its_children(computed):
    rows = [*CREDIT_ROWS, {**CREDIT_ROWS[3], "owed": 8.0}]
    doubled = GIVEN | {"credits": (CREDITS.model_copy(update={"unique": False}), rows, CREDIT_COLUMNS)}
    found, _ = computed(PEOPLE, doubled, [SourceBlock(**THROUGH, aggregates=("count",))])
    assert [row["months_count_all"] for row in found] == [4.0, 3.0, 0.0]


def test_relative_time_puts_rows_in_windows_and_in_order(computed):
    block = SourceBlock(
        **THROUGH, relative_time=BY_MONTH, windows=("2 months", "all"), aggregates=("count", "sum", "last")
    )
    found, _ = computed(PEOPLE, GIVEN, [block])
    a, b, _ = found
    assert (a["months_count_2m"], a["months_late_sum_2m"]) == (3.0, 6.0)
    assert (a["months_count_all"], a["months_late_sum_all"]) == (4.0, 8.0)
    assert (a["months_late_last_2m"], a["months_late_last_all"]) == (0.0, 0.0)
    assert (b["months_count_2m"], b["months_late_sum_2m"]) == (0.0, None)


def test_relative_time_after_the_event_is_left_out_and_of_no_time_is_in_all_only(computed):
    block = SourceBlock(
        **THROUGH, relative_time=BY_MONTH, windows=("1 year", "all"), aggregates=("count", "sum")
    )
    found, _ = computed(PEOPLE, GIVEN, [block])
    b = found[1]
    assert (b["months_count_12m"], b["months_late_sum_12m"]) == (1.0, 3.0)
    assert (b["months_count_all"], b["months_late_sum_all"]) == (2.0, 4.0)


def test_relative_time_in_days_is_divided_into_months_of_the_mean_length(computed):
    source = Source(path="d", keys=("id", "day"))
    columns = {"id": pa.string(), "day": pa.int64(), "y": pa.float64()}
    rows = [{"id": "a", "day": day, "y": float(-day)} for day in (-30, -31, -61)]
    block = SourceBlock(
        source="d",
        columns=("y",),
        relative_time={"column": "day", "unit": "day"},
        windows=("1 month", "2 months", "all"),
        aggregates=("count", "trend"),
    )
    found, _ = computed(PEOPLE[:1], {"d": (source, rows, columns)}, [block])
    assert [found[0][f"d_count_{w}"] for w in ("1m", "2m", "all")] == [1.0, 2.0, 3.0]
    assert found[0]["d_y_trend_all"] == pytest.approx(-30.4375)


def test_children_with_times_count_only_when_they_and_their_parent_were_known(computed):
    def at(day):
        return {"_event_time": datetime(2024, 2, day), "_known_at": datetime(2024, 2, day)}

    parents = Source(path="c", keys=("id", "credit"), event_time="t")
    children = Source(path="m", keys=("credit",), event_time="t", unique=False)
    parent_rows = [{"id": "a", "credit": 1, **at(10)}, {"id": "a", "credit": 2, **at(20)}]
    child_rows = [
        {"credit": c, "late": c, **at(day)} for c, day in [(1, 5), (1, 12), (1, 25), (2, 1), (2, 22)]
    ]
    given = {
        "credits": (parents, parent_rows, {"id": pa.string(), "credit": pa.int64()}),
        "months": (children, child_rows, {"credit": pa.int64(), "late": pa.int64()}),
    }
    people = [{"id": "a", "event_time": datetime(2024, 2, day)} for day in (4, 11, 15, 21, 28)]
    found, _ = computed(people, given, [SourceBlock(**THROUGH, windows=("all",), aggregates=("count",))])
    assert [row["months_count_all"] for row in found] == [0.0, 1.0, 2.0, 3.0, 5.0]
    known = [row["known_at"] and row["known_at"].day for row in found]
    assert known == [None, 10, 12, 20, 25]


def test_the_last_of_children_at_the_same_time_does_not_depend_on_the_order_of_rows(computed):
    source = Source(path="p", keys=("id", "no"), event_time="t")
    when = {"_event_time": EVENT, "_known_at": EVENT}
    columns = {"id": pa.string(), "no": pa.int64(), "y": pa.float64()}
    rows = [{"id": "a", "no": n, "y": float(n * 7 % 5), **when} for n in range(5)]
    block = SourceBlock(source="p", columns=("y",), windows=("all",), aggregates=("last",))
    answers = {
        computed(PEOPLE[:1], {"p": (source, order, columns)}, [block])[0][0]["p_y_last_all"]
        for order in (rows, rows[::-1], rows[2:] + rows[:2])
    }
    assert answers == {3.0}
