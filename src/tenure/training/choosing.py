"""Validation rows → the threshold, and the score a trial is compared by. Test rows never come here."""

from __future__ import annotations

from dataclasses import replace

from tenure.domain.evaluations import Direction
from tenure.stats.evaluate import METRICS, Outcomes, measure
from tenure.stats.threshold import (
    CostTable,
    Cut,
    ThresholdCurve,
    maximise,
    minimise_cost,
    reach_recall,
    threshold_curve,
)
from tenure.training.config import Objective, ThresholdPolicy, TuningMetric


def choose_threshold(outcomes: Outcomes, policy: ThresholdPolicy) -> float | None:
    """The least probability of the positive class that counts as positive; None for three classes or more.

    Parameters
    ----------
    outcomes
        Of validation rows, both classes among them.
    policy
        What the threshold is to achieve.
    """
    if outcomes.n_classes > 2:
        return None
    curve = threshold_curve(outcomes.codes, outcomes.probabilities[:, 1])
    return _best_cut(curve, policy).threshold


def validation_score(outcomes: Outcomes, metric: TuningMetric, policy: ThresholdPolicy) -> float:
    """The metric on validation rows, oriented so that higher is better.

    At the threshold that `policy` chooses on the same rows: what the model would be judged with.
    """
    threshold = choose_threshold(outcomes, policy)
    at_threshold = outcomes if threshold is None else replace(outcomes, threshold=threshold)
    value = measure(metric, at_threshold)
    return value if METRICS[metric].direction is Direction.HIGHER else -value


def _best_cut(curve: ThresholdCurve, policy: ThresholdPolicy) -> Cut:
    if policy.min_recall is not None:
        return reach_recall(curve, min_recall=policy.min_recall)
    if policy.cost is not None:
        return minimise_cost(curve, CostTable(**policy.cost.model_dump()))
    by_objective = {
        Objective.F1: curve.f1,
        Objective.ACCURACY: curve.accuracy,
        Objective.YOUDEN: curve.youden,
    }
    return maximise(curve, by_objective[policy.maximise or Objective.F1])
