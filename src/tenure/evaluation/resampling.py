"""Metrics by their names → metrics measured on many resamples, for the interval of a difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tenure.stats.arrays import Bools, Floats
from tenure.stats.evaluate import Outcomes
from tenure.stats.probability import brier_by_row, log_loss_by_row
from tenure.stats.resampled import (
    ResampledMetric,
    resampled_f1,
    resampled_macro_f1,
    resampled_mean,
    resampled_precision,
    resampled_recall,
    resampled_roc_auc,
    resampled_roc_auc_macro,
)


def resampled_metric(name: str, outcomes: Outcomes) -> ResampledMetric:
    """The metric called `name` of these outcomes, as a function of how often each row was drawn.

    With every row drawn once it equals `tenure.stats.evaluate.measure`.

    Raises
    ------
    KeyError
        If there is no such metric.
    """
    return _METRICS[name](outcomes)


def _auc(outcomes: Outcomes) -> ResampledMetric:
    if outcomes.n_classes == 2:
        return resampled_roc_auc(outcomes.codes, outcomes.probabilities[:, 1])
    return resampled_roc_auc_macro(outcomes.codes, outcomes.probabilities)


def _gini(outcomes: Outcomes) -> ResampledMetric:
    auc = _auc(outcomes)
    return lambda weights: 2 * auc(weights) - 1


def _ks(outcomes: Outcomes) -> ResampledMetric:
    classes = [1] if outcomes.n_classes == 2 else range(outcomes.n_classes)
    return _mean_of(
        [_ks_of(outcomes.codes == code, outcomes.probabilities[:, code]) for code in classes],
        left_out=np.isnan,
    )


def _ks_of(positive: Bools, score: Floats) -> ResampledMetric:
    """The largest gap between the classes' weighted distribution functions, at ends of ties."""
    order = np.argsort(score, kind="stable")
    ends = np.append(np.diff(score[order]) > 0, True)
    is_positive = positive[order]

    def measure(weights: Floats) -> Floats:
        drawn = weights[:, order]
        reached = [np.cumsum(drawn * side, axis=1) for side in (is_positive, ~is_positive)]
        with np.errstate(invalid="ignore"):  # a resample of one class has no gap: NaN
            above, below = (side[:, ends] / side[:, -1:] for side in reached)
        gap: Floats = np.abs(above - below).max(axis=1)
        return gap

    return measure


def _accuracy(outcomes: Outcomes) -> ResampledMetric:
    return resampled_mean(outcomes.codes == outcomes.predicted)


def _precision(outcomes: Outcomes) -> ResampledMetric:
    return _of_positive_or_mean(resampled_precision, outcomes)


def _recall(outcomes: Outcomes) -> ResampledMetric:
    return _of_positive_or_mean(resampled_recall, outcomes)


def _f1(outcomes: Outcomes) -> ResampledMetric:
    if outcomes.n_classes == 2:
        return resampled_f1(outcomes.codes, outcomes.predicted)
    return resampled_macro_f1(outcomes.codes, outcomes.predicted, n_classes=outcomes.n_classes)


def _of_positive_or_mean(of_class: Callable[..., ResampledMetric], outcomes: Outcomes) -> ResampledMetric:
    """A metric of the positive class of two; over more, its mean over those that occur or are called."""
    n_classes = outcomes.n_classes
    if n_classes == 2:
        return of_class(outcomes.codes, outcomes.predicted)
    by_class = [
        of_class(outcomes.codes, outcomes.predicted, positive=code, n_classes=n_classes)
        for code in range(n_classes)
    ]
    named = [(outcomes.codes == code) | (outcomes.predicted == code) for code in range(n_classes)]

    def measure(weights: Floats) -> Floats:
        values = np.column_stack([metric(weights) for metric in by_class])
        drawn = np.column_stack([weights @ rows.astype(np.float64) > 0 for rows in named])
        return _row_means(values, drawn)

    return measure


def _mean_of(metrics: list[ResampledMetric], *, left_out: Callable[[Floats], Bools]) -> ResampledMetric:
    def measure(weights: Floats) -> Floats:
        values = np.column_stack([metric(weights) for metric in metrics])
        return _row_means(values, ~left_out(values))

    return measure


def _row_means(values: Floats, counted: Bools) -> Floats:
    """Mean of each line over what is counted; NaN where nothing is."""
    means = np.full(len(values), np.nan)
    n_counted = counted.sum(axis=1)
    np.divide(np.where(counted, values, 0.0).sum(axis=1), n_counted, out=means, where=n_counted > 0)
    return means


_METRICS: Mapping[str, Callable[[Outcomes], ResampledMetric]] = {
    "roc_auc": _auc,
    "gini": _gini,
    "ks": _ks,
    "accuracy": _accuracy,
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "brier": lambda outcomes: resampled_mean(brier_by_row(outcomes.codes, outcomes.probabilities)),
    "log_loss": lambda outcomes: resampled_mean(log_loss_by_row(outcomes.codes, outcomes.probabilities)),
}
