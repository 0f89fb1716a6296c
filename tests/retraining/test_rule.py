from dataclasses import replace
from datetime import date

import pytest

from tenure.domain.incidents import IncidentKind
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.retraining.config import RetrainPolicy
from tenure.retraining.incidents import DataIncident
from tenure.retraining.rule import Evidence, decide_retraining

AS_OF = date(2024, 7, 1)
CALM = Evidence(
    as_of=AS_OF,
    in_office=True,
    n_labels=5_000,
    n_label_times=10,
    measurements=(),
    periods_since_training=6,
    periods_in_office=6,
)


def measured(scope, feature, metric, value, verdict=MeasurementVerdict.ALERT, n=500):
    return Measurement(AS_OF, scope, feature, metric, value, None, n, verdict)


def importance(feature, share):
    return measured(Scope.FEATURE, feature, "importance", share, MeasurementVerdict.NO_THRESHOLD)


def decide(*measurements, policy=None, **changes):
    evidence = replace(CALM, measurements=measurements, **changes)
    return decide_retraining(evidence, policy=policy or RetrainPolicy())


def reason(decision, rule):
    return next(r for r in decision.reasons if r.rule == rule)


def test_a_calm_period_keeps_the_champion_and_says_what_was_asked():
    decision = decide()
    assert not decision.retrain
    asked = {r.rule for r in decision.reasons}
    assert {"feature drift", "prediction drift", "high alerts", "accuracy", "age", "labels"} <= asked


def test_nobody_in_office_and_enough_labels_is_reason_enough():
    decision = decide(in_office=False, periods_since_training=None, periods_in_office=None)
    assert decision.retrain
    assert reason(decision, "nobody in office").favours


def test_nobody_in_office_but_too_few_labels_waits():
    decision = decide(in_office=False, n_labels=499, periods_since_training=None, periods_in_office=None)
    assert not decision.retrain
    assert not reason(decision, "labels").favours


def test_labels_of_two_event_times_cannot_be_split_and_wait():
    assert not decide(in_office=False, n_label_times=2, periods_in_office=None).retrain


def test_drift_of_a_feature_that_matters_asks_for_a_training():
    decision = decide(importance("income", 0.4), measured(Scope.FEATURE, "income", "psi", 0.26))
    assert decision.retrain
    assert "income" in reason(decision, "feature drift").message


def test_drift_of_a_feature_that_does_not_matter_asks_for_nothing():
    drift = measured(Scope.FEATURE, "shoe_size", "psi", 3.0)
    assert not decide(importance("shoe_size", 0.001), importance("income", 0.9), drift).retrain


@pytest.mark.parametrize("value", [0.25, 0.2])
def test_drift_at_or_below_the_limit_asks_for_nothing(value):
    assert not decide(importance("income", 0.4), measured(Scope.FEATURE, "income", "psi", value)).retrain


def test_drift_that_the_monitor_does_not_call_an_alert_asks_for_nothing():
    few = measured(Scope.FEATURE, "income", "psi", 0.9, MeasurementVerdict.NOT_ENOUGH_ROWS, n=8)
    assert not decide(importance("income", 0.4), few).retrain


@pytest.mark.parametrize(("value", "expected"), [(0.16, True), (0.15, False)])
def test_prediction_drift_asks_for_a_training_above_its_limit_only(value, expected):
    drift = measured(Scope.SCORE, "score", "kl", value)
    assert decide(drift).retrain is expected


def test_prediction_drift_that_chance_explains_asks_for_nothing():
    assert not decide(measured(Scope.SCORE, "score", "kl", 0.4, MeasurementVerdict.OK)).retrain


def test_prediction_drift_on_too_few_rows_asks_for_nothing():
    assert not decide(measured(Scope.SCORE, "score", "kl", 5.0, MeasurementVerdict.NOT_ENOUGH_ROWS)).retrain


def test_two_high_severity_alerts_ask_for_a_training_and_one_does_not():
    one = measured(Scope.CLASS, "1", "share", 0.4)
    assert not decide(one).retrain
    both = decide(one, measured(Scope.POPULATION, "rows", "n", 3.0))
    assert both.retrain


def test_two_metrics_of_one_feature_are_one_alert():
    psi = measured(Scope.FEATURE, "income", "js", 0.3)
    assert not decide(importance("income", 0.5), psi, replace(psi, metric="ks")).retrain


@pytest.mark.parametrize(("drop", "expected"), [(0.051, True), (0.05, False), (-0.2, False)])
def test_accuracy_down_by_more_than_the_limit_asks_for_a_training(drop, expected):
    seen = measured(Scope.PERFORMANCE, "2024-01-01", "accuracy_drop", drop)
    assert decide(seen).retrain is expected


def test_a_drop_of_accuracy_that_chance_explains_asks_for_nothing():
    seen = measured(Scope.PERFORMANCE, "2024-01-01", "accuracy_drop", 0.2, MeasurementVerdict.OK)
    assert not decide(seen).retrain


def test_the_newest_matured_cohort_decides_on_accuracy():
    old = measured(Scope.PERFORMANCE, "2023-12-01", "accuracy_drop", 0.5)
    new = measured(Scope.PERFORMANCE, "2024-01-01", "accuracy_drop", 0.0, MeasurementVerdict.OK)
    assert not decide(old, new).retrain


def test_an_old_champion_is_challenged():
    assert decide(periods_in_office=12).retrain
    assert not decide(periods_in_office=11).retrain


def test_a_schedule_is_kept_when_one_is_declared():
    policy = RetrainPolicy(every_periods=6)
    assert decide(policy=policy).retrain
    assert not decide(policy=policy, periods_since_training=5).retrain


def test_the_cooldown_holds_back_every_trigger():
    decision = decide(periods_in_office=20, periods_since_training=2)
    assert not decision.retrain
    assert reason(decision, "age").favours
    assert not reason(decision, "cooldown").favours


def test_triggers_that_are_switched_off_are_not_asked():
    off = RetrainPolicy(
        psi=None, prediction_drift=None, high_alerts=None, accuracy_drop=None, max_age_periods=None
    )
    decision = decide(importance("income", 0.4), measured(Scope.FEATURE, "income", "psi", 9.0), policy=off)
    assert not decision.retrain
    assert {r.rule for r in decision.reasons} == {"cooldown", "labels", "label times", "label classes"}


def test_labels_of_one_class_hold_a_training_back():
    decision = decide(in_office=False, n_label_classes=1, periods_in_office=None)
    assert not decision.retrain
    assert reason(decision, "label classes").message == "1 class among the labels (at least 2)"


CLICKS = ("clicks_a", "clicks_b")
JULY, JANUARY = date(2024, 7, 1), date(2025, 1, 1)


def outage(importance=0.4, **changes):
    made = DataIncident(IncidentKind.FEED, "clicks", JULY, frozenset(CLICKS), importance, matures=JANUARY)
    return replace(made, **changes)


def drifted(*features, share=0.2):
    for feature in features:
        yield importance(feature, share)
        yield measured(Scope.FEATURE, feature, "psi", 3.0)


def test_a_training_for_an_outage_waits_for_labels_of_events_since_and_says_when_they_come():
    decision = decide(*drifted(*CLICKS), incidents=(outage(),), n_wanted=640)
    assert not decision.retrain
    assert reason(decision, "feature drift").favours
    assert reason(decision, "labels since").message == (
        "labels since the feed outage of `clicks` (2024-07-01) mature from 2025-01-01 on: 0 of 640"
    )


@pytest.mark.parametrize(("n", "expected"), [(1, False), (639, False), (640, True)])
def test_the_wait_ends_with_half_of_the_test_rows_of_events_since(n, expected):
    decision = decide(
        *drifted(*CLICKS), incidents=(outage(n_labels=n),), n_wanted=640, as_of=date(2025, 2, 1)
    )
    assert decision.retrain is expected
    said = reason(decision, "labels since")
    assert said.message == f"labels since the feed outage of `clicks` (2024-07-01): {n} of 640"
    assert (said.value, said.threshold) == (n, 640)


def test_labels_that_should_have_come_are_not_promised():
    decision = decide(*drifted(*CLICKS), incidents=(outage(),), n_wanted=640, as_of=JANUARY)
    assert reason(decision, "labels since").message.endswith("(2024-07-01): 0 of 640")


def test_with_nobody_in_office_no_outage_is_waited_for():
    decision = decide(in_office=False, periods_since_training=None, periods_in_office=None)
    assert decision.retrain


def test_drift_of_a_source_that_delivers_is_answered_during_an_outage_of_another():
    decision = decide(*drifted(*CLICKS), *drifted("income"), incidents=(outage(),), n_wanted=640)
    assert decision.retrain
    assert reason(decision, "labels since").message == (
        "not for the feed outage of `clicks` (2024-07-01), "
        "but as 1 feature that matters drifted, most of all income (PSI 3.00)"
    )


def test_scores_and_classes_that_moved_with_an_outage_ask_for_nothing_by_themselves():
    score = measured(Scope.SCORE, "score", "kl", 0.9)
    shares = [measured(Scope.CLASS, label, "share", 0.4) for label in "01"]
    decision = decide(*drifted(*CLICKS), score, *shares, incidents=(outage(),))
    assert reason(decision, "prediction drift").favours
    assert not decision.retrain


@pytest.mark.parametrize(("cohort", "expected"), [("2024-06-01", True), ("2024-07-01", False)])
def test_accuracy_of_cohorts_from_before_an_outage_is_no_doing_of_it(cohort, expected):
    seen = measured(Scope.PERFORMANCE, cohort, "accuracy_drop", 0.2)
    assert decide(*drifted(*CLICKS), seen, incidents=(outage(),)).retrain is expected


def test_age_and_schedule_wait_for_labels_since_an_outage():
    policy = RetrainPolicy(every_periods=1)
    decision = decide(*drifted(*CLICKS), policy=policy, periods_in_office=20, incidents=(outage(),))
    assert reason(decision, "age").favours
    assert reason(decision, "schedule").favours
    assert not decision.retrain


def test_an_outage_that_no_feature_that_matters_feels_holds_nothing_back():
    assert decide(periods_in_office=20, incidents=(outage(0.019),)).retrain
    assert not decide(periods_in_office=20, incidents=(outage(0.02),)).retrain


def test_each_of_two_incidents_waits_for_labels_of_its_own():
    loans = outage(
        kind=IncidentKind.DELIVERY, source="loans", features=frozenset({"debt"}), since=date(2024, 3, 1)
    )
    both = (outage(), replace(loans, n_labels=700))
    decision = decide(*drifted(*CLICKS, "debt"), incidents=both, n_wanted=640)
    assert not decision.retrain
    said = {r.message: r.favours for r in decision.reasons if r.rule == "labels since"}
    assert said == {
        "labels since the feed outage of `clicks` (2024-07-01) mature from 2025-01-01 on: 0 of 640": False,
        "labels since the changed delivery of `loans` (2024-03-01): 700 of 640": True,
    }
