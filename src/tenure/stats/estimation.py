r"""Metrics that have no labels yet: what calibrated probabilities say that they will be.

Confidence-based performance estimation. If a row scored 0.3 defaults three times in ten, its label is a coin
that is known, and so are the mean and the spread of every metric over the labels to come. Metrics that are
not linear in the labels are taken to first order around their mean: the value is that of the expected
labels, and the error is that of

.. math:: \sum_i g_i[Y_i], \qquad g_i[k] = \partial\,\mathrm{metric} / \partial\,\mathbb{1}(Y_i = k)

with independent :math:`Y_i`. So it costs one sort of the scores, and no draws.

It can see that rows have become harder to tell apart. It cannot see that the same rows now default more
often: then probabilities are no longer right, and the estimate is wrong by as much. Compare it with the truth
once that is known (`compare_with_truth`).

References
----------
.. [1] J. Białek, W. Kuberski, N. Perrakis and A. Bifet, "Estimating Model Performance under Covariate Shift
   Without Labels", 2024 (CBPE).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_probabilities, check_same_length
from tenure.stats.interval import Interval
from tenure.stats.tails import normal_quantile, normal_tail

Influence: TypeAlias = Floats
"""Shape (n_rows, n_classes): by how much the metric moves when the row's label is certainly that class."""

_SMALLEST = 1e-15


@dataclass(frozen=True, slots=True)
class Surprise:
    """How far the truth was from what had been estimated.

    Attributes
    ----------
    error : float
        Truth − estimate.
    p_value : float
        Chance of an error at least as large, either way, had the probabilities been right; in [0, 1].
    """

    error: float
    p_value: float


def estimate_metrics(
    probabilities: npt.ArrayLike, predicted: npt.ArrayLike, *, said: npt.ArrayLike | None = None
) -> Mapping[str, Interval]:
    """Return what each metric will be once labels are known, with where it will lie 95 times in 100.

    Parameters
    ----------
    probabilities : array_like of shape (n_rows, n_classes)
        Calibrated: of rows given p, a share p comes true. Of two classes the last is the positive one.
    predicted : array_like of shape (n_rows,)
        The class that each row was put into, as its place among the classes.
    said : array_like of shape (n_rows, n_classes), optional
        What the model said, where that is not calibrated: rows are ranked by it, and it is what Brier score
        and log loss will be measured on. `probabilities` when absent.

    Returns
    -------
    intervals : mapping of str to Interval
        ``roc_auc``, ``gini``, ``accuracy``, ``precision``, ``recall``, ``f1`` (of the positive class of two;
        the mean over more), ``brier`` and ``log_loss``. Bounds are of the metric on these rows, so they
        shrink with their number. What is undefined (precision where no row is called positive) is absent.

    Raises
    ------
    ValueError
        If a probability is outside [0, 1], a class is none, or lengths differ.

    Examples
    --------
    >>> found = estimate_metrics([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], [0, 0, 1])
    >>> round(found["accuracy"].estimate, 3), round(found["recall"].estimate, 3)
    (0.767, 0.615)
    """
    shares = as_probabilities(np.asarray(probabilities, dtype=np.float64), "probabilities")
    called = np.asarray(predicted, dtype=np.int64)
    given = shares if said is None else as_probabilities(np.asarray(said, dtype=np.float64), "said")
    check_same_length(probabilities=shares, predicted=called, said=given)
    if not len(shares):
        return {}
    if called.min() < 0 or called.max() >= shares.shape[1]:
        raise ValueError(f"`predicted` must be places of {shares.shape[1]} classes")
    parts = {"roc_auc": _roc_auc(shares, given), "accuracy": _accuracy(shares, called)}
    parts |= _ratios(shares, called)
    parts |= {"brier": _brier(shares, given), "log_loss": _log_loss(shares, given)}
    found = {name: _interval(*part, shares) for name, part in parts.items() if not math.isnan(part[0])}
    if "roc_auc" in found:
        found["gini"] = _gini(found["roc_auc"])
    return {name: _cut(name, interval) for name, interval in found.items()}


def compare_with_truth(estimate: Interval, truth: float) -> Surprise:
    """Return how far off an estimate of the same rows was, and whether chance explains it.

    Parameters
    ----------
    estimate : Interval
        Of `estimate_metrics`, with its standard error.
    truth : float
        The metric on the labels that came.

    Examples
    --------
    >>> found = compare_with_truth(Interval(0.78, 0.86, 0.95, 0.82, 0.02), 0.70)
    >>> round(found.error, 2), found.p_value < 0.001
    (-0.12, True)
    """
    error = truth - estimate.estimate
    if not estimate.standard_error > 0:
        return Surprise(error, math.nan)
    return Surprise(error, 2 * normal_tail(abs(error) / estimate.standard_error))


def _roc_auc(shares: Floats, said: Floats) -> tuple[float, Influence]:
    """Of two classes the positive one's; of more the mean of one against the rest."""
    n_classes = shares.shape[1]
    codes = [1] if n_classes == 2 else list(range(n_classes))
    influence = np.zeros(shares.shape)
    values = []
    for code in codes:
        value, slope = _expected_auc(shares[:, code], said[:, code])
        values.append(value)
        influence[:, code] += slope / len(codes)
    return float(np.mean(values)), influence


def _expected_auc(share: Floats, score: Floats) -> tuple[float, Floats]:
    r"""The chance that a row of the class outranks another: pairs weighted by :math:`p_i (1 - p_j)`."""
    other = 1 - share
    n_of, n_other = float(share.sum()), float(other.sum())
    if n_of <= 0 or n_other <= 0:
        return math.nan, np.zeros(share.size)
    below_other, below_of = _weight_below(score, other), _weight_below(score, share)
    beats, beaten_by = below_other, n_of - below_of
    own = share * other / 2  # a row is no pair with itself
    pairs = n_of * n_other - float((share * other).sum())
    if pairs <= 0:
        return math.nan, np.zeros(share.size)
    value = float((share * beats - own).sum()) / pairs
    gained = beats - other / 2 - (beaten_by - share / 2)
    slope = (gained - value * ((n_other - other) - (n_of - share))) / pairs
    return value, slope


def _weight_below(score: Floats, weight: Floats) -> Floats:
    """For each row the weight of the rows that score less, of equals half (itself among them)."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    reached = np.concatenate([[0.0], np.cumsum(weight[order])])
    less = reached[np.searchsorted(ordered, score, side="left")]
    less_or_equal = reached[np.searchsorted(ordered, score, side="right")]
    return np.asarray((less + less_or_equal) / 2, dtype=np.float64)


def _accuracy(shares: Floats, called: Ints) -> tuple[float, Influence]:
    influence = np.zeros(shares.shape)
    influence[np.arange(len(shares)), called] = 1 / len(shares)
    return _expected(influence, shares), influence


def _ratios(shares: Floats, called: Ints) -> dict[str, tuple[float, Influence]]:
    """Precision, recall and F1: of the positive class of two, the mean over more."""
    n_classes = shares.shape[1]
    codes = [1] if n_classes == 2 else list(range(n_classes))
    return {
        name: _mean([_ratio(shares, called, code, *weights) for code in codes])
        for name, weights in {"precision": (1.0, 0.0), "recall": (0.0, 1.0), "f1": (0.5, 0.5)}.items()
    }


def _ratio(
    shares: Floats, called: Ints, code: int, of_called: float, of_actual: float
) -> tuple[float, Influence]:
    r"""Hits by called and actual: r = T / (a·C + b·P), dr = (dT - r·b·dP) / (a·C + b·P)."""
    is_called = (called == code).astype(np.float64)
    base = of_called * is_called.sum() + of_actual * shares[:, code].sum()
    influence = np.zeros(shares.shape)
    if base <= 0:
        return math.nan, influence
    value = float((is_called * shares[:, code]).sum() / base)
    influence[:, code] = (is_called - value * of_actual) / base
    return value, influence


def _mean(parts: list[tuple[float, Influence]]) -> tuple[float, Influence]:
    known = [part for part in parts if not math.isnan(part[0])]
    if not known:
        return math.nan, parts[0][1]
    return float(np.mean([value for value, _ in known])), np.mean([slope for _, slope in known], axis=0)


def _brier(shares: Floats, said: Floats) -> tuple[float, Influence]:
    """Mean squared error: of the positive class of two, summed over more."""
    if shares.shape[1] == 2:
        by_class = np.stack([said[:, 1] ** 2, (1 - said[:, 1]) ** 2], axis=1)
    else:
        by_class = (said**2).sum(axis=1, keepdims=True) - 2 * said + 1
    influence = by_class / len(shares)
    return _expected(influence, shares), influence


def _log_loss(shares: Floats, said: Floats) -> tuple[float, Influence]:
    influence = -np.log(np.maximum(said, _SMALLEST)) / len(said)
    return _expected(influence, shares), influence


def _expected(influence: Influence, shares: Floats) -> float:
    return float((influence * shares).sum())


def _interval(value: float, influence: Influence, shares: Floats) -> Interval:
    mean = (influence * shares).sum(axis=1)
    variance = float(((influence**2 * shares).sum(axis=1) - mean**2).sum())
    error = math.sqrt(max(variance, 0.0))
    half = normal_quantile(0.975) * error
    return Interval(value - half, value + half, 0.95, value, error)


def _gini(auc: Interval) -> Interval:
    return Interval(
        2 * auc.low - 1, 2 * auc.high - 1, auc.level, 2 * auc.estimate - 1, 2 * auc.standard_error
    )


def _cut(name: str, found: Interval) -> Interval:
    """Bounds where the metric can lie: log loss has none above, Gini begins at -1, others are in [0, 1]."""
    least = -1.0 if name == "gini" else 0.0
    most = math.inf if name in {"log_loss", "brier"} else 1.0
    low, high = max(found.low, least), min(found.high, most)
    return Interval(low, high, found.level, found.estimate, found.standard_error)
