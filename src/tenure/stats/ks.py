"""Kolmogorov–Smirnov: the largest gap between two cumulative distributions."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from tenure.stats.arrays import Floats, as_flags, as_floats, as_scores, check_same_length
from tenure.stats.shares import paired_counts, shares_of


@dataclass(frozen=True, slots=True)
class KsTest:
    """A Kolmogorov–Smirnov statistic and the chance of one at least as large.

    Attributes
    ----------
    statistic : float
        In [0, 1]; NaN if a sample has no value.
    p_value : float
        In [0, 1]; NaN likewise. Too large, not too small, when there are ties or bins.
    """

    statistic: float
    p_value: float


def ks_p_value(statistic: float, *, n_reference: int, n_current: int) -> float:
    r"""Return the asymptotic two-sided p-value of a two-sample KS statistic.

    Smirnov's limit, with :math:`n_e = n m / (n + m)`:

    .. math:: p = 2 \sum_{k \ge 1} (-1)^{k-1} e^{-2 k^2 n_e D^2}

    Parameters
    ----------
    statistic : float
        In [0, 1].
    n_reference, n_current : int
        Values of each sample.

    Returns
    -------
    float
        In [0, 1]; NaN for a NaN statistic or a sample without rows.

    Notes
    -----
    Closer to the exact p-value than the approximation of `scipy.stats.ks_2samp` with ``method="asymp"``,
    which is too small for samples of like size and 0 for a few rows: at 10 against 10 rows and D = 0.6 the
    exact value is 0.052, this one 0.055, that one 0.030. From some thousand rows on the three agree.

    References
    ----------
    .. [1] N. Smirnov, "Table for Estimating the Goodness of Fit of Empirical Distributions", 1948.

    Examples
    --------
    >>> round(ks_p_value(0.1, n_reference=1000, n_current=200), 3)
    0.071
    """
    if np.isnan(statistic) or n_reference <= 0 or n_current <= 0:
        return float("nan")
    n_effective = n_reference * n_current / (n_reference + n_current)
    return float(np.clip(special.kolmogorov(statistic * math.sqrt(n_effective)), 0.0, 1.0))


def ks_from_counts(reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike) -> KsTest:
    """Return the KS test between two samples counted in the same ordered bins.

    Parameters
    ----------
    reference_counts, current_counts : array_like of shape (n_bins,)
        Rows per bin in ascending order of value. Null has no place in an order: pass ``counts[:-1]`` of
        `count_bins`.

    Returns
    -------
    KsTest
        The statistic is a lower bound of the one of the samples, equal to it when the largest gap lies on
        an edge.

    Examples
    --------
    >>> ks_from_counts([10, 10, 10, 10], [20, 20, 0, 0]).statistic
    0.5
    """
    reference, current = paired_counts(reference_counts, current_counts)
    gaps = np.abs(np.cumsum(shares_of(reference)) - np.cumsum(shares_of(current)))
    statistic = min(float(gaps.max()), 1.0) if gaps.size else float("nan")
    n_reference, n_current = int(reference.sum()), int(current.sum())
    return KsTest(statistic, ks_p_value(statistic, n_reference=n_reference, n_current=n_current))


def ks_from_samples(reference: npt.ArrayLike, current: npt.ArrayLike) -> KsTest:
    """Return the two-sample KS test; NaN is left out, infinite values keep their place in the order.

    Parameters
    ----------
    reference, current : array_like of shape (n,) and (m,)
        The values of one column.

    Examples
    --------
    >>> ks_from_samples([1, 2, 3, 4], [3, 4, 5, 6]).statistic
    0.5
    >>> ks_from_samples([1, 2], [float("nan")])
    KsTest(statistic=nan, p_value=nan)
    """
    first, second = _sorted_values(reference, "reference"), _sorted_values(current, "current")
    statistic = _largest_gap(first, second)
    return KsTest(statistic, ks_p_value(statistic, n_reference=first.size, n_current=second.size))


def ks_between_classes(target: npt.ArrayLike, score: npt.ArrayLike) -> float:
    r"""Return how far a score keeps two classes apart: the largest gap between their distributions.

    Equal to :math:`\max_t |\mathrm{TPR}(t) - \mathrm{FPR}(t)|`; the "KS" of a scorecard.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    score : array_like of shape (n_rows,)
        No NaN.

    Returns
    -------
    float
        In [0, 1]; NaN if only one class occurs. Does not tell which class has the higher scores.

    Examples
    --------
    >>> ks_between_classes([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.5
    """
    positive, values = as_flags(target, "target"), as_scores(score, "score")
    check_same_length(target=positive, score=values)
    return _largest_gap(np.sort(values[positive]), np.sort(values[~positive]))


def _sorted_values(values: npt.ArrayLike, name: str) -> Floats:
    numbers = as_floats(values, name)
    return np.sort(numbers[~np.isnan(numbers)])


def _largest_gap(first: Floats, second: Floats) -> float:
    if first.size == 0 or second.size == 0:
        return float("nan")
    points = np.concatenate([first, second])
    below_first = np.searchsorted(first, points, side="right") / first.size
    below_second = np.searchsorted(second, points, side="right") / second.size
    return float(np.abs(below_first - below_second).max())
