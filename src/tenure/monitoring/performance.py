"""How the scores of earlier periods did, now that more labels have matured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import norm

from tenure.bundle import Bundle
from tenure.domain.cuts import class_names
from tenure.domain.evaluations import Evaluation
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.tables import AS_OF, LABEL
from tenure.monitoring.drift import Ruler
from tenure.stats.evaluate import evaluate


def cohorts_of(scored: pa.Table) -> Iterator[tuple[date, int, pa.Table]]:
    """The scored rows that have a label, by the period and the version that scored them, in order."""
    parts = scored.group_by([AS_OF, "model_version"]).aggregate([]).to_pylist()
    for part in sorted(parts, key=lambda p: (p[AS_OF], p["model_version"])):
        cohort, version = part[AS_OF], part["model_version"]
        mine = pc.and_(pc.equal(scored[AS_OF], cohort), pc.equal(scored["model_version"], version))
        yield cohort, version, scored.filter(mine)


def outcomes_of_rows(rows: pa.Table, bundle: Bundle) -> npt.NDArray[np.object_]:
    """What came true, as the model that scored the rows would have it: a number is cut by its cuts."""
    return class_names(rows[LABEL], bundle.schema.cuts)


def evaluate_cohort(rows: pa.Table, bundle: Bundle, cohort: date) -> Evaluation:
    """The metrics of what was said then, against what came true since."""
    probabilities = np.array(rows["probabilities"].to_pylist(), dtype=np.float64)
    schema = bundle.schema
    return evaluate(
        probabilities, outcomes_of_rows(rows, bundle), schema.classes, schema.threshold, cohort.isoformat()
    )


def measure_calibration(rows: pa.Table, bundle: Bundle, cohort: date, ruler: Ruler) -> Iterator[Measurement]:
    """Of each watched class, how much more often it came true than the scores said.

    Calibration in the large: the observed share less the mean probability. Were the scores right, it
    would have the variance ``sum p (1 - p) / n**2``; an alert must be significant, too.
    """
    classes = bundle.schema.classes
    probabilities = np.array(rows["probabilities"].to_pylist(), dtype=np.float64)
    labels = outcomes_of_rows(rows, bundle)
    limit = ruler.policy.calibration_gap
    for name in classes[-1:] if len(classes) == 2 else classes:
        expected = probabilities[:, classes.index(name)]
        gap = float((labels == name).mean() - expected.mean())
        error = float(np.sqrt((expected * (1 - expected)).sum())) / expected.size
        alert = abs(gap) > limit and abs(gap) > norm.isf(ruler.policy.significance / 2) * error
        verdict = MeasurementVerdict.ALERT if alert else MeasurementVerdict.OK
        metric = "calibration_gap" if len(classes) == 2 else f"calibration_gap {name}"
        yield ruler.judged(Scope.PERFORMANCE, cohort.isoformat(), metric, gap, limit=limit, verdict=verdict)


def measure_cohort(found: Evaluation, reference: Mapping[str, Any], ruler: Ruler) -> Iterator[Measurement]:
    """Every metric of the cohort, and how far its accuracy is below that of the test rows.

    `reference` are the metrics of the test rows by name; a cohort too small says so.
    """
    few = found.n_rows < ruler.policy.min_rows
    for metric in found.metrics:
        verdict = MeasurementVerdict.NOT_ENOUGH_ROWS if few else MeasurementVerdict.NO_THRESHOLD
        yield Measurement(
            ruler.as_of,
            Scope.PERFORMANCE,
            found.rows,
            metric.name,
            metric.value,
            None,
            found.n_rows,
            verdict,
        )
    then = reference.get("accuracy")
    if then and "accuracy" in found.names:
        drop = (then - found.value("accuracy")) / then
        limit = ruler.policy.accuracy_drop
        verdict = MeasurementVerdict.ALERT if drop > limit else MeasurementVerdict.OK
        verdict = MeasurementVerdict.NOT_ENOUGH_ROWS if few else verdict
        yield Measurement(
            ruler.as_of, Scope.PERFORMANCE, found.rows, "accuracy_drop", drop, limit, found.n_rows, verdict
        )
