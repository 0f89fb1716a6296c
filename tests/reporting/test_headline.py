"""The rule of the headline, with a handful of numbers."""

from __future__ import annotations

from datetime import date

import pytest

from tenure.domain.artefacts import Monitoring
from tenure.domain.decisions import Difference, Promotion, Reason, RetrainDecision, Verdict
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.models import ModelVersion, Office
from tenure.domain.periods import Period
from tenure.domain.report import Concern, Decided, Holder
from tenure.reporting.drift import summarise
from tenure.reporting.headline import HIGH_ALERTS, headline_of
from tenure.reporting.performance import matured_cohorts
from tenure.retraining.config import RetrainPolicy
from tenure.retraining.rule import Evidence, decide_retraining

DAY = date(2024, 6, 30)
FIRST = ModelVersion("cash-loans", 1, "a" * 64, date(2023, 9, 30))
SECOND = ModelVersion("cash-loans", 2, "b" * 64, date(2024, 4, 30))
NOTHING = Decided(None, None, None, None, None)
TERMS = (Office(FIRST, FIRST.as_of),)
HOLDER = Holder(TERMS[0], None)


def measured(scope, feature, metric, value, limit=None, verdict=MeasurementVerdict.NO_THRESHOLD):
    return Measurement(DAY, scope, feature, metric, value, limit, 520, verdict)


def psi(feature, value, verdict=MeasurementVerdict.ALERT, importance=0.3):
    return [
        measured(Scope.FEATURE, feature, "psi", value, 0.25, verdict),
        measured(Scope.FEATURE, feature, "importance", importance),
    ]


def accuracy_drop(cohort, value):
    return measured(Scope.PERFORMANCE, cohort, "accuracy_drop", value, 0.05, MeasurementVerdict.ALERT)


def keep(*reasons):
    return Decided(RetrainDecision(DAY, False, reasons, 900), None, None, None, None)


def high_alerts(count):
    return Reason(HIGH_ALERTS, count >= 2, f"{count} high-severity alerts (limit 2)", float(count), 2.0)


def headline(measurements=(), decided=NOTHING, holder=HOLDER, terms=TERMS):
    return headline_of(holder, summarise(measurements), matured_cohorts(measurements, terms), decided)


def test_calm_names_the_largest_drift_and_the_last_cohort():
    rows = [
        *psi("income", 0.03, MeasurementVerdict.OK),
        *psi("age", 0.05, MeasurementVerdict.OK),
        measured(Scope.PERFORMANCE, "2023-11-30", "roc_auc", 0.7912),
        measured(Scope.PERFORMANCE, "2023-12-31", "roc_auc", 0.8012),
    ]
    told = headline(rows)
    assert told.concern is Concern.CALM
    assert told.sentence == (
        "Version 1 does as expected: no alert among 6 measurements, the largest drift is `age` (psi 0.05), "
        "the last matured cohort has roc_auc 0.801 (n=520)."
    )


def test_a_warning_is_something_to_watch():
    told = headline(psi("income", 0.14, MeasurementVerdict.WARNING))
    assert told.concern is Concern.WATCH
    assert told.sentence.startswith("Version 1 has 1 warning: no alert")


def test_an_alert_that_the_decision_counts_is_a_reason_to_worry():
    told = headline(psi("income", 0.41), keep(high_alerts(1)))
    assert told.concern is Concern.WORRY
    assert told.sentence == (
        "`income` has drifted: PSI 0.41 (limit 0.25, n=520); it holds 30.0% of the model's importance. "
        "Version 1 stays in office."
    )


def test_an_alert_that_the_decision_does_not_count_is_something_to_watch():
    told = headline(psi("postcode", 0.41, importance=0.001), keep(high_alerts(0)))
    assert told.concern is Concern.WATCH
    assert told.sentence.endswith("Version 1 stays in office: none of it weighs much with it.")


def test_where_the_decision_counts_no_alerts_each_one_matters():
    assert headline(psi("postcode", 0.41, importance=0.001), keep()).concern is Concern.WORRY


def test_of_several_alerts_the_feature_that_weighs_most_is_named():
    rows = [*psi("postcode", 0.9, importance=0.01), *psi("income", 0.3, importance=0.4)]
    told = headline(rows, keep(high_alerts(1)))
    assert told.sentence.startswith("`income` has drifted")
    assert ", and 1 more alert." in told.sentence


def test_an_alert_on_what_a_replaced_version_said_is_no_reason_to_worry():
    terms = (Office(FIRST, FIRST.as_of), Office(SECOND, SECOND.as_of))
    told = headline([accuracy_drop("2024-01-31", 0.083)], keep(high_alerts(1)), Holder(terms[1], None), terms)
    assert told.concern is Concern.WATCH
    assert told.sentence == (
        "Accuracy on the cohort 2024-01-31 (scored by version 1) is 8.3 % below that of the test rows "
        "(limit 5 %, n=520). Version 2 has been in office since 2024-04-30, and has no alert of its own."
    )


def test_an_alert_on_what_the_holder_said_is():
    told = headline([accuracy_drop("2024-01-31", 0.083)], keep(high_alerts(1)))
    assert told.concern is Concern.WORRY


def test_nobody_in_office_tells_what_is_missing():
    labels = Reason("labels", False, "312 matured labels (at least 500)", 312.0, 500.0)
    told = headline((), keep(Reason("nobody in office", True, "nobody is in office"), labels), None)
    assert told.concern is Concern.WATCH
    assert told.sentence == (
        "Nobody is in office yet, so nothing is scored: 312 matured labels (at least 500)."
    )


def test_a_refusal_tells_the_condition_that_failed():
    reasons = (
        Reason("audit", True, "clean"),
        Reason("interval", False, "the gain in f1 may be luck", -0.01, 0.0),
    )
    verdict = Verdict(DAY, SECOND, FIRST, False, reasons)
    told = headline((), Decided(None, None, None, verdict, None))
    assert told.concern is Concern.WORRY
    assert told.sentence == (
        "Version 2 was trained and refused, version 1 stays: the gain in f1 may be luck."
    )


def test_a_candidate_that_waits_for_a_person_is_told_as_that():
    verdict = Verdict(DAY, SECOND, FIRST, True, (), awaits_approval=True)
    told = headline((), Decided(None, None, None, verdict, None))
    assert told.concern is Concern.WATCH
    assert told.sentence == "Version 2 passed the gate and waits for approval."


def test_a_promotion_compares_both_on_the_same_rows():
    verdict = Verdict(DAY, SECOND, FIRST, True, (), Difference("f1", 0.617, 0.548, 0.02, 0.12, 452))
    decided = Decided(None, None, None, verdict, Promotion(DAY, SECOND, FIRST))
    told = headline((), decided)
    assert told.concern is Concern.CALM
    assert told.sentence == (
        "Version 2 replaces version 1 from the next period on: f1 0.617 against 0.548 on the same 452 rows."
    )
    assert headline(psi("income", 0.4), decided).concern is Concern.WATCH


def test_a_training_that_was_decided_and_did_not_happen_is_a_reason_to_worry():
    decision = RetrainDecision(
        DAY, True, (Reason("age", True, "12 periods since the champion took office"),), 9
    )
    told = headline((), Decided(decision, None, None, None, None))
    assert told.concern is Concern.WORRY
    assert "12 periods since the champion took office" in told.sentence


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (
            measured(Scope.FEATURE, "fe_2", "null_increase", 0.91, 0.1, MeasurementVerdict.ALERT),
            "`fe_2` is null in 91.0 points more of the rows than in training (limit 10, n=520)",
        ),
        (
            measured(Scope.CLASS, "default", "share_change", -0.123, 0.1, MeasurementVerdict.ALERT),
            "Class `default` is predicted for 12.3 points less of the rows (limit 10, n=520)",
        ),
        (
            measured(Scope.SCORE, "score", "kl", 0.214, 0.15, MeasurementVerdict.ALERT),
            "The score has drifted: KL divergence 0.21 (limit 0.15, n=520)",
        ),
        (
            measured(Scope.SCORE, "score yüksek", "psi", 0.3, 0.25, MeasurementVerdict.ALERT),
            "The score yüksek has drifted: PSI 0.30 (limit 0.25, n=520)",
        ),
        (
            measured(
                Scope.PERFORMANCE, "2024-01-31", "calibration_gap", 0.081, 0.05, MeasurementVerdict.ALERT
            ),
            "The cohort 2024-01-31 (scored by version 1) came out 8.1 points above what the scores said",
        ),
        (
            measured(
                Scope.PERFORMANCE,
                "2024-01-31",
                "calibration_gap orta",
                -0.081,
                0.05,
                MeasurementVerdict.ALERT,
            ),
            "The share of `orta` in the cohort 2024-01-31 (scored by version 1) came out 8.1 points below",
        ),
        (
            measured(Scope.POPULATION, "features", "n_rows", None, 100.0, MeasurementVerdict.ALERT),
            "`features` has n_rows unknown (limit 100, n=520)",
        ),
    ],
)
def test_each_kind_of_alert_is_told_in_words(alert, words):
    assert headline([alert]).sentence.startswith(words)


def test_the_retrain_rule_counts_alerts_under_the_name_that_the_headline_looks_for():
    rows = Monitoring(Period(DAY), (accuracy_drop("2024-01-31", 0.2),)).measurements
    evidence = Evidence(DAY, True, 9000, 9, rows, 5, 5)
    decision = decide_retraining(evidence, policy=RetrainPolicy())
    assert [reason.value for reason in decision.reasons if reason.rule == HIGH_ALERTS] == [1.0]


def test_alerts_that_a_brake_leaves_unanswered_say_which_brake():
    rows = (
        accuracy_drop("2024-01-31", 0.2),
        measured(Scope.SCORE, "score", "kl", 0.3, 0.15, MeasurementVerdict.ALERT),
    )
    decision = decide_retraining(Evidence(DAY, True, 9000, 9, rows, 1, 5), policy=RetrainPolicy())
    assert not decision.retrain
    told = headline(rows, Decided(decision, None, None, None, None))
    assert told.sentence.endswith(
        "Version 1 stays in office; a training waits: 1 period since the last training (cooldown 3)."
    )
