"""How the scores of earlier periods did, now that more labels have matured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tenure.bundle import Bundle
from tenure.domain.costs import CostPolicy
from tenure.domain.cuts import class_names
from tenure.domain.evaluations import Evaluation
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.periods import PeriodUnit, periods_between
from tenure.domain.tables import AS_OF, LABEL
from tenure.monitoring.drift import Ruler
from tenure.stats.calibration import calibration_curve
from tenure.stats.evaluate import evaluate
from tenure.stats.ordering import group_by_score
from tenure.stats.proportion import compare_proportions
from tenure.stats.tails import normal_quantile

MIN_ROWS_PER_GROUP = 10
"""Fewer rows to a tenth of the scores, and their order is chance."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Events that one version scored in one period, with the labels known of them so far."""

    as_of: date
    """The period that scored them."""
    version: int
    rows: pa.Table
    """Those with a label: ``probabilities`` and ``label``."""
    n_scored: int
    """With and without a label."""

    @property
    def name(self) -> str:
        """What measurements call it."""
        return self.as_of.isoformat()

    @property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """Shape (n_rows, n_classes)."""
        return probabilities_of(self.rows)


def probabilities_of(rows: pa.Table) -> npt.NDArray[np.float64]:
    """The probabilities of scored rows: shape (n_rows, n_classes)."""
    column = rows["probabilities"].combine_chunks()
    flat: npt.NDArray[np.float64] = column.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
    return flat.reshape(rows.num_rows, -1)


def cohorts_of(labelled: pa.Table, n_scored: Mapping[tuple[date, int], int]) -> Iterator[Cohort]:
    """The cohorts among scored rows that have a label, in order.

    Parameters
    ----------
    labelled
        Scored rows with their labels.
    n_scored
        Rows scored, labelled or not, by period and version.
    """
    parts = labelled.group_by([AS_OF, "model_version"]).aggregate([]).to_pylist()
    for part in sorted(parts, key=lambda p: (p[AS_OF], p["model_version"])):
        as_of, version = part[AS_OF], part["model_version"]
        mine = pc.and_(pc.equal(labelled[AS_OF], as_of), pc.equal(labelled["model_version"], version))
        rows = labelled.filter(mine)
        yield Cohort(as_of, version, rows, n_scored.get((as_of, version), rows.num_rows))


def outcomes_of_rows(rows: pa.Table, bundle: Bundle) -> npt.NDArray[np.object_]:
    """What came true, as the model that scored the rows would have it: a number is cut by its cuts."""
    return class_names(rows[LABEL], bundle.schema.cuts)


def evaluate_cohort(cohort: Cohort, bundle: Bundle) -> Evaluation:
    """The metrics of what was said then, against what came true since."""
    schema = bundle.schema
    outcomes = outcomes_of_rows(cohort.rows, bundle)
    return evaluate(cohort.probabilities, outcomes, schema.classes, schema.threshold, cohort.name)


def measure_maturity(cohort: Cohort, ruler: Ruler, *, unit: PeriodUnit) -> Iterator[Measurement]:
    """How old the cohort is, in periods, and how much of it has a label."""
    age = periods_between(cohort.as_of, ruler.as_of, unit)
    yield ruler.plain(Scope.PERFORMANCE, cohort.name, "periods_since", float(age))
    share = cohort.rows.num_rows / cohort.n_scored if cohort.n_scored else math.nan
    yield ruler.plain(Scope.PERFORMANCE, cohort.name, "matured_share", share)


def measure_cohort(found: Evaluation, reference: Mapping[str, Any], ruler: Ruler) -> Iterator[Measurement]:
    """Every metric of the cohort with its interval, and how far its accuracy is below that of the test rows.

    Parameters
    ----------
    found
        Of `evaluate_cohort`.
    reference
        The bundle's ``metrics.json``; only its test rows are looked at.
    ruler
        Limits. A cohort too small says so.
    """
    few = found.n_rows < ruler.policy.min_rows
    for metric in found.metrics:
        verdict = MeasurementVerdict.NOT_ENOUGH_ROWS if few else MeasurementVerdict.NO_THRESHOLD
        bounds = {f"{metric.name}_low": metric.low, f"{metric.name}_high": metric.high}
        for name, value in {metric.name: metric.value, **bounds}.items():
            if value is not None:
                yield Measurement(
                    ruler.as_of, Scope.PERFORMANCE, found.rows, name, value, None, found.n_rows, verdict
                )
    yield from _accuracy_drop(found, reference, ruler)


def measure_calibration(cohort: Cohort, bundle: Bundle, ruler: Ruler) -> Iterator[Measurement]:
    """Of each watched class, its share, how far the scores were from it, and whether their order held.

    ``calibration_gap`` is calibration in the large: the observed share less the mean probability. Were the
    scores right, it would have the variance ``sum p (1 - p) / n**2``; an alert must be significant, too.
    """
    classes = bundle.schema.classes
    probabilities, labels = cohort.probabilities, outcomes_of_rows(cohort.rows, bundle)
    for name in classes[-1:] if len(classes) == 2 else classes:
        score, came_true = probabilities[:, classes.index(name)], labels == name
        of_class = "" if len(classes) == 2 else f" {name}"
        yield _calibration_gap(cohort, score, came_true, f"calibration_gap{of_class}", ruler)
        described = {
            "observed_share": float(came_true.mean()),
            "calibration_error": calibration_curve(came_true, score).error,
            "rank_stability": _rank_stability(came_true, score),
        }
        for metric, value in described.items():
            yield ruler.plain(Scope.PERFORMANCE, cohort.name, f"{metric}{of_class}", value)


def measure_value(
    cohort: Cohort, bundle: Bundle, costs: CostPolicy | None, ruler: Ruler
) -> Iterator[Measurement]:
    """What the model's calls cost per row, and what they save against the better of calling all or none.

    Nothing without a cost table, or for more than two classes.
    """
    threshold = bundle.schema.threshold
    if costs is None or threshold is None:
        return
    positive = outcomes_of_rows(cohort.rows, bundle) == bundle.schema.positive_class
    called = cohort.probabilities[:, -1] >= threshold
    cost = mean_cost(positive, called, costs)
    all_alike = [mean_cost(positive, np.full(positive.size, each), costs) for each in (False, True)]
    yield ruler.plain(Scope.PERFORMANCE, cohort.name, "cost_per_row", cost)
    yield ruler.plain(Scope.PERFORMANCE, cohort.name, "benefit_per_row", min(all_alike) - cost)


def mean_cost(positive: npt.NDArray[np.bool_], called: npt.NDArray[np.bool_], costs: CostPolicy) -> float:
    """The mean cost of the calls, by what the rows were.

    Examples
    --------
    >>> costs = CostPolicy(false_positive=50, false_negative=4000)
    >>> mean_cost(np.array([True, False]), np.array([False, True]), costs)
    2025.0
    """
    of_positive = np.where(called, costs.true_positive, costs.false_negative)
    of_negative = np.where(called, costs.false_positive, costs.true_negative)
    return float(np.where(positive, of_positive, of_negative).mean())


def _accuracy_drop(found: Evaluation, reference: Mapping[str, Any], ruler: Ruler) -> Iterator[Measurement]:
    then = reference.get("test", {}).get("accuracy")
    if not then or "accuracy" not in found.names:
        return
    n_then = int(reference.get("rows", {}).get("test", {}).get("n_rows", 0))
    now = found.value("accuracy")
    test = compare_proportions(then * n_then, n_then, now * found.n_rows, found.n_rows)
    drop, limit = (then - now) / then, ruler.policy.accuracy_drop
    alert = drop > limit and test.p_value < ruler.policy.significance
    verdict = MeasurementVerdict.ALERT if alert else MeasurementVerdict.OK
    yield ruler.judged(Scope.PERFORMANCE, found.rows, "accuracy_drop", drop, limit=limit, verdict=verdict)


def _calibration_gap(
    cohort: Cohort,
    score: npt.NDArray[np.float64],
    came_true: npt.NDArray[np.bool_],
    metric: str,
    ruler: Ruler,
) -> Measurement:
    limit = ruler.policy.calibration_gap
    gap = float(came_true.mean() - score.mean())
    error = float(np.sqrt((score * (1 - score)).sum())) / score.size
    alert = abs(gap) > limit and abs(gap) > normal_quantile(1 - ruler.policy.significance / 2) * error
    verdict = MeasurementVerdict.ALERT if alert else MeasurementVerdict.OK
    return ruler.judged(Scope.PERFORMANCE, cohort.name, metric, gap, limit=limit, verdict=verdict)


def _rank_stability(came_true: npt.NDArray[np.bool_], score: npt.NDArray[np.float64]) -> float | None:
    n_groups = min(10, score.size // MIN_ROWS_PER_GROUP)
    return group_by_score(came_true, score, n_groups=n_groups).stability if n_groups > 1 else None
