"""One thing that is wrong is one trouble, however many numbers show it."""

import random
from dataclasses import replace

import pytest

from tenure.alerting.config import AlertPolicy
from tenure.alerting.states import follow
from tenure.alerting.troubles import find_troubles
from tenure.domain.findings import Severity
from tenure.domain.incidents import IncidentKind, IncidentSeverity
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.periods import PeriodUnit

POLICY = AlertPolicy()
NO_ROWS = "no row of `clicks` became known in the period from 2024-08-01 to 2024-09-01"
RENAMED = "1 declared column of `loans` did not come and is null: `debt`"


def troubles(evidence, policy=POLICY):
    return {trouble.key: trouble for trouble in find_troubles(evidence, policy=policy)}


def opened(evidence):
    return follow(find_troubles(evidence, policy=POLICY), evidence, policy=POLICY, unit=PeriodUnit.MONTH)


def test_features_of_one_source_that_go_null_together_are_one_outage_of_its_feed(evidence, alert):
    lost = [alert(Scope.FEATURE, f"clicks_{k}", "null_increase", 1.0, 0.1) for k in "abcd"]
    drifted = [alert(Scope.FEATURE, f"clicks_{k}", "psi", 9.0) for k in "abcd"]
    (trouble,) = find_troubles(evidence(*lost, *drifted), policy=POLICY)
    assert trouble.key == (IncidentKind.FEED, "clicks")
    assert len(trouble.signals) == 8
    assert "4 features of `clicks` are null more often" in trouble.summary


def test_a_source_without_rows_is_out_before_any_feature_feels_it(evidence, finding):
    (trouble,) = find_troubles(evidence(findings=[finding("ING001", "clicks", NO_ROWS)]), policy=POLICY)
    assert (trouble.key, trouble.severity) == ((IncidentKind.FEED, "clicks"), IncidentSeverity.WARNING)


def test_what_monitoring_says_of_a_source_is_an_outage_of_its_feed(evidence, finding, alert):
    said = finding("MON999", "clicks", "the source `clicks` stopped delivering", stage="monitor")
    found = troubles(evidence(alert(Scope.FEATURE, "clicks_a", "psi", 1.0), findings=[said]))
    assert list(found) == [(IncidentKind.FEED, "clicks")]


def test_two_features_of_many_that_go_null_are_no_outage(evidence, alert):
    lost = alert(Scope.FEATURE, "clicks_a", "null_increase", 0.4, 0.1)
    assert list(troubles(evidence(lost))) == [(IncidentKind.DRIFT, "clicks")]


def test_a_renamed_column_takes_the_features_made_of_it_and_a_ratio_of_the_same_source(
    evidence, alert, finding
):
    measurements = [
        alert(Scope.FEATURE, "loans_debt", "psi", 10.0),
        alert(Scope.FEATURE, "ratio", "null_increase", 0.98, 0.1),
        alert(Scope.FEATURE, "ratio", "psi", 7.0),
        alert(Scope.FEATURE, "loans_income", "psi", 0.4),
    ]
    found = troubles(evidence(*measurements, findings=[finding("ING005", "loans", RENAMED)]))
    assert {s.about for s in found[IncidentKind.DELIVERY, "loans"].signals} == {"", "loans_debt", "ratio"}
    assert {s.about for s in found[IncidentKind.DRIFT, "loans"].signals} == {"loans_income"}


def test_a_score_drift_with_feature_drifts_under_it_is_one_incident(evidence, alert):
    found = troubles(
        evidence(
            alert(Scope.FEATURE, "loans_debt", "psi", 0.5),
            alert(Scope.FEATURE, "loans_income", "psi", 0.3),
            alert(Scope.SCORE, "score", "kl", 0.2, 0.15),
            alert(Scope.CLASS, "1", "share_change", 0.2, 0.1),
        )
    )
    ((key, trouble),) = found.items()
    assert key == (IncidentKind.DRIFT, "loans")
    assert trouble.severity is IncidentSeverity.CRITICAL
    assert "the scores drifted (kl 0.2, limit 0.15, n=300)" in trouble.summary


def test_a_score_that_drifts_alone_is_a_cause_of_its_own(evidence, alert):
    assert list(troubles(evidence(alert(Scope.SCORE, "score", "psi", 0.4)))) == [
        (IncidentKind.SCORES, "scores")
    ]


def test_scores_follow_the_features_that_matter_most(evidence, alert):
    weight = {"clicks_a": 0.4, "loans_debt": 0.1}
    importances = [
        alert(Scope.FEATURE, name, "importance", share, None, MeasurementVerdict.NO_THRESHOLD)
        for name, share in weight.items()
    ]
    drifted = [alert(Scope.FEATURE, name, "psi", 0.5) for name in (*weight, "loans_income", "ratio")]
    found = troubles(evidence(*importances, *drifted, alert(Scope.SCORE, "score", "psi", 0.5)))
    assert "the scores drifted" in found[IncidentKind.DRIFT, "clicks"].summary
    assert "scores" not in found[IncidentKind.DRIFT, "loans"].summary


def test_scores_stay_with_the_incident_that_they_followed_before(evidence, alert, finding):
    drift = [alert(Scope.FEATURE, "loans_debt", "psi", 0.5), alert(Scope.SCORE, "score", "psi", 0.5)]
    before = opened(evidence(*drift))
    outage = [alert(Scope.FEATURE, f"clicks_{k}", "psi", 9.0) for k in "abcd"]
    now = evidence(*drift, *outage, findings=[finding("ING001", "clicks", NO_ROWS)], earlier=before)
    assert "the scores drifted" in troubles(now)[IncidentKind.DRIFT, "loans"].summary


def test_an_outage_keeps_its_features_while_they_feel_the_gap_and_drift_of_others_is_another(
    evidence, alert, finding
):
    before = opened(evidence(findings=[finding("ING001", "clicks", NO_ROWS)]))
    late = [alert(Scope.FEATURE, "clicks_a", "psi", 3.0), alert(Scope.FEATURE, "loans_debt", "psi", 0.5)]
    found = troubles(evidence(*late, earlier=before))
    assert set(found) == {(IncidentKind.FEED, "clicks"), (IncidentKind.DRIFT, "loans")}
    assert found[IncidentKind.FEED, "clicks"].summary.startswith("rows of `clicks` come again")


def test_performance_is_a_cause_per_version_and_grave_for_the_one_in_office_only(evidence, alert):
    drops = [
        alert(Scope.PERFORMANCE, "2024-02-01", "accuracy_drop", 0.2, 0.05),
        alert(Scope.PERFORMANCE, "2024-03-01", "calibration_gap", 0.12, 0.1),
        alert(Scope.PERFORMANCE, "2024-01-01", "accuracy_drop", 0.2, 0.05),
    ]
    scorers = {"2024-01-01": 1, "2024-02-01": 2, "2024-03-01": 2}
    found = troubles(evidence(*drops, scorers=scorers, in_office=2))
    assert found[IncidentKind.PERFORMANCE, "version 2"].severity is IncidentSeverity.CRITICAL
    assert "2 matured cohorts" in found[IncidentKind.PERFORMANCE, "version 2"].summary
    assert found[IncidentKind.PERFORMANCE, "version 1"].severity is IncidentSeverity.INFO


def test_new_categories_alone_are_information(evidence, alert):
    new = alert(Scope.FEATURE, "loans_debt", "new_category_share", 0.02, 0.01, MeasurementVerdict.WARNING)
    assert troubles(evidence(new))[IncidentKind.DRIFT, "loans"].severity is IncidentSeverity.INFO


def test_other_warnings_are_no_incident(evidence, alert):
    assert (
        troubles(evidence(alert(Scope.FEATURE, "loans_debt", "psi", 0.2, verdict=MeasurementVerdict.WARNING)))
        == {}
    )


def test_few_rows_are_no_incident(evidence, alert):
    few = alert(Scope.FEATURE, "loans_debt", "psi", 9.0, verdict=MeasurementVerdict.NOT_ENOUGH_ROWS, n=3)
    assert troubles(evidence(few)) == {}


def test_leaks_are_critical_and_warnings_of_a_training_are_not_told(evidence, finding):
    leak = finding("LEAK001", "features", "`x` knows", stage="audit", severity=Severity.ERROR)
    left_out = finding("TRN003", "training", "`y` is constant", stage="train")
    found = troubles(evidence(findings=[leak, left_out]))
    assert {key: trouble.severity for key, trouble in found.items()} == {
        (IncidentKind.LEAKAGE, "training"): IncidentSeverity.CRITICAL
    }


@pytest.mark.parametrize(("share", "expected"), [(0.2, "critical"), (0.05, "warning")])
def test_an_outage_is_critical_where_its_features_matter(evidence, alert, finding, share, expected):
    importance = alert(Scope.FEATURE, "clicks_a", "importance", share, None, MeasurementVerdict.NO_THRESHOLD)
    drifted = alert(Scope.FEATURE, "clicks_a", "psi", 3.0)
    given = evidence(importance, drifted, findings=[finding("ING001", "clicks", NO_ROWS)])
    assert troubles(given)[IncidentKind.FEED, "clicks"].severity == expected


def test_every_alert_belongs_to_exactly_one_cause_in_whatever_order_they_come(evidence, alert, finding):
    names = [*(f"clicks_{k}" for k in "abcd"), "loans_debt", "loans_income", "ratio", "unknown"]
    alerts = [
        alert(Scope.FEATURE, name, metric, 0.9) for name in names for metric in ("psi", "null_increase")
    ]
    alerts += [
        alert(Scope.SCORE, "score", "psi", 0.4),
        alert(Scope.PERFORMANCE, "2024-01-01", "accuracy_drop", 0.1),
    ]
    findings = [finding("ING001", "clicks", NO_ROWS), finding("ING005", "loans", RENAMED)]
    told = None
    for seed in range(20):
        mixed = random.Random(seed).sample(alerts, len(alerts))  # noqa: S311 - repeatable
        found = troubles(evidence(*mixed, findings=findings))
        assert sum(len(trouble.signals) for trouble in found.values()) == len(alerts) + len(findings)
        shape = {key: frozenset(trouble.signals) for key, trouble in found.items()}
        assert told in (None, shape)
        told = shape


def test_what_is_told_is_bounded_however_much_there_is(evidence, alert):
    many = {f"clicks_{k}": ("clicks",) for k in range(2000)}
    given = evidence(*(alert(Scope.FEATURE, name, "psi", 0.9) for name in many), origins=many)
    (incident,) = opened(given)
    assert (len(incident.signals), incident.n_signals) == (20, 2000)
    assert len(incident.summary) < 200
    assert replace(incident, signals=()).summary.startswith("2,000 features of `clicks` drifted")


def test_another_unit_is_a_changed_delivery_of_the_source_that_the_feature_is_made_of(
    evidence, alert, finding
):
    said = finding("MON999", "loans_income", "`loans_income` is 0.01 of what it was", stage="monitor")
    drifted = [alert(Scope.FEATURE, name, "psi", 5.0) for name in ("loans_income", "loans_debt")]
    found = troubles(evidence(*drifted, findings=[said]))
    assert set(found) == {(IncidentKind.DELIVERY, "loans"), (IncidentKind.DRIFT, "loans")}
    assert {s.about for s in found[IncidentKind.DELIVERY, "loans"].signals} == {"", "loans_income"}


def test_a_broken_rule_of_the_project_is_an_incident_of_its_own(evidence, alert):
    found = troubles(evidence(alert(Scope.RULE, "share of cash loans", "value", 0.7, 0.5)))
    trouble = found[IncidentKind.RULE, "share of cash loans"]
    assert trouble.severity is IncidentSeverity.WARNING
    assert trouble.summary == "the rule `share of cash loans` is broken: value 0.7, limit 0.5, n=300"


def test_an_estimate_that_is_off_is_the_performance_of_the_version_that_scored(evidence, alert):
    off = alert(Scope.ESTIMATE, "2024-02-01", "accuracy_error", 0.08, 0.05)
    assert list(troubles(evidence(off, scorers={"2024-02-01": 1}))) == [
        (IncidentKind.PERFORMANCE, "version 1")
    ]
