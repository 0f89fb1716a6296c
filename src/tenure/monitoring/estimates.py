"""How well the scores of the period will turn out to do, before there are labels; and how right that was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import numpy.typing as npt

from tenure.bundle import Bundle
from tenure.bundle.scaling import scaling_of
from tenure.domain.evaluations import Evaluation
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.monitoring.drift import Ruler
from tenure.monitoring.performance import Cohort
from tenure.stats.estimation import compare_with_truth, estimate_metrics
from tenure.stats.interval import Interval

JUDGED = frozenset({"roc_auc", "accuracy"})
"""Metrics whose estimate is held against the truth by a limit."""


def estimated(probabilities: npt.NDArray[np.float64], bundle: Bundle) -> Mapping[str, Interval]:
    """What each metric of the rows will be, if the scores mean what they meant on held-out rows.

    The ranking and the calls are the model's own. How likely each class is comes from its probabilities as
    the bundle's scaling corrects them: a model may be too sure and rank well.
    """
    threshold = bundle.schema.threshold
    called = probabilities.argmax(axis=1) if threshold is None else probabilities[:, -1] >= threshold
    scaling = scaling_of(bundle.metrics, n_classes=probabilities.shape[1])
    return estimate_metrics(scaling.apply(probabilities), called.astype(np.int64), said=probabilities)


def measure_estimates(
    probabilities: npt.NDArray[np.float64], bundle: Bundle, cohort: date, ruler: Ruler
) -> Iterator[Measurement]:
    """The estimate of each metric of a cohort that has no labels yet, with its interval."""
    for metric, found in estimated(probabilities, bundle).items():
        values = {metric: found.estimate, f"{metric}_low": found.low, f"{metric}_high": found.high}
        for name, value in values.items():
            yield ruler.plain(Scope.ESTIMATE, cohort.isoformat(), name, value)


def measure_surprises(
    cohort: Cohort, bundle: Bundle, truth: Evaluation, ruler: Ruler
) -> Iterator[Measurement]:
    """How far what came true is from the estimate of the same rows: truth less estimate.

    An alert is an error beyond `monitor.estimate_error` that chance does not explain: the scores no longer
    mean what they say, and no estimate rests on anything until a new model is in office.
    """
    limit = ruler.policy.estimate_error
    for metric, found in estimated(cohort.probabilities, bundle).items():
        if metric not in truth.names:
            continue
        surprise = compare_with_truth(found, truth.value(metric))
        name = f"{metric}_error"
        if metric not in JUDGED:
            yield ruler.plain(Scope.ESTIMATE, cohort.name, name, surprise.error)
            continue
        alert = abs(surprise.error) > limit and surprise.p_value < ruler.policy.significance
        verdict = MeasurementVerdict.ALERT if alert else MeasurementVerdict.OK
        yield ruler.judged(Scope.ESTIMATE, cohort.name, name, surprise.error, limit=limit, verdict=verdict)
