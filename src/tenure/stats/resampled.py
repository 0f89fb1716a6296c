"""Metrics measured on many resamples at once.

A resample is told by how often it took each row. A *resampled metric* turns a table of such weights, one
line per resample, into one value per resample; everything that does not change between resamples (the order
of the scores, which rows were right) is worked out once. With weights of 1 each equals the plain metric.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Bools, Floats, as_codes, as_floats, as_probabilities, check_same_length
from tenure.stats.ranking import ranked_rows

ResampledMetric: TypeAlias = Callable[[Floats], Floats]
"""Weights of shape (n_resamples, n_rows) → values of shape (n_resamples,); NaN where undefined."""


def resampled_mean(by_row: npt.ArrayLike) -> ResampledMetric:
    """Return the mean of a value per row as a resampled metric.

    Accuracy (1 where right), log loss and Brier score (see `log_loss_by_row`, `brier_by_row`) are such means.

    Examples
    --------
    >>> measure = resampled_mean([1.0, 0.0, 1.0, 1.0])
    >>> measure(np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 1.0, 1.0]]))
    array([0.75, 0.5 ])
    """
    values = as_floats(by_row, "by_row")

    def measure(weights: Floats) -> Floats:
        return _ratio(weights @ values, weights.sum(axis=1))

    return measure


def resampled_roc_auc(target: npt.ArrayLike, score: npt.ArrayLike) -> ResampledMetric:
    """Return the ROC AUC (ties half) as a resampled metric; NaN where a resample has one class.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    score : array_like of shape (n_rows,)
        No NaN.

    Examples
    --------
    >>> measure = resampled_roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> measure(np.array([[1.0, 1.0, 1.0, 1.0], [2.0, 0.0, 2.0, 0.0], [2.0, 2.0, 0.0, 0.0]]))
    array([0.75, 1.  ,  nan])
    """
    positive, values = ranked_rows(target, score)
    above, below = _sorted_rows(positive, values), _sorted_rows(~positive, values)
    n_beaten = np.searchsorted(values[below], values[above], side="left")
    n_beaten_or_tied = np.searchsorted(values[below], values[above], side="right")

    def measure(weights: Floats) -> Floats:
        reached = np.zeros((len(weights), below.size + 1))
        np.cumsum(weights[:, below], axis=1, out=reached[:, 1:])
        of_above = weights[:, above]
        wins = np.einsum("ij,ij->i", of_above, reached[:, n_beaten])
        wins_or_ties = np.einsum("ij,ij->i", of_above, reached[:, n_beaten_or_tied])
        return _ratio((wins + wins_or_ties) / 2, of_above.sum(axis=1) * reached[:, -1])

    return measure


def resampled_roc_auc_macro(target: npt.ArrayLike, scores: npt.ArrayLike) -> ResampledMetric:
    """Return the mean one-vs-rest AUC over classes as a resampled metric.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        Class codes.
    scores : array_like of shape (n_rows, n_classes)
        One probability per class.

    Returns
    -------
    ResampledMetric
        Classes absent from a resample are left out of its mean; NaN if fewer than two are present.
    """
    table = as_probabilities(scores, "scores")
    n_classes = table.shape[1]
    codes = as_codes(target, "target", n_classes=n_classes)
    by_class = [resampled_roc_auc(codes == code, table[:, code]) for code in range(n_classes)]

    def measure(weights: Floats) -> Floats:
        return _mean_of_known(np.column_stack([measure_class(weights) for measure_class in by_class]))

    return measure


def resampled_precision(
    target: npt.ArrayLike, predicted: npt.ArrayLike, *, positive: int = 1, n_classes: int = 2
) -> ResampledMetric:
    """Return the precision of one class as a resampled metric; 0 where it is never predicted."""
    of_class, called = _class_flags(target, predicted, positive, n_classes)

    def measure(weights: Floats) -> Floats:
        return _ratio(weights @ (of_class * called), weights @ called, nothing=0.0)

    return measure


def resampled_recall(
    target: npt.ArrayLike, predicted: npt.ArrayLike, *, positive: int = 1, n_classes: int = 2
) -> ResampledMetric:
    """Return the recall of one class as a resampled metric; 0 where it does not occur."""
    of_class, called = _class_flags(target, predicted, positive, n_classes)

    def measure(weights: Floats) -> Floats:
        return _ratio(weights @ (of_class * called), weights @ of_class, nothing=0.0)

    return measure


def resampled_f1(
    target: npt.ArrayLike, predicted: npt.ArrayLike, *, positive: int = 1, n_classes: int = 2
) -> ResampledMetric:
    """Return the F1 of one class as a resampled metric; 0 where it neither occurs nor is predicted.

    Examples
    --------
    >>> measure = resampled_f1([0, 0, 1, 1], [0, 1, 1, 0])
    >>> measure(np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 4.0, 0.0], [4.0, 0.0, 0.0, 0.0]]))
    array([0.5, 1. , 0. ])
    """
    of_class, called = _class_flags(target, predicted, positive, n_classes)

    def measure(weights: Floats) -> Floats:
        return _ratio(2 * (weights @ (of_class * called)), weights @ (of_class + called), nothing=0.0)

    return measure


def resampled_macro_f1(target: npt.ArrayLike, predicted: npt.ArrayLike, *, n_classes: int) -> ResampledMetric:
    """Return the mean F1 over the classes that occur or are predicted, as a resampled metric.

    Examples
    --------
    >>> measure = resampled_macro_f1([0, 1, 2, 2], [0, 1, 2, 1], n_classes=3)
    >>> measure(np.array([[1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 0.0, 0.0]])).round(3)
    array([0.778, 1.   ])
    """
    flags = [_class_flags(target, predicted, code, n_classes) for code in range(n_classes)]
    hits = np.column_stack([of_class * called for of_class, called in flags])
    named = np.column_stack([of_class + called for of_class, called in flags])

    def measure(weights: Floats) -> Floats:
        return _mean_of_known(_ratio(2 * (weights @ hits), weights @ named))

    return measure


def _sorted_rows(chosen: Bools, values: Floats) -> npt.NDArray[np.intp]:
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(values[rows], kind="stable")]


def _class_flags(
    target: npt.ArrayLike, predicted: npt.ArrayLike, code: int, n_classes: int
) -> tuple[Floats, Floats]:
    """1 where a row is of the class, 1 where it is called so."""
    true_codes = as_codes(target, "target", n_classes=n_classes)
    predicted_codes = as_codes(predicted, "predicted", n_classes=n_classes)
    check_same_length(target=true_codes, predicted=predicted_codes)
    return (true_codes == code).astype(np.float64), (predicted_codes == code).astype(np.float64)


def _ratio(part: Floats, whole: Floats, *, nothing: float = float("nan")) -> Floats:
    """Part over whole; `nothing` where the whole is 0."""
    values = np.full(whole.shape, nothing)
    np.divide(part, whole, out=values, where=whole > 0)
    return values


def _mean_of_known(table: Floats) -> Floats:
    """Mean of each line over what is not NaN; NaN if all are."""
    known = ~np.isnan(table)
    return _ratio(np.where(known, table, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))
