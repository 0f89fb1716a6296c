"""The product's own rules on the lender's months; prints what was told of, and when.

``product.py MONTHS SIZE ...``
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from monitoring.events import EVENTS, N_MONTHS, N_REPETITIONS, N_ROWS, WORLDS, Event, labelled, stationary
from monitoring.frames import (
    FEATURES,
    N_REFERENCES,
    NUMBERS,
    OUTCOME,
    SCORE,
    WORDS,
    Frame,
    checksum,
    reference,
    source_of,
)
from tenure.bundle import Bundle
from tenure.bundle.scaling import scaling_record
from tenure.domain.causes import Cause
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.monitoring.causes import find_causes
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler, measure_classes, measure_features, measure_scores
from tenure.monitoring.estimates import estimated, measure_surprises
from tenure.monitoring.performance import Cohort, evaluate_cohort, measure_calibration
from tenure.stats.profile import Profile, reference_profile
from tenure.stats.scaling import fit_scaling

CLASSES = ("0", "1")
THRESHOLD = 0.5
N_FINE = 5_000
"""Rows of a month in which a tenth of a standard deviation is asked for."""
AS_OF = date(2024, 7, 31)
KINDS = dict.fromkeys(NUMBERS, FeatureKind.NUMBER) | dict.fromkeys(WORDS, FeatureKind.CATEGORY)
COLUMNS = tuple(
    FeatureColumn(name, kind, source_of(name), (f"{source_of(name)}.{name}",)) for name, kind in KINDS.items()
)
TOLD = {MeasurementVerdict.ALERT, MeasurementVerdict.WARNING}


class Monitor:
    """The references, and what the product says of a month against one of them."""

    def __init__(self, policy: MonitorPolicy) -> None:
        self.policy = policy
        self.references = [_profile(reference(number)) for number in range(N_REFERENCES)]

    def measure(self, frame: Frame, number: int) -> tuple[list[Measurement], tuple[Cause, ...]]:
        """Every measurement of features, score and classes, and the causes that are named."""
        then = self.references[number % N_REFERENCES]
        now = then.empty_like().count(*_counted(frame))
        ruler = Ruler(AS_OF, now.n_rows, self.policy, frozenset(then.numbers))
        found = [
            *measure_features(then, now, ruler),
            *measure_scores(then, now, ruler),
            *measure_classes(then, now, ruler),
        ]
        return found, find_causes(found, COLUMNS, reference=then, current=now)


def _counted(frame: Frame) -> tuple[pa.Table, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Rows, probabilities and calls, as a profile counts them."""
    rows = pa.table({name: pa.array(frame[name], from_pandas=True) for name in FEATURES})
    calls = np.where(frame[SCORE] >= THRESHOLD, "1", "0").astype(object)
    return rows, np.column_stack([1 - frame[SCORE], frame[SCORE]]), calls


def _profile(frame: Frame) -> Profile:
    rows, probabilities, calls = _counted(frame)
    return reference_profile(
        rows,
        KINDS,
        classes=CLASSES,
        probabilities=probabilities,
        predicted=calls,
        importance=dict.fromkeys(KINDS, 1.0),
    )


def false_alarms(monitor: Monitor, n_rows: int, n_months: int) -> dict[str, Any]:
    """What is told of in months in which nothing happened."""
    started, told, n_features, n_alerts = time.perf_counter(), [], 0, 0
    for month in range(n_months):
        found = [m for m in monitor.measure(stationary(n_rows, month), month)[0] if m.verdict in TOLD]
        told.append(sorted({f"{m.scope.value} {m.feature} {m.metric}" for m in found}))
        n_features += len({m.feature for m in found if m.scope is Scope.FEATURE})
        n_alerts += any(m.verdict is MeasurementVerdict.ALERT for m in found)
    return {
        "n_rows": n_rows,
        "n_months": n_months,
        "n_features": n_features,
        "n_months_told": sum(map(bool, told)),
        "n_months_alert": n_alerts,
        "told": [each for month in told for each in month],
        "seconds": (time.perf_counter() - started) / n_months,
    }


def delays(monitor: Monitor, event: Event, n_rows: int = N_ROWS) -> list[dict[str, Any]]:
    """Of each repetition, after how many months it was found, as an alert or not, and under which causes."""
    return [_delay(monitor, event, repetition, n_rows) for repetition in range(N_REPETITIONS)]


def _delay(monitor: Monitor, event: Event, repetition: int, n_rows: int) -> dict[str, Any]:
    for month in range(N_MONTHS):
        found, causes = monitor.measure(event.month(repetition, month, n_rows), repetition)
        told = [
            m for m in found if m.scope is Scope.FEATURE and m.feature in event.features and m.verdict in TOLD
        ]
        if told:
            return {
                "delay": month,
                "alert": any(m.verdict is MeasurementVerdict.ALERT for m in told),
                "causes": [(cause.kind.value, cause.subject) for cause in causes],
                "score": any(m.scope is Scope.SCORE and m.verdict in TOLD for m in found),
            }
    return {"delay": None}


def estimates(monitor: Monitor, world: str) -> list[dict[str, Any]]:
    """Of each month, the estimate of the AUC, what came true, and what is told of once that is known."""
    bundles = [_bundle(reference(number)) for number in range(N_REFERENCES)]
    return [
        _estimate(monitor, labelled(world, month), bundles[month % N_REFERENCES])
        for month in range(2 * N_REPETITIONS)
    ]


def _estimate(monitor: Monitor, frame: Frame, bundle: Bundle) -> dict[str, Any]:
    _, probabilities, _ = _counted(frame)
    rows = pa.table({"probabilities": pa.array(list(probabilities)), "label": frame[OUTCOME].astype(str)})
    cohort = Cohort(AS_OF, 1, rows, rows.num_rows)
    truth, ruler = evaluate_cohort(cohort, bundle), Ruler(AS_OF, rows.num_rows, monitor.policy)
    surprises = [
        *measure_surprises(cohort, bundle, truth, ruler),
        *measure_calibration(cohort, bundle, ruler),
    ]
    promised = estimated(probabilities, bundle)["roc_auc"]
    return {
        "estimate": promised.estimate,
        "standard_error": promised.standard_error,
        "truth": truth.value("roc_auc"),
        "alerts": sorted({m.metric for m in surprises if m.verdict is MeasurementVerdict.ALERT}),
    }


def _bundle(frame: Frame) -> Bundle:
    """What of a bundle is asked for: classes, threshold, and the scaling that training fits."""
    scaling = fit_scaling(frame[OUTCOME], _counted(frame)[1])
    schema = SimpleNamespace(classes=CLASSES, threshold=THRESHOLD, positive_class="1", cuts=None)
    return cast(Bundle, SimpleNamespace(schema=schema, metrics={"scaling": scaling_record(scaling)}))


def main(n_months: int, sizes: Sequence[int]) -> Mapping[str, Any]:
    """All of it."""
    monitor, fine = Monitor(MonitorPolicy()), Monitor(MonitorPolicy(mean_shift=0.05))
    return {
        "checksum": checksum(stationary(N_ROWS, 0)),
        "false_alarms": [false_alarms(monitor, n_rows, n_months) for n_rows in sizes],
        "fine_false_alarms": [false_alarms(fine, N_FINE, n_months)],
        "events": {name: delays(monitor, event) for name, event in EVENTS.items()},
        "fine": {name: delays(fine, EVENTS[name], N_FINE) for name in EVENTS if name.endswith(" 0.1")},
        "estimates": {world: estimates(monitor, world) for world in WORLDS},
    }


if __name__ == "__main__":
    n_months_asked, *sizes_asked = map(int, sys.argv[1:])
    json.dump(main(n_months_asked, sizes_asked), sys.stdout)
