"""A period's report says what the gold tables hold."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from tenure.domain.artefacts import Audit, Validation
from tenure.domain.decisions import DecisionKind, RetrainDecision
from tenure.domain.findings import Finding, Severity
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.report import Concern, Report
from tenure.domain.tables import DECISIONS, FINDINGS, MONITORING
from tenure.flow import LOOP, check_flow, step_named
from tenure.reporting import report
from tenure.reporting.stage import MAX_NOTICED
from tenure.running.ledger import load_artefacts
from tenure.running.records import record
from tenure.running.runtime import SETTINGS
from tenure.stores.delta import DeltaStore


def rows_of(made, table, place):
    day = made.periods[place].as_of
    return made.store.read(table, after=day - timedelta(days=1), until=day).to_pylist()


def test_the_step_fits_the_loop():
    assert [line for line in check_flow(LOOP, settings=SETTINGS) if line.startswith("report")] == []


def test_a_report_is_the_same_after_a_trip_through_json(recession):
    adapter = TypeAdapter(Report)
    for made in recession.reports:
        text = json.dumps(adapter.dump_python(made, mode="json"))
        assert adapter.validate_python(json.loads(text)) == made


def test_the_ledger_gives_the_report_back(recession):
    last = recession.periods[-1].as_of
    assert load_artefacts(last, store=recession.store)["report"] == recession.reports[-1]


def test_the_same_period_reported_again_is_the_same_report(recession):
    day = recession.periods[-1].as_of
    held = load_artefacts(day, store=recession.store)
    taken = [held.get(artefact) for _, artefact in step_named("report").inputs]
    assert report(*taken, name="cash-loans", store=recession.store) == recession.reports[-1]


def test_drift_is_what_monitoring_measured(recession):
    for place, made in enumerate(recession.reports):
        measured = {
            (row["feature"], row["metric"]): row["value"]
            for row in rows_of(recession, MONITORING, place)
            if row["scope"] == "feature"
        }
        told = {
            (row.feature, metric): getattr(row, metric)
            for row in made.monitored.drift
            for metric in ("psi", "null_increase", "importance")
        }
        assert told == {key: value for key, value in measured.items() if key[1] != "ks"}


def test_alerts_and_warnings_are_counted_as_monitoring_said_them(recession):
    for place, made in enumerate(recession.reports):
        verdicts = [row["verdict"] for row in rows_of(recession, MONITORING, place)]
        counted = made.monitored
        assert (counted.n_alerts, counted.n_warnings) == (verdicts.count("alert"), verdicts.count("warning"))
        assert counted.n_measurements == len(verdicts)
        assert len(counted.alerts) == counted.n_alerts


def test_performance_has_each_cohort_of_the_period_with_its_rows(recession):
    for place, made in enumerate(recession.reports):
        rows = [r for r in rows_of(recession, MONITORING, place) if r["scope"] == "performance"]
        told = {
            (str(c.cohort), name): (value, c.n_rows) for c in made.performance for name, value in c.metrics
        }
        assert told == {(r["feature"], r["metric"]): (r["value"], r["n"]) for r in rows}


def test_a_cohort_tells_who_scored_it(recession):
    versions = {c.cohort: c.version for made in recession.reports for c in made.performance}
    assert set(versions.values()) == {1}
    assert min(versions) == recession.periods[recession.lender.trained_at + 1].as_of


def test_what_was_received_repaired_and_found_is_told(recession):
    made = recession.reports[12]
    held = load_artefacts(recession.periods[12].as_of, store=recession.store)
    received = {f"bronze/{part.source}": part.n_rows for part in made.intake.received}
    assert received == {part.table: part.n_rows for part in held["bronze"].slices}
    assert made.intake.repairs == held["silver"].repairs
    assert (made.intake.n_population, made.intake.n_labels) == (520, 520)
    assert made.intake.n_matured == held["monitoring"].n_matured
    found = {(r["stage"], r["code"]) for r in rows_of(recession, FINDINGS, 12) if r["outcome"] == "found"}
    told = {(line.stage, line.finding.code) for line in made.intake.noticed}
    assert told == {pair for pair in found if pair[0] != "monitor"}
    assert ("validate", "VAL007") in told


def test_a_check_that_did_not_run_is_not_counted_as_passed(recession):
    (validate,) = [line for line in recession.reports[1].intake.checked if line.stage == "validate"]
    assert (validate.n_checks, validate.n_passed, validate.n_found, validate.n_not_run) == (2, 1, 0, 1)


def test_nobody_scores_before_the_first_training_and_the_new_one_scores_from_the_next_period(recession):
    scored_by = [made.scored_by for made in recession.reports]
    assert scored_by == [None] * 9 + [1] * 12 + [3] * 3


def test_the_holder_is_who_was_promoted_with_what_its_training_recorded(recession):
    holder = recession.reports[-1].holder
    trained = load_artefacts(recession.periods[20].as_of, store=recession.store)["candidate"]
    assert holder.office.version == trained.version
    assert holder.office.since == recession.periods[20].as_of
    assert holder.trained.test == trained.test
    assert holder.trained.split == trained.split
    assert holder.trained.n_features == len(trained.features)


def test_a_holder_whose_training_nobody_recorded_is_told_without_it(lend):
    made = lend(n_periods=10)
    made.store.remove("gold/runs", as_of=made.periods[8].as_of)
    held = load_artefacts(made.periods[9].as_of, store=made.store)
    told = report(held["monitoring"], held["decision"], None, None, None, name="x", store=made.store)
    assert told.holder.office.version.version == 1
    assert told.holder.trained is None


def test_the_timeline_holds_every_decision_that_changed_something(recession):
    timeline = recession.reports[-1].timeline
    told = [(recession_place(recession, m.as_of), m.kind, m.outcome, m.model_version) for m in timeline]
    assert told == [
        (8, "retrain", "retrain", None),
        (8, "verdict", "passed", 1),
        (8, "promotion", "promoted", 1),
        (17, "retrain", "retrain", None),
        (17, "verdict", "refused", 2),
        (20, "retrain", "retrain", None),
        (20, "verdict", "passed", 3),
        (20, "promotion", "promoted", 3),
    ]
    kept = [r for r in recession.store.read(DECISIONS).to_pylist() if r["outcome"] == "keep"]
    assert recession.reports[-1].n_kept == len(kept) == 21


def recession_place(made, day):
    return [period.as_of for period in made.periods].index(day)


def test_a_report_knows_nothing_of_later_periods(recession, lend):
    shorter = lend(n_periods=15)
    assert shorter.reports == recession.reports[:15]


def test_the_audit_that_stopped_a_training_is_in_the_report_and_its_headline(lend):
    made = lend(n_periods=10)
    day = made.periods[9].as_of
    leak = Finding("LEAK002", Severity.ERROR, "`paid_at` is null exactly when the label is 1", n_rows=520)
    record("audit", Audit(day, (leak,)), as_of=day, store=made.store)
    monitoring = load_artefacts(day, store=made.store)["monitoring"]
    told = report(
        monitoring, RetrainDecision(day, True, (), 900), None, None, None, name="x", store=made.store
    )
    assert told.decided.audit.kind == DecisionKind.AUDIT
    assert told.headline.concern is Concern.WORRY
    assert "`paid_at` is null exactly when the label is 1" in told.headline.sentence


def test_a_flood_of_findings_is_bounded_and_its_size_told(lend):
    made = lend(n_periods=1)
    day = made.periods[0].as_of
    flood = [Finding(f"VAL{i:03}", Severity.INFO, "dust", n_rows=i) for i in range(300)]
    grave = Finding("VAL999", Severity.ERROR, "a wall fell")
    record("validate", Validation(made.periods[0], (*flood, grave)), as_of=day, store=made.store)
    monitoring = load_artefacts(day, store=made.store)["monitoring"]
    intake = report(monitoring, None, None, None, None, name="x", store=made.store).intake
    assert len(intake.noticed) == MAX_NOTICED
    assert intake.n_noticed == 301
    assert intake.noticed[0].finding.code == "VAL999"
    assert intake.noticed[1].finding.n_rows == 299


def test_the_recession_is_told_when_it_comes_and_not_before(recession):
    by_place = [made.headline.concern for made in recession.reports]
    assert set(by_place[:8]) == {Concern.WATCH}  # nobody is in office
    assert by_place[8] is Concern.CALM  # the first one takes office
    assert set(by_place[15:20]) == {Concern.WORRY}  # the recession, and a candidate refused
    assert Concern.WORRY not in by_place[21:]  # the new one knows of it


def test_features_are_ranked_by_verdict_then_psi(recession):
    drift = recession.reports[17].monitored.drift
    verdicts = [row.verdict for row in drift]
    alerts = verdicts.count(MeasurementVerdict.ALERT)
    assert alerts >= 3
    assert verdicts[:alerts] == [MeasurementVerdict.ALERT] * alerts
    psi = [row.psi for row in drift[:alerts]]
    assert psi == sorted(psi, reverse=True)


def test_an_alert_on_the_score_comes_before_alerts_on_features(recession):
    scopes = [alert.scope for alert in recession.reports[17].monitored.alerts]
    assert Scope.SCORE in scopes
    assert scopes.index(Scope.SCORE) < scopes.index(Scope.FEATURE)


def test_it_works_on_delta_tables_and_is_cheap(lend, recession, tmp_path):
    made = lend(store=DeltaStore(tmp_path), n_periods=10)
    assert made.reports == recession.reports[:10]
    held = load_artefacts(made.periods[9].as_of, store=made.store)
    spent = []
    for _ in range(3):
        began = time.process_time()
        report(held["monitoring"], held["decision"], None, None, None, name="x", store=made.store)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.5  # about 0.03 on a quiet machine; a scan of all measurements takes longer


@pytest.mark.parametrize("table", [MONITORING, "gold/features", "gold/labels", "gold/predictions"])
def test_no_large_table_is_read(recession, table):
    day = recession.periods[-1].as_of
    held = load_artefacts(day, store=recession.store)
    asked = []

    class Watched(type(recession.store)):
        def read(self, name, **bounds):
            asked.append((name, bounds.get("after"), bounds.get("until")))
            return super().read(name, **bounds)

    taken = [held.get(artefact) for _, artefact in step_named("report").inputs]
    report(*taken, name="cash-loans", store=Watched(recession.store.rows))
    assert table not in {name for name, _, _ in asked}
    assert {until for name, _, until in asked if name in {FINDINGS, DECISIONS}} == {day}
    assert all(after is not None for name, after, _ in asked if name != DECISIONS)
