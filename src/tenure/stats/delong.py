"""Sampling error of an AUC, and of the difference of two AUCs on the same rows, without resampling."""

import math

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Bools, Floats
from tenure.stats.interval import Interval
from tenure.stats.ranking import ranked_rows, roc_auc
from tenure.stats.tails import midranks, normal_quantile

MIN_ROWS_PER_CLASS = 2
"""A variance needs two."""


def delong_interval(target: npt.ArrayLike, score: npt.ArrayLike, *, level: float = 0.95) -> Interval:
    r"""Return the AUC with DeLong's standard error and a normal interval cut to [0, 1].

    .. math:: \mathrm{se}^2 = \frac{\operatorname{var}(V_1)}{n_1} + \frac{\operatorname{var}(V_0)}{n_0}

    :math:`V_1` of a row of class 1 is the share of class 0 it beats, :math:`V_0` of a row of class 0 the
    share of class 1 that beats it. By midranks in O(n log n).

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    score : array_like of shape (n_rows,)
        No NaN.
    level : float, default 0.95
        Confidence.

    Returns
    -------
    Interval
        Bounds and error are NaN with fewer than two rows of a class. A perfect score has an error of 0:
        DeLong's interval is too short near 1 with few rows.

    References
    ----------
    .. [1] E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the Areas under Two or More
       Correlated Receiver Operating Characteristic Curves", 1988.
    .. [2] X. Sun and W. Xu, "Fast Implementation of DeLong's Algorithm", 2014.

    Examples
    --------
    >>> interval = delong_interval([0, 0, 0, 1, 1, 1], [0.1, 0.4, 0.35, 0.8, 0.3, 0.9])
    >>> round(interval.estimate, 3), round(interval.standard_error, 3)
    (0.778, 0.248)
    """
    positive, values = ranked_rows(target, score)
    error = _standard_error(positive, *_placements(positive, values))
    interval = _normal_interval(roc_auc(positive, values), error, level)
    return Interval(
        low=float(np.clip(interval.low, 0, 1)),
        high=float(np.clip(interval.high, 0, 1)),
        level=level,
        estimate=interval.estimate,
        standard_error=interval.standard_error,
    )


def delong_difference(
    target: npt.ArrayLike,
    candidate_score: npt.ArrayLike,
    champion_score: npt.ArrayLike,
    *,
    level: float = 0.95,
) -> Interval:
    """Return AUC of candidate − AUC of champion on the same rows, with the error of the paired difference.

    Rows on which both scores rank alike cancel: the interval is much shorter than that of two
    AUCs on different rows.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    candidate_score, champion_score : array_like of shape (n_rows,)
        No NaN; the scales may differ.

    Returns
    -------
    Interval
        Bounds and error are NaN with fewer than two rows of a class.

    References
    ----------
    .. [1] E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the Areas under Two or More
       Correlated Receiver Operating Characteristic Curves", 1988.

    Examples
    --------
    >>> delong_difference([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4]).estimate
    0.0
    """
    positive, candidate = ranked_rows(target, candidate_score)
    _, champion = ranked_rows(target, champion_score)
    won, lost = _placements(positive, candidate)
    won_before, lost_before = _placements(positive, champion)
    error = _standard_error(positive, won - won_before, lost - lost_before)
    return _normal_interval(roc_auc(positive, candidate) - roc_auc(positive, champion), error, level)


def _placements(positive: Bools, values: Floats) -> tuple[Floats, Floats]:
    """Share of class 0 beaten by each row of class 1; share of class 1 that beats each row of class 0."""
    above, below = values[positive], values[~positive]
    if above.size == 0 or below.size == 0:
        return np.full(above.size, np.nan), np.full(below.size, np.nan)
    ranks = midranks(np.concatenate([above, below]))
    won = (ranks[: above.size] - midranks(above)) / below.size
    lost = 1 - (ranks[above.size :] - midranks(below)) / above.size
    return won, lost


def _standard_error(positive: Bools, of_positive: Floats, of_negative: Floats) -> float:
    if min(positive.sum(), (~positive).sum()) < MIN_ROWS_PER_CLASS:
        return float("nan")
    variance = of_positive.var(ddof=1) / of_positive.size + of_negative.var(ddof=1) / of_negative.size
    return math.sqrt(variance)


def _normal_interval(estimate: float, error: float, level: float) -> Interval:
    half = normal_quantile((1 + level) / 2) * error
    return Interval(
        low=estimate - half, high=estimate + half, level=level, estimate=estimate, standard_error=error
    )
