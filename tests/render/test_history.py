"""The periods so far, as the gold tables hold them."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

from tenure.domain.decisions import Rollback
from tenure.domain.tables import LABELS, MONITORING
from tenure.render import read_history
from tenure.render.history import MAX_PERIODS, Term, is_monthly
from tenure.running.records import record


@pytest.fixture(scope="module")
def history(recession):
    return read_history(recession.store, as_of=recession.periods[-1].as_of, classes=("paid", "default"))


def test_terms_follow_each_other(recession, history):
    first, second = recession.periods[8].as_of, recession.periods[20].as_of
    assert history.terms == (Term(1, first, second), Term(3, second, None))


def test_a_rollback_ends_a_term_and_begins_one(lend):
    made = lend(n_periods=22)
    day = made.periods[-1].as_of
    first, third = made.registry.versions()[0], made.registry.versions()[2]
    record("rollback", Rollback(day, first, third, "complaints"), as_of=day, store=made.store)
    history = read_history(made.store, as_of=day, classes=("paid", "default"))
    assert [term.version for term in history.terms] == [1, 3, 1]
    assert history.milestones[-1].why == ("complaints",)


def test_drift_has_a_point_for_each_feature_of_each_scored_period(recession, history):
    rows = recession.store.read(MONITORING).to_pylist()
    told = {(point.as_of, point.feature): point.psi for point in history.drift}
    assert told == {
        (r["as_of"], r["feature"]): r["value"]
        for r in rows
        if (r["scope"], r["metric"]) == ("feature", "psi")
    }


def test_a_cohort_measured_again_is_told_as_it_was_measured_last(lend):
    made = lend(n_periods=17)
    day = made.periods[16].as_of
    rows = made.store.read(MONITORING, until=day).to_pylist()
    late = [row for row in rows if row["as_of"] == day]
    again = [
        {**row, "feature": made.periods[9].as_of.isoformat(), "value": 0.5, "n": 77}
        for row in late
        if (row["scope"], row["metric"]) == ("performance", "roc_auc")
    ]
    schema = made.store.read(MONITORING).schema.remove(
        7 if "as_of" in made.store.read(MONITORING).schema.names else 0
    )
    assert "as_of" not in schema.names
    table = pa.Table.from_pylist(
        [{k: v for k, v in row.items() if k != "as_of"} for row in late + again], schema=schema
    )
    made.store.replace(MONITORING, table, as_of=day)
    cohorts = {c.cohort: c for c in read_history(made.store, as_of=day).cohorts}
    assert cohorts[made.periods[9].as_of].value("roc_auc") == 0.5
    assert cohorts[made.periods[9].as_of].n_rows == 77
    assert cohorts[made.periods[9].as_of].value("f1") is None


def test_a_page_looks_back_a_bounded_number_of_periods(lend):
    made = lend(n_periods=MAX_PERIODS + 4, features=("a", "b"), n_rows=30)
    history = read_history(made.store, as_of=made.periods[-1].as_of, classes=("paid", "default"))
    shown = {period.as_of for period in made.periods[4:]}
    assert (len(history.periods), history.n_before) == (MAX_PERIODS, 4)
    assert {point.as_of for point in history.classes} <= shown
    assert {point.as_of for point in history.drift} <= shown
    assert min(point.as_of for point in history.classes if point.observed) == made.periods[4].as_of


def test_nothing_after_the_period_is_read(recession, lend):
    day = recession.periods[11].as_of
    shorter = lend(n_periods=12)
    classes = ("paid", "default")
    early, whole = (read_history(made.store, as_of=day, classes=classes) for made in (recession, shorter))
    assert early == whole


def test_an_event_belongs_to_the_first_period_that_does_not_end_before_it(lend):
    made = lend(n_periods=8, labels=False)
    ends = [period.as_of for period in made.periods]
    at = [
        (datetime.combine(ends[2], datetime.max.time()), "default"),  # the last moment of a period
        (datetime.combine(ends[2].replace(day=1), datetime.min.time()), "paid"),
        (datetime(2000, 1, 1), "paid"),  # long before: the first period reaches back to the beginning
        (datetime(2024, 1, 1), "paid"),  # after the last one that has run
    ]
    table = pa.table(
        {
            "event_time": pa.array([moment for moment, _ in at], pa.timestamp("us")),
            "label": [label for _, label in at],
        }
    )
    made.store.replace(LABELS, table, as_of=ends[7])
    points = read_history(made.store, as_of=ends[7], classes=("paid", "default")).classes
    assert {p.as_of: (p.value, p.n) for p in points if p.observed} == {ends[0]: (0.0, 1), ends[2]: (0.5, 2)}


def test_an_empty_datamart_has_an_empty_history(lend):
    made = lend(n_periods=0)
    history = read_history(made.store, as_of=date(2024, 1, 31))
    assert (history.periods, history.cohorts, history.classes, history.terms) == ((), (), (), ())


def test_months_tell_periods_apart_only_where_there_is_one_a_month():
    assert is_monthly([date(2024, 1, 31), date(2024, 2, 29), date(2025, 1, 31)])
    assert not is_monthly([date(2024, 1, 5), date(2024, 1, 12)])
