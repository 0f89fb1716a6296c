from __future__ import annotations

import statistics
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.sources import Source
from tenure.validation.config import RowCountPolicy
from tenure.validation.history import History, counts_in_order, measure_history, usual_rows

COUNTS = st.lists(st.integers(1, 10_000), min_size=3, max_size=30)


@given(counts=COUNTS, at_least=st.floats(0, 1), at_most=st.floats(1, 9))
def test_a_count_is_usual_exactly_when_it_lies_between_the_two_multiples_of_the_median(
    counts: list[int], at_least: float, at_most: float
) -> None:
    usual = usual_rows(tuple(counts), RowCountPolicy(at_least=at_least, at_most=at_most))
    assert usual is not None
    median = statistics.median(counts[-12:])
    assert usual.median == median
    for n_rows in (usual.low - 1, usual.low, usual.high, usual.high + 1):
        is_usual = at_least * median <= n_rows <= at_most * median
        assert is_usual is (usual.low <= n_rows <= usual.high)


def test_a_book_that_grows_by_as_much_every_month_is_usual_every_month() -> None:
    counts = tuple(500 * month for month in range(1, 40))
    for month in range(3, 40):
        usual = usual_rows(counts[:month], RowCountPolicy())
        assert usual is not None
        assert usual.low <= 500 * (month + 1) <= usual.high


@given(counts=COUNTS)
def test_what_lies_before_the_window_changes_nothing(counts: list[int]) -> None:
    policy = RowCountPolicy(window=3)
    assert usual_rows((999_999, *counts), policy) == usual_rows(tuple(counts), policy)


def test_nothing_is_usual_for_a_source_that_delivers_once_a_year() -> None:
    assert usual_rows((0, 0, 0, 500, 0, 0), RowCountPolicy()) is None


def test_periods_without_rows_count_as_periods_with_none() -> None:
    counts = {date(2024, 1, 1): 10, date(2024, 4, 1): 30}
    assert counts_in_order(counts, Period(date(2024, 6, 1))) == (10, 0, 0, 30, 0)


def test_weeks_are_counted_in_weeks() -> None:
    counts = {date(2024, 1, 1): 1, date(2024, 1, 8): 2}
    assert counts_in_order(counts, Period(date(2024, 1, 22), PeriodUnit.WEEK)) == (1, 2, 0)


def test_ends_of_months_of_different_length_keep_their_place() -> None:
    counts = {date(2024, 1, 31): 1, date(2024, 2, 29): 2, date(2024, 3, 31): 3}
    assert counts_in_order(counts, Period(date(2024, 4, 30))) == (1, 2, 3)


def test_later_periods_are_not_looked_at(lab, rows, source) -> None:
    for month in (1, 2, 3, 4):
        lab.put(month, rows(month, n_rows=10 * month))
    history = measure_history(
        "applications", source, Period(date(2024, 3, 1)), store=lab.store, engine=lab.engine
    )
    assert history == History(n_rows=30, earlier=(10, 20))


def test_a_source_that_has_no_table_yet_has_no_rows(lab, source) -> None:
    period = Period(date(2024, 3, 1))
    assert measure_history("new", source, period, store=lab.store, engine=lab.engine) == History(0)


@pytest.mark.parametrize(("month", "newest"), [(3, datetime(2024, 2, 1)), (2, None)])
def test_the_newest_row_before_is_looked_for_only_where_the_period_has_none(
    lab, rows, month: int, newest: datetime | None
) -> None:
    source = Source.model_validate({"path": "a", "keys": ["id"], "event_time": "day", "max_age": "1 month"})
    lab.put(1, rows(1))
    lab.put(2, rows(2))
    period = Period(date(2024, month, 1))
    assert (
        measure_history("applications", source, period, store=lab.store, engine=lab.engine).newest == newest
    )
