"""The page on the gold tables says what their schemas say."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain import tables
from tenure.domain.costs import CostPolicy
from tenure.domain.decisions import DecisionKind
from tenure.domain.features import FeatureKind
from tenure.domain.findings import Outcome, Severity
from tenure.domain.incidents import IncidentKind, IncidentSeverity, IncidentState, Telling
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.models import ModelVersion
from tenure.domain.periods import PeriodUnit
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler, measure_classes, measure_features, measure_scores
from tenure.monitoring.effects import compare_sensitivity, measure_deciles, measure_weight
from tenure.monitoring.estimates import measure_estimates, measure_surprises
from tenure.monitoring.performance import (
    Cohort,
    measure_calibration,
    measure_cohort,
    measure_maturity,
    measure_value,
)
from tenure.prediction.rows import prediction_rows
from tenure.running import ledger, notifying, records
from tenure.stats.evaluate import METRICS, evaluate
from tenure.stats.profile import reference_profile

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "gold-tables.md").read_text(encoding="utf-8")
TYPES = {
    "string": pa.string(),
    "double": pa.float64(),
    "int64": pa.int64(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "list of string": pa.list_(pa.string()),
    "list of double": pa.list_(pa.float64()),
}


def section(table: str) -> str:
    return re.split(r"^## ", PAGE.partition(f"\n## {table}\n")[2], flags=re.MULTILINE)[0]


def documented(table: str) -> dict[str, str]:
    """Type by column, of the columns that have one name."""
    head = section(table).partition("| scope | metric |")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", head, flags=re.MULTILINE))


def schema_of(table: str) -> pa.Schema:
    return {
        tables.MONITORING: records._MEASUREMENT_SCHEMA,
        tables.FINDINGS: records._FINDING_SCHEMA,
        tables.DECISIONS: records._DECISION_SCHEMA,
        tables.INCIDENTS: records._INCIDENT_SCHEMA,
        tables.NOTIFICATIONS: notifying._SCHEMA,
        tables.RUNS: ledger._SCHEMA,
    }[table]


@pytest.mark.parametrize(
    "table",
    [
        *(tables.MONITORING, tables.FINDINGS, tables.DECISIONS),
        *(tables.INCIDENTS, tables.NOTIFICATIONS, tables.RUNS),
    ],
)
def test_columns_and_types_are_those_of_the_schema(table):
    told = {name: TYPES[kind] for name, kind in documented(table).items()}
    assert told == {field.name: field.type for field in schema_of(table)} | {tables.AS_OF: pa.date32()}


def test_every_gold_table_has_its_section():
    named = {value for value in vars(tables).values() if isinstance(value, str) and value.startswith("gold/")}
    assert set(re.findall(r"^## (gold/\w+)$", PAGE, flags=re.MULTILINE)) == named


def test_predictions_have_the_columns_that_prediction_writes():
    bundle = SimpleNamespace(
        score=lambda rows: np.full((rows.num_rows, 2), 0.5),
        classify=lambda scores: np.array(["no"] * len(scores), dtype=object),
        schema=SimpleNamespace(threshold=0.5),
    )
    rows = pa.table({"key": ["a"], "event_time": pa.array([0], pa.timestamp("us"))})
    champion = ModelVersion("m", 1, "0" * 64, date(2024, 1, 31))
    written = prediction_rows(rows, bundle, keys=["key"], champion=champion).schema
    told = {name: TYPES[kind] for name, kind in documented(tables.PREDICTIONS).items()}
    expected = {field.name: field.type for field in written if field.name != "key"} | {"as_of": pa.date32()}
    assert told == expected


@pytest.mark.parametrize("table", [tables.FEATURES, tables.LABELS])
def test_features_and_labels_name_the_columns_that_all_of_them_have(table):
    told = documented(table)
    assert {tables.EVENT_TIME, tables.KNOWN_AT, tables.AS_OF} <= set(told)
    assert (tables.LABEL in told) == (table == tables.LABELS)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (tables.MONITORING, [*Scope, *MeasurementVerdict]),
        (tables.FINDINGS, [*Severity, *Outcome]),
        (tables.DECISIONS, [*DecisionKind]),
        (tables.INCIDENTS, [*IncidentKind, *IncidentSeverity, *IncidentState, *Telling]),
        (tables.NOTIFICATIONS, [*notifying.Delivery]),
    ],
)
def test_every_value_that_a_column_may_have_is_named(table, values):
    text = section(table)
    assert [value.value for value in values if f"`{value.value}`" not in text] == []


def test_every_metric_that_is_measured_is_named_under_its_scope_and_no_other():
    table = section(tables.MONITORING).partition("| scope | metric |")[2]
    told: set[tuple[str, str]] = set()
    for scopes, metrics in re.findall(r"^\| ([a-z, ]+) \| (`[^|]+`) \|", table, flags=re.MULTILINE):
        told |= {
            (scope, metric)
            for scope in scopes.split(", ")
            for metric in re.findall(r"`(\w+)(?: <\w+>)?`", metrics)
        }
    counts = {("population", "n_rows"), ("population", "n_matured")}
    made = {(m.scope.value, m.metric.split(" ")[0]) for m in _everything_measured()} | counts
    assert made == told


def _everything_measured():
    rng = np.random.default_rng(1)
    rows = pa.table({"income": rng.normal(0, 1, 400), "job": rng.choice(["a", "b"], 400)})
    positive = rng.random(400)
    both = np.column_stack([1 - positive, positive])
    called = np.where(positive > 0.5, "1", "0")
    then = reference_profile(
        rows,
        {"income": FeatureKind.NUMBER, "job": FeatureKind.CATEGORY},
        classes=("0", "1"),
        probabilities=both,
        predicted=called,
        importance={"income": 1.0, "job": 1.0},
    )
    now = then.empty_like().count(rows, both, called)
    ruler = Ruler(date(2024, 1, 31), now.n_rows, MonitorPolicy(), frozenset(then.numbers))
    found = evaluate(both, called.tolist(), ("0", "1"), 0.5, "2024-01-31")
    assert set(found.names) == set(METRICS)
    yield from measure_features(then, now, ruler)
    yield from measure_scores(then, now, ruler)
    yield from measure_classes(then, now, ruler)
    yield from measure_weight(then, now, ruler)
    yield from measure_deciles(then, now, ruler)
    yield from compare_sensitivity({"a": 3, "b": 2, "c": 1}, {"a": 3, "b": 2, "c": 1}, ruler)
    yield from measure_cohort(found, {"test": {"accuracy": 0.9}}, ruler)
    scored = pa.table({"probabilities": both.tolist(), "label": called.tolist()})
    cohort = Cohort(date(2024, 1, 31), 1, scored, scored.num_rows)
    schema = SimpleNamespace(classes=("0", "1"), cuts=None, threshold=0.5, positive_class="1")
    bundle = SimpleNamespace(schema=schema, metrics={})
    yield from measure_maturity(cohort, ruler, unit=PeriodUnit.MONTH)
    yield from measure_calibration(cohort, bundle, ruler)
    yield from measure_value(cohort, bundle, CostPolicy(false_positive=1, false_negative=2), ruler)
    yield from measure_estimates(both, bundle, cohort.as_of, ruler)
    yield from measure_surprises(cohort, bundle, found, ruler)
    yield ruler.plain(Scope.RULE, "average", "value", 1.0)
