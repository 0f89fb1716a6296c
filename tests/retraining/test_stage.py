"""What the shell reads: labels, findings of the period, incidents and trainings of earlier ones."""

import shutil
from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest

from tenure.domain.artefacts import Gold, Monitoring
from tenure.domain.decisions import Promotion, RetrainDecision
from tenure.domain.durations import shift_months
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Severity
from tenure.domain.incidents import Incident, IncidentKind, IncidentSeverity, IncidentState
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.models import ModelVersion
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.splits import SplitPolicy
from tenure.domain.tables import LABELS, RUNS, TableSlice
from tenure.retraining import decide
from tenure.retraining.config import RetrainPolicy
from tenure.retraining.stage import labels_wanted
from tenure.running.records import record_decision, record_findings, record_incidents
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

MONTH = PeriodUnit.MONTH
FIRST = date(2023, 1, 1)
JULY = date(2024, 7, 1)
COLUMNS = (FeatureColumn("clicks_mean", FeatureKind.NUMBER, "clicks", ("clicks.fe_1",)),)
PER_MONTH = 100


@pytest.fixture
def engine():
    return DuckDBEngine()


@pytest.fixture(scope="module")
def lender(tmp_path_factory):
    """A datamart of a lender since 2023 whose labels take six months, with somebody in office."""
    folder = tmp_path_factory.mktemp("lender")
    made = DeltaStore(folder)
    events = [shift_months(FIRST, month) for month in range(20)]
    first = pa.concat_tables([labels_of(event) for event in events[:12]])
    made.replace(LABELS, first, as_of=shift_months(events[11], 6))
    for event in events[12:]:
        made.replace(LABELS, labels_of(event), as_of=shift_months(event, 6))
    version = ModelVersion("loans", 1, "0" * 64, date(2024, 1, 1))
    record_decision(Promotion(date(2024, 1, 1), version, None), as_of=date(2024, 1, 1), store=made)
    return folder


@pytest.fixture
def store(lender, tmp_path):
    return DeltaStore(shutil.copytree(lender, tmp_path / "datamart"))


def labels_of(event):
    n, known = PER_MONTH, shift_months(event, 6)
    return pa.table(
        {
            "id": [f"{event}-{number}" for number in range(n)],
            "event_time": [datetime.combine(event, datetime.min.time())] * n,
            "known_at": [datetime.combine(known, datetime.min.time())] * n,
            "label": [str(number % 2) for number in range(n)],
        }
    )


def artefacts(as_of):
    period = Period(as_of, MONTH)
    nowhere = TableSlice("gold/features", as_of, 0, 0)
    drift = Measurement(
        as_of, Scope.FEATURE, "clicks_mean", "null_increase", 0.9, 0.1, 500, MeasurementVerdict.ALERT
    )
    measured = (
        replace(drift, metric="importance", value=0.4, verdict=MeasurementVerdict.NO_THRESHOLD),
        drift,
        replace(drift, metric="psi", value=3.0, threshold=0.25),
    )
    return Gold(period, nowhere, nowhere, ("id",), COLUMNS), Monitoring(period, measured)


def decided(as_of, store, engine, **policy):
    return decide(
        *artefacts(as_of),
        retrain=RetrainPolicy(min_labels=100, **policy),
        split=SplitPolicy(),
        unit=MONTH,
        store=store,
        engine=engine,
    )


def out(store, *, since, until):
    """What the loop would have written of an outage of clicks, up to a period."""
    incident = Incident(
        id=f"feed outage:clicks:{since}",
        kind=IncidentKind.FEED,
        subject="clicks",
        state=IncidentState.ONGOING,
        severity=IncidentSeverity.CRITICAL,
        since=since,
        as_of=until,
        summary="no row of `clicks` became known",
    )
    record_incidents([incident], as_of=until, store=store)


def trained(store, as_of):
    store.replace(RUNS, pa.table({"step": ["train"], "artefact": ["{}"]}), as_of=as_of)


def said(decision, rule):
    return [reason for reason in decision.reasons if reason.rule == rule]


def test_a_finding_of_the_period_opens_the_wait(store, engine):
    gone = Finding("ING001", Severity.WARNING, "no row of `clicks` became known", scope="clicks")
    record_findings("ingest", [gone], as_of=JULY, store=store)
    decision = decided(JULY, store, engine)
    assert not decision.retrain
    (brake,) = said(decision, "labels since")
    assert brake.message == (
        "labels since the feed outage of `clicks` (2024-07-01) mature from 2025-01-01 on: 0 of 98"
    )


@pytest.mark.parametrize(("as_of", "expected"), [(date(2024, 12, 1), 0), (date(2025, 1, 1), 100)])
def test_labels_are_those_of_events_in_the_periods_since_and_known_by_now(store, engine, as_of, expected):
    out(store, since=JULY, until=shift_months(as_of, -1))
    (brake,) = said(decided(as_of, store, engine), "labels since")
    assert brake.value == expected


def test_the_wait_is_over_when_enough_of_them_are_known(store, engine):
    out(store, since=JULY, until=date(2025, 1, 1))
    decision = decided(date(2025, 2, 1), store, engine)
    (brake,) = said(decision, "labels since")
    assert (brake.value, brake.threshold) == (200, 150)
    assert decision.retrain


def test_an_outage_that_was_resolved_in_the_period_before_holds_nothing_back(store, engine):
    out(store, since=date(2024, 4, 1), until=date(2024, 5, 1))
    assert said(decided(date(2024, 6, 1), store, engine), "labels since")
    record_incidents([], as_of=date(2024, 5, 1), store=store)
    assert not said(decided(date(2024, 6, 1), store, engine), "labels since")


def test_incidents_and_labels_of_later_periods_are_not_read(store, engine):
    before = decided(JULY, store, engine)
    out(store, since=JULY, until=JULY)
    trained(store, JULY)
    assert decided(JULY, store, engine) == before
    assert before.retrain


def test_the_cooldown_counts_from_the_last_training_that_happened(store, engine):
    trained(store, date(2024, 5, 1))
    decision = decided(JULY, store, engine)
    assert not decision.retrain
    (brake,) = said(decision, "cooldown")
    assert brake.value == 2


def test_a_training_that_was_decided_on_and_put_off_starts_no_cooldown(store, engine):
    trained(store, date(2024, 1, 1))
    put_off = RetrainDecision(date(2024, 6, 1), True, (), 1_200)
    record_decision(put_off, as_of=date(2024, 6, 1), store=store)
    decision = decided(JULY, store, engine)
    assert said(decision, "cooldown")[0].value == 6
    assert decision.retrain


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ({}, 75),
        ({"train": 0.5, "validation": 0.2, "test": 0.3}, 150),
        ({"by": "entity", "train": 0.6, "validation": 0.2, "test": 0.2}, 100),
        (
            {
                "train": ("2023-01-01", "2023-06-30"),
                "validation": ("2023-07-01", "2023-09-30"),
                "test": ("2023-10-01", "2023-12-31"),
            },
            40,
        ),
    ],
)
def test_half_of_the_test_rows_are_wanted_and_where_days_are_stated_as_many_as_for_any_training(
    split, expected
):
    assert labels_wanted(1_000, split=SplitPolicy(**split), least=40) == expected


def test_a_handful_of_labels_wants_one_of_them():
    assert labels_wanted(0, split=SplitPolicy(), least=40) == 1
