"""A feed stops for good: who is trained when, and on what it is judged."""

import json
from datetime import date

import pytest

from tenure.domain.tables import DECISIONS, RUNS
from tenure.flow import step_named
from tenure.replay import backfill, plan
from tenure.running.ledger import load_artefacts, recorded_periods
from tenure.running.runtime import open_runtime
from tenure.running.step import call
from tenure.simulate import FeedOutage

pytestmark = pytest.mark.slow
FIRST, STOPPED, LAST = date(2023, 6, 1), date(2023, 9, 1), date(2024, 4, 1)
FELT = date(2023, 11, 1)
"""Windows of three months have clicks until then."""
EVERY = {"every_periods": 1, "cooldown_periods": 0}


@pytest.fixture(scope="module")
def runtime(lender_of, tmp_path_factory):
    """What a replay leaves of a lender who would train each month, and whose clicks stop in September."""
    folder = tmp_path_factory.mktemp("outage") / "lender"
    lender_of(folder, n_months=22, events=[FeedOutage(start=STOPPED)], retrain=EVERY)
    runtime = open_runtime(folder / "tenure.yaml")
    for _ in backfill(plan(FIRST, LAST, runtime=runtime), runtime=runtime):
        pass
    return runtime


@pytest.fixture
def store(runtime):
    return runtime.store


def trainings(store):
    return sorted(row["as_of"] for row in store.read(RUNS).to_pylist() if row["step"] == "train")


def waits(store):
    """Why nobody was trained, by period."""
    rows = [row for row in store.read(DECISIONS).to_pylist() if row["kind"] == "retrain"]
    said = {row["as_of"]: json.loads(row["reasons"]) for row in rows}
    return {
        as_of: [reason["message"] for reason in reasons if reason["rule"] == "labels since"]
        for as_of, reasons in sorted(said.items())
    }


def test_nobody_is_trained_while_features_feel_the_outage_until_half_of_the_test_rows_are_of_loans_since(
    store,
):
    assert trainings(store) == [*(date(2023, month, 1) for month in (6, 7, 8, 9, 10)), LAST]
    told = waits(store)
    assert {day for day, messages in told.items() if messages} == {
        *(date(2023, month, 1) for month in (11, 12)),
        *(date(2024, month, 1) for month in (1, 2, 3, 4)),
    }
    since = "labels since the feed outage of `clickstream` (2023-09-01)"
    assert told[FELT] == [f"{since} mature from 2024-03-01 on: 0 of 66"]
    assert told[date(2024, 3, 1)] == [f"{since}: 80 of 90"]
    assert told[LAST] == [f"{since}: 160 of 96"]


def test_a_period_that_is_decided_again_after_all_later_ones_is_decided_alike(runtime):
    periods = recorded_periods(store=runtime.store)
    assert (periods[0], periods[-1]) == (FIRST, LAST)
    for as_of in periods:
        made = load_artefacts(as_of, store=runtime.store)
        assert call(step_named("decide"), made, runtime=runtime) == made["decision"]
