"""What an incident may cost, what the loop did about it, and which source a feature comes from."""

from datetime import date

import pytest
import yaml

from tenure.alerting.cost import cost_of
from tenure.alerting.telling import tell_answer
from tenure.domain.costs import CostPolicy
from tenure.domain.decisions import Promotion, Reason, RetrainDecision, Verdict
from tenure.domain.incidents import IncidentKind, Signal
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.models import ModelVersion
from tenure.project import load_project
from tenure.running.runtime import project_facts

AS_OF = date(2024, 9, 1)
JOINED = "JOIN loans USING (id) JOIN clicks USING (id)"
ASKED = "retraining was decided (income drifted)"
COSTS = CostPolicy(false_positive=2.0, false_negative=10.0)
DRIFTED = Reason("feature drift", True, "income drifted")
CALM = Reason("age", False, "2 periods")
WAITS = Reason("cooldown", False, "1 period since the last training")
FREE = Reason("labels", True, "900 labels")
CANDIDATE, CHAMPION = (ModelVersion("m", number, "0" * 64, AS_OF) for number in (2, 1))


def decision(*triggers, brakes=(FREE,), retrain=True):
    return RetrainDecision(AS_OF, retrain, (*triggers, *brakes), 900, len(triggers))


def verdict(*, passed, why="the gain may be luck"):
    return Verdict(AS_OF, CANDIDATE, CHAMPION, passed, (Reason("gain", passed, why),))


def test_lost_accuracy_is_counted_against_the_accuracy_of_the_test_rows(alert):
    # Test rows 0.80, cohort 0.72: a drop of a tenth of 0.80, and 0.08 of 500 rows.
    now = alert(
        Scope.PERFORMANCE, "2024-02-01", "accuracy", 0.72, None, MeasurementVerdict.NO_THRESHOLD, n=500
    )
    drop = Signal("accuracy_drop", "2024-02-01", 0.1, 0.05, n=500)
    cost = cost_of(IncidentKind.PERFORMANCE, [drop], measurements=[now], costs=COSTS)
    assert (cost.n_rows, cost.low, cost.high) == (40, 80.0, 400.0)


def test_calibration_counts_the_outcomes_that_were_not_expected():
    gap = Signal("calibration_gap", "2024-02-01", -0.12, 0.1, n=200)
    cost = cost_of(IncidentKind.PERFORMANCE, [gap], measurements=(), costs=None)
    assert (cost.n_rows, cost.low, cost.high) == (24, None, None)


def test_drift_without_moved_decisions_counts_the_rows_and_prices_nothing():
    psi = Signal("psi", "income", 0.4, 0.25, n=300)
    cost = cost_of(IncidentKind.DRIFT, [psi], measurements=(), costs=COSTS)
    assert (cost.n_rows, cost.low) == (300, None)
    assert "when their labels mature" in cost.meaning


def test_a_finding_alone_costs_nothing_that_could_be_counted():
    assert cost_of(IncidentKind.FEED, [Signal("ING001", "")], measurements=(), costs=COSTS) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((None, None, None), ""),
        ((decision(CALM, retrain=False), None, None), "no trigger asks for a retraining"),
        (
            (decision(DRIFTED, brakes=(WAITS,), retrain=False), None, None),
            "a retraining waits: 1 period since the last training",
        ),
        ((decision(DRIFTED), None, None), f"{ASKED}; nothing was trained"),
        (
            (decision(DRIFTED), verdict(passed=False), None),
            f"{ASKED}; version 2 was trained and refused: the gain may be luck",
        ),
        (
            (decision(DRIFTED), verdict(passed=True), Promotion(AS_OF, CANDIDATE, CHAMPION)),
            f"{ASKED}; version 2 was trained, passed the gate and takes office",
        ),
    ],
    ids=["nothing", "calm", "held back", "fruitless", "refused", "promoted"],
)
def test_the_chain_from_drift_to_promotion_is_told(given, told):
    assert tell_answer(*given) == told


def test_the_project_says_which_sources_a_query_reads_and_what_errors_cost(tmp_path):
    source = {"keys": ["id"], "event_time": "day"}
    project = {
        "project": "small",
        "sources": {name: {**source, "path": name} for name in ("loans", "Clicks", "ledger")},
        "population": {"select": "SELECT id, day AS event_time FROM loans"},
        "label": {"select": "SELECT id, day AS event_time, bad AS label FROM ledger", "horizon": "1 month"},
        "features": [
            {"source": "loans"},
            {"select": f"SELECT id, event_time, 1 AS x FROM population {JOINED}"},
        ],
        "model": {"threshold": {"cost": {"false_positive": 1, "false_negative": 5}}},
    }
    (tmp_path / "tenure.yaml").write_text(yaml.safe_dump(project))
    facts = project_facts(load_project(tmp_path)[0], root=tmp_path)
    assert facts.costs == CostPolicy(false_positive=1, false_negative=5)
    assert facts.blocks == {
        **{name: (name,) for name in ("loans", "Clicks", "ledger")},
        "select": ("Clicks", "loans"),
    }
