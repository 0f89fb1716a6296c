from dataclasses import replace
from datetime import date

import pytest

from tenure.domain.causes import Cause, CauseKind
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.retraining.config import RetrainPolicy
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
    assert reason(decision, "label classes").message == "1 classes among the labels (at least 2)"


def outage(importance=0.4):
    return Cause(CauseKind.OUTAGE, "clicks", ("clicks_a",), importance, 0.9, "`clicks` stopped delivering")


@pytest.mark.parametrize(("lasted", "expected"), [(1, False), (2, False), (3, True)])
def test_a_source_that_has_stopped_holds_a_training_back_until_its_loss_counts_as_lasting(lasted, expected):
    decision = decide(periods_in_office=20, causes=(outage(),), outages={"clicks": lasted})
    assert decision.retrain is expected
    assert f"`clicks` has stopped delivering for {lasted} periods" in reason(decision, "outage").message


def test_a_source_that_does_not_matter_holds_nothing_back():
    assert decide(periods_in_office=20, causes=(outage(0.001),), outages={"clicks": 1}).retrain
