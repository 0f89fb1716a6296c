"""The shell: a period's features and scores, and the labels that matured in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from tenure.bundle import Bundle, load_bundle
from tenure.bundle.encoding import Matrix
from tenure.bundle.sensitivity import N_ROWS, measure_sensitivity
from tenure.domain.arms import Origin
from tenure.domain.artefacts import Gold, Monitoring, Predictions
from tenure.domain.causes import Cause
from tenure.domain.costs import CostPolicy
from tenure.domain.findings import Outcome
from tenure.domain.measurements import Measurement, Scope
from tenure.domain.periods import PeriodUnit
from tenure.domain.tables import (
    AS_OF,
    EVENT_TIME,
    FEATURES,
    FINDINGS,
    LABEL,
    LABELS,
    ORIGIN,
    PREDICTIONS,
)
from tenure.monitoring.alerts import findings_of
from tenure.monitoring.causes import find_causes, findings_of_causes
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.counting import count_features
from tenure.monitoring.drift import Ruler, measure_classes, measure_features, measure_scores
from tenure.monitoring.effects import compare_sensitivity, measure_deciles, measure_weight
from tenure.monitoring.estimates import measure_estimates, measure_surprises
from tenure.monitoring.performance import (
    Cohort,
    cohorts_of,
    evaluate_cohort,
    measure_calibration,
    measure_cohort,
    measure_maturity,
    measure_value,
    probabilities_of,
)
from tenure.monitoring.rules import findings_of_rules, measure_rules
from tenure.ports import Engine, ModelRegistry, TableStore
from tenure.stats.profile import Profile

SILENT = "ING001"
"""The finding of a source of which no row became known."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the champion saw of the period: measurements of drift, and what explains them."""

    measurements: tuple[Measurement, ...] = ()
    causes: tuple[Cause, ...] = ()


def monitor(
    gold: Gold,
    predictions: Predictions,
    *,
    monitor: MonitorPolicy,
    costs: CostPolicy | None,
    unit: PeriodUnit,
    registry: ModelRegistry,
    store: TableStore,
    engine: Engine,
) -> Monitoring:
    """Every measurement of the period, against the champion's reference profile.

    With nobody in office there is nothing to compare with: only counts, rules and cohorts are measured.
    """
    as_of = gold.period.as_of
    measured, seen = list(_population(gold, monitor)), _Seen()
    if predictions.champion is not None:
        bundle = load_bundle(registry.bundle(predictions.champion.version))
        seen = _drift(gold, bundle, monitor, store, engine)
        measured += seen.measurements
        measured += _estimates(as_of, bundle, monitor, store, engine)
    for cohort, judge in _matured(gold, registry, store, engine):
        measured += _performance(cohort, judge, Ruler(as_of, cohort.rows.num_rows, monitor), unit, costs)
    measured += measure_rules(monitor.rules, as_of, min_rows=monitor.min_rows, store=store, engine=engine)
    findings = (
        *findings_of_causes(seen.causes),
        *findings_of(measured),
        *findings_of_rules(monitor.rules, measured),
    )
    n_matured = _count_labels(as_of, store, engine)
    return Monitoring(gold.period, tuple(measured), findings, n_matured, seen.causes)


def _population(gold: Gold, policy: MonitorPolicy) -> Iterator[Measurement]:
    ruler = Ruler(gold.period.as_of, gold.features.n_rows, policy)
    yield ruler.plain(Scope.POPULATION, "features", "n_rows", gold.features.n_rows)
    yield ruler.plain(Scope.POPULATION, "labels", "n_matured", gold.labels.n_rows)


def _drift(gold: Gold, bundle: Bundle, policy: MonitorPolicy, store: TableStore, engine: Engine) -> _Seen:
    reference = Profile.from_json(bundle.profile, classes=bundle.schema.classes)
    rows = _features_of(gold, store, engine)
    features = count_features(rows, reference, engine=engine)
    if not features.n_rows:
        return _Seen()
    scored, sample = _count_scores(rows, gold, bundle, reference, engine)
    current = scored.with_features(features)
    ruler = Ruler(gold.period.as_of, current.n_rows, policy, ordered=frozenset(reference.numbers))
    specs, names = bundle.schema.features, list(reference.sensitivity)
    measured = (
        *measure_features(reference, current, ruler),
        *measure_weight(reference, current, ruler),
        *measure_scores(reference, current, ruler),
        *measure_classes(reference, current, ruler),
        *measure_deciles(reference, current, ruler),
        *compare_sensitivity(
            reference.sensitivity, measure_sensitivity(bundle.score_matrix, sample, specs, names), ruler
        ),
    )
    silent = _silent_sources(gold.period.as_of, store)
    causes = find_causes(measured, gold.columns, reference=reference, current=current, silent=silent)
    return _Seen(measured, causes)


def _silent_sources(as_of: date, store: TableStore) -> frozenset[str]:
    """The sources of which ingestion found no row in the period."""
    rows = store.read(
        FINDINGS, columns=["code", "outcome", "scope", AS_OF], after=as_of - timedelta(days=1), until=as_of
    ).to_pylist()
    found = [row for row in rows if row["code"] == SILENT and row["outcome"] == Outcome.FOUND.value]
    return frozenset(row["scope"] for row in found)


def _features_of(gold: Gold, store: TableStore, engine: Engine) -> ir.Table:
    """The period's feature rows."""
    as_of = gold.period.as_of
    return engine.scan(store.snapshot(FEATURES, after=as_of - timedelta(days=1), until=as_of))


def _count_scores(
    rows: ir.Table, gold: Gold, bundle: Bundle, reference: Profile, engine: Engine
) -> tuple[Profile, Matrix]:
    """What the champion says of the period, counted batch by batch; and some rows as it takes them."""
    counted = reference.scores_only()
    step = max(-(-gold.features.n_rows // N_ROWS), 1)
    sample = []
    for batch in engine.batches(rows.order_by([EVENT_TIME, *gold.keys])):
        part = pa.Table.from_batches([batch])
        matrix = bundle.encode(part)
        sample.append(matrix[-counted.n_rows % step :: step])
        probabilities = bundle.score_matrix(matrix)
        counted = counted.count(part, probabilities, bundle.classify(probabilities))
    return counted, np.concatenate(sample)


def _estimates(
    as_of: date, bundle: Bundle, policy: MonitorPolicy, store: TableStore, engine: Engine
) -> Iterator[Measurement]:
    """What the scores of the period promise of themselves."""
    if not store.exists(PREDICTIONS):
        return
    scored = _scored(store, engine, after=as_of - timedelta(days=1), until=as_of)
    rows = engine.arrow(scored.order_by(EVENT_TIME).select("probabilities"))
    if rows.num_rows:
        ruler = Ruler(as_of, rows.num_rows, policy)
        yield from measure_estimates(probabilities_of(rows), bundle, as_of, ruler)


def _matured(
    gold: Gold, registry: ModelRegistry, store: TableStore, engine: Engine
) -> Iterator[tuple[Cohort, Bundle]]:
    """The cohorts of which labels matured in this period, on all labels so far; and who scored them."""
    if not gold.labels.n_rows or not store.exists(PREDICTIONS):
        return
    labelled = engine.arrow(_labelled_rows(gold, store, engine))
    counted = _count_scored(gold.period.as_of, store, engine)
    bundles: dict[int, Bundle] = {}
    for cohort in cohorts_of(labelled, counted):
        if cohort.version not in bundles:
            bundles[cohort.version] = load_bundle(registry.bundle(cohort.version))
        yield cohort, bundles[cohort.version]


def _performance(
    cohort: Cohort, bundle: Bundle, ruler: Ruler, unit: PeriodUnit, costs: CostPolicy | None
) -> Iterator[Measurement]:
    found = evaluate_cohort(cohort, bundle)
    yield from measure_maturity(cohort, ruler, unit=unit)
    yield from measure_cohort(found, bundle.metrics, ruler)
    yield from measure_calibration(cohort, bundle, ruler)
    yield from measure_value(cohort, bundle, costs, ruler)
    yield from measure_surprises(cohort, bundle, found, ruler)


def _labelled_rows(gold: Gold, store: TableStore, engine: Engine) -> ibis.Table:
    """Scored rows with their labels, of those cohorts that got a label in this period."""
    as_of = gold.period.as_of
    predicted = _scored(store, engine, until=as_of)
    labels = engine.scan(store.snapshot(LABELS, until=as_of))
    known = labels.select(*gold.keys, EVENT_TIME, LABEL, matured=labels[AS_OF])
    joined = predicted.join(known, [*gold.keys, EVENT_TIME], how="inner")
    fresh = joined.filter(joined["matured"] == ibis.literal(as_of)).select(AS_OF).distinct()
    wanted = joined.semi_join(fresh, AS_OF)
    return wanted.order_by([AS_OF, EVENT_TIME, *gold.keys])


def _scored(store: TableStore, engine: Engine, *, until: date, after: date | None = None) -> ibis.Table:
    """What the loop scored. What was served is no part of it: the cohorts are those of the population."""
    predicted = engine.scan(store.snapshot(PREDICTIONS, after=after, until=until))
    return predicted.filter(predicted[ORIGIN] == Origin.BATCH.value)


def _count_scored(as_of: date, store: TableStore, engine: Engine) -> Mapping[tuple[date, int], int]:
    """Rows scored by period and version."""
    scored = _scored(store, engine, until=as_of)
    counted = engine.arrow(scored.group_by([AS_OF, "model_version"]).aggregate(n=ibis._.count()))
    return {(row[AS_OF], row["model_version"]): row["n"] for row in counted.to_pylist()}


def _count_labels(as_of: date, store: TableStore, engine: Engine) -> int:
    if not store.exists(LABELS):
        return 0
    counted = engine.arrow(engine.scan(store.snapshot(LABELS, until=as_of)).aggregate(n=ibis._.count()))
    return int(np.asarray(counted["n"])[0])
