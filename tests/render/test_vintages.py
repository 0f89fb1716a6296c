"""What was promised of cohorts and what came out, read from rows written by hand."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from tenure.render.vintages import read_vintages

live_charts = pytest.importorskip("tenure.render.live_charts", reason="the extra `report` is not installed")

JAN, FEB, MAR, APR = (date(2024, month, 1) for month in (1, 2, 3, 4))
PERIODS = (JAN, FEB, MAR, APR)


def rows(scope, cohort, n, **values):
    return [
        {
            "scope": scope,
            "feature": str(cohort),
            "metric": metric,
            "value": value,
            "threshold": None,
            "n": n,
            "verdict": "no threshold",
        }
        for metric, value in values.items()
    ]


@pytest.fixture
def store(tables):
    """January's labels come in February and March, February's in March; April has an estimate alone."""
    told = {
        JAN: rows("estimate", JAN, 90, roc_auc=0.80, roc_auc_low=0.75, roc_auc_high=0.85),
        FEB: rows(
            "performance", JAN, 40, periods_since=1.0, matured_share=0.4, roc_auc=0.7, observed_share=0.1
        ),
        MAR: rows(
            "performance", JAN, 90, periods_since=2.0, matured_share=0.9, roc_auc=0.78, roc_auc_low=0.7,
            roc_auc_high=0.86, observed_share=0.2, calibration_error=0.05,
        )
        + rows("performance", FEB, 50, periods_since=1.0, matured_share=0.5, roc_auc=0.9)
        + rows("estimate", JAN, 90, roc_auc_error=-0.02),
        APR: rows("estimate", APR, 100, roc_auc=0.81) + rows("feature", "income", 100, psi=0.1),
    }  # fmt: skip
    made = tables()
    for day, found in told.items():
        made.replace("gold/monitoring", pa.Table.from_pylist(found), as_of=day)
    return made


def test_a_cohort_is_told_as_it_was_last_measured(store):
    latest = read_vintages(store, as_of=APR).latest("roc_auc")
    assert [(point.cohort, point.value, point.low, point.high, point.n) for point in latest] == [
        (JAN, 0.78, 0.7, 0.86, 90),
        (FEB, 0.9, None, None, 50),
    ]


def test_nothing_is_known_before_it_was(store):
    assert [point.value for point in read_vintages(store, as_of=FEB).latest("roc_auc")] == [0.7]
    assert read_vintages(store, as_of=JAN).realised == ()


def test_how_far_off_an_estimate_was_is_no_estimate(store):
    estimates = read_vintages(store, as_of=APR).estimates
    assert [(point.cohort, point.metric, point.value, point.low) for point in estimates] == [
        (JAN, "roc_auc", 0.80, 0.75),
        (APR, "roc_auc", 0.81, None),
    ]


def test_bounds_and_ages_are_no_metrics_and_calibration_error_is_one(store):
    found = read_vintages(store, as_of=APR)
    assert {point.metric for point in found.realised} == {"roc_auc", "observed_share", "calibration_error"}
    assert found.metrics == ("roc_auc",)
    assert found.ages == (1, 2)


def test_a_table_that_was_never_written_has_no_vintages(tables):
    found = read_vintages(tables(), as_of=APR)
    assert (found.estimates, found.realised, found.ages, found.metrics) == ((), (), (), ())


def values(specification, layer):
    """The rows of a layer: its own, or those that it shares with the others."""
    data = layer.get("data") or specification["data"]
    return data["values"] if "values" in data else specification["datasets"][data["name"]]


def drawn(specification, kind):
    """The rows that layers of one mark draw."""
    return [
        row
        for layer in specification["layer"]
        if layer["mark"]["type"] == kind
        for row in values(specification, layer)
    ]


def test_promise_and_truth_are_told_apart_by_shape_and_by_name(store):
    chart = live_charts.promise_chart(read_vintages(store, as_of=APR), "roc_auc", PERIODS)
    points = {(row["period"], row["kind"]): row["value"] for row in drawn(chart, "point")}
    assert points == {
        ("2024-01-01", live_charts.PROMISED): 0.80,
        ("2024-04-01", live_charts.PROMISED): 0.81,
        ("2024-01-01", live_charts.CAME_OUT): 0.78,
        ("2024-02-01", live_charts.CAME_OUT): 0.9,
    }
    (shapes,) = [layer["encoding"]["shape"] for layer in chart["layer"] if "shape" in layer["encoding"]]
    assert len(set(shapes["scale"]["range"])) == 2


def test_a_vintage_has_a_line_over_its_ages(store):
    chart = live_charts.vintage_chart(read_vintages(store, as_of=APR), "roc_auc")
    lines = {(row["cohort"], row["age"]): row["value"] for row in drawn(chart, "line")}
    assert lines == {("2024-01-01", 1): 0.7, ("2024-01-01", 2): 0.78, ("2024-02-01", 1): 0.9}


def test_there_is_no_curve_where_no_cohort_has_two_ages(store):
    assert live_charts.vintage_chart(read_vintages(store, as_of=FEB), "roc_auc") is None


@pytest.mark.parametrize("metric", ["f1", "nothing"])
def test_a_metric_that_nobody_measured_has_no_chart(store, metric):
    assert live_charts.promise_chart(read_vintages(store, as_of=APR), metric, PERIODS) is None


def test_an_incident_is_drawn_in_the_periods_it_was_open_in():
    chart = live_charts.spans_chart([("outage", "critical", FEB, MAR)], PERIODS)
    assert [row["period"] for row in values(chart, chart)] == ["2024-02-01", "2024-03-01"]


def test_the_shares_of_two_distributions_are_drawn_in_the_order_of_the_bins():
    chart = live_charts.distribution_chart(["< 1", "> 1"], [0.25, 0.75], [0.5, 0.5])
    assert chart["encoding"]["x"]["sort"] == ["< 1", "> 1"]
    assert {(r["bin"], r["kind"]): r["share"] for r in values(chart, chart)} == {
        ("< 1", live_charts.THEN): 0.25,
        ("> 1", live_charts.THEN): 0.75,
        ("< 1", live_charts.NOW): 0.5,
        ("> 1", live_charts.NOW): 0.5,
    }


def test_charts_of_nothing_are_none():
    assert live_charts.alarms_chart([(JAN, 0, 0)]) is None
    assert live_charts.findings_chart([(JAN, "error", 0)]) is None
    assert live_charts.spans_chart([], PERIODS) is None
    assert live_charts.scores_chart([], 0.5) is None
