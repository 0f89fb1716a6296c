"""The shell: a period's features and scores, and the labels that matured in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa

from tenure.bundle import Bundle, load_bundle
from tenure.domain.arms import Origin
from tenure.domain.artefacts import Gold, Monitoring, Predictions
from tenure.domain.measurements import Measurement, Scope
from tenure.domain.tables import AS_OF, EVENT_TIME, FEATURES, LABEL, LABELS, ORIGIN, PREDICTIONS
from tenure.monitoring.alerts import findings_of
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler, measure_classes, measure_features, measure_scores
from tenure.monitoring.performance import cohorts_of, evaluate_cohort, measure_calibration, measure_cohort
from tenure.ports import Engine, ModelRegistry, TableStore
from tenure.stats.profile import Profile


def monitor(
    gold: Gold,
    predictions: Predictions,
    *,
    monitor: MonitorPolicy,
    registry: ModelRegistry,
    store: TableStore,
    engine: Engine,
) -> Monitoring:
    """Every measurement of the period, against the champion's reference profile.

    With nobody in office there is nothing to compare with: only counts are measured.
    """
    as_of = gold.period.as_of
    measured = list(_population(gold, monitor))
    if predictions.champion is not None:
        bundle = load_bundle(registry.bundle(predictions.champion.version))
        measured += _drift(gold, bundle, monitor, store, engine)
    measured += _performance(gold, monitor, registry, store, engine)
    n_matured = _count_labels(as_of, store, engine)
    return Monitoring(gold.period, tuple(measured), tuple(findings_of(measured)), n_matured)


def _population(gold: Gold, policy: MonitorPolicy) -> Iterator[Measurement]:
    ruler = Ruler(gold.period.as_of, gold.features.n_rows, policy)
    yield ruler.plain(Scope.POPULATION, "features", "n_rows", gold.features.n_rows)
    yield ruler.plain(Scope.POPULATION, "labels", "n_matured", gold.labels.n_rows)


def _drift(
    gold: Gold, bundle: Bundle, policy: MonitorPolicy, store: TableStore, engine: Engine
) -> list[Measurement]:
    reference = Profile.from_json(bundle.profile, classes=bundle.schema.classes)
    current = reference.empty_like()
    for rows in _features_of(gold, store, engine):
        probabilities = bundle.score(rows)
        current = current.count(rows, probabilities, bundle.classify(probabilities))
    ruler = Ruler(gold.period.as_of, current.n_rows, policy, ordered=frozenset(reference.numbers))
    if not current.n_rows:
        return []
    return [
        *measure_features(reference, current, ruler),
        *measure_scores(reference, current, ruler),
        *measure_classes(reference, current, ruler),
    ]


def _features_of(gold: Gold, store: TableStore, engine: Engine) -> Iterator[pa.Table]:
    """The period's feature rows, batch by batch."""
    as_of = gold.period.as_of
    rows = engine.scan(store.snapshot(FEATURES, after=as_of - timedelta(days=1), until=as_of))
    for batch in engine.batches(rows.order_by([EVENT_TIME, *gold.keys])):
        yield pa.Table.from_batches([batch])


def _performance(
    gold: Gold, policy: MonitorPolicy, registry: ModelRegistry, store: TableStore, engine: Engine
) -> Iterator[Measurement]:
    """The cohorts of which labels matured in this period, on all of their labels so far."""
    as_of = gold.period.as_of
    if not gold.labels.n_rows or not store.exists(PREDICTIONS):
        return
    scored = engine.arrow(_scored_rows(gold, store, engine))
    bundles: dict[int, Bundle] = {}
    for cohort, version, rows in cohorts_of(scored):
        bundle = bundles.setdefault(version, load_bundle(registry.bundle(version)))
        ruler = Ruler(as_of, rows.num_rows, policy)
        found = evaluate_cohort(rows, bundle, cohort)
        yield from measure_cohort(found, bundle.metrics.get("test", {}), ruler)
        yield from measure_calibration(rows, bundle, cohort, ruler)


def _scored_rows(gold: Gold, store: TableStore, engine: Engine) -> ibis.Table:
    """Scored rows with their labels, of those cohorts that got a label in this period.

    What was served is no part of it: the cohorts are those of the population.
    """
    as_of = gold.period.as_of
    predicted = engine.scan(store.snapshot(PREDICTIONS, until=as_of))
    predicted = predicted.filter(predicted[ORIGIN] == Origin.BATCH.value)
    labels = engine.scan(store.snapshot(LABELS, until=as_of))
    known = labels.select(*gold.keys, EVENT_TIME, LABEL, matured=labels[AS_OF])
    joined = predicted.join(known, [*gold.keys, EVENT_TIME], how="inner")
    fresh = joined.filter(joined["matured"] == ibis.literal(as_of)).select(AS_OF).distinct()
    wanted = joined.semi_join(fresh, AS_OF)
    return wanted.order_by([AS_OF, EVENT_TIME, *gold.keys])


def _count_labels(as_of: date, store: TableStore, engine: Engine) -> int:
    if not store.exists(LABELS):
        return 0
    counted = engine.arrow(engine.scan(store.snapshot(LABELS, until=as_of)).aggregate(n=ibis._.count()))
    return int(np.asarray(counted["n"])[0])
