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


@given(counts=COUNTS, tolerance=st.floats(0.01, 0.99))
def test_the_median_of_the_window_itself_is_always_usual(counts: list[int], tolerance: float) -> None:
    usual = usual_rows(tuple(counts), RowCountPolicy(tolerance=tolerance))
    assert usual is not None
    assert usual.median == statistics.median(counts[-12:])
    assert usual.low <= usual.median <= usual.high


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
