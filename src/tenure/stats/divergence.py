"""Distances between two binned distributions: Kullback–Leibler, Jensen–Shannon, Wasserstein."""

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from tenure.stats.arrays import Floats
from tenure.stats.bins import N_EXTRA_POSITIONS
from tenure.stats.shares import paired_counts, shares_of, smoothed_shares


def kl_divergence(
    reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike, *, pseudo_count: float = 0.5
) -> float:
    r"""Return the Kullback–Leibler divergence of the current sample from the reference, in nats.

    .. math:: \mathrm{KL}(q \,\|\, p) = \sum_i q_i \ln(q_i / p_i)

    p the shares of the reference, q those of the current sample: the surprise per row of someone
    who still believes in the reference. Not symmetric.

    Parameters
    ----------
    reference_counts, current_counts : array_like of shape (n_bins,)
        Rows per bin.
    pseudo_count : float, default 0.5
        Smoothing of empty bins, see `smoothed_shares`. 0 gives the textbook value: infinite when the
        current sample has rows where the reference has none.

    Returns
    -------
    float
        0 or more; NaN if a sample has no rows.

    References
    ----------
    .. [1] S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951.

    Examples
    --------
    >>> round(kl_divergence([50, 50], [25, 75], pseudo_count=0), 4)
    0.1308
    >>> kl_divergence([1, 0], [1, 1], pseudo_count=0)
    inf
    """
    reference, current = smoothed_shares(reference_counts, current_counts, pseudo_count=pseudo_count)
    if reference.size == 0:
        return float("nan")
    return max(float(special.rel_entr(current, reference).sum()), 0.0)


def js_divergence(reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike) -> float:
    r"""Return the Jensen–Shannon divergence in bits: base 2, so that it lies in [0, 1].

    .. math:: \mathrm{JS} = \tfrac12 \mathrm{KL}(p \| m) + \tfrac12 \mathrm{KL}(q \| m), \quad m = (p + q) / 2

    Finite without any smoothing: 0 for equal shares, 1 when no bin is shared. Symmetric. NaN if a sample
    has no rows.

    References
    ----------
    .. [1] J. Lin, "Divergence Measures Based on the Shannon Entropy", 1991.

    Examples
    --------
    >>> js_divergence([1, 1], [2, 2])
    0.0
    >>> js_divergence([5, 0], [0, 5])
    1.0
    """
    counts = paired_counts(reference_counts, current_counts)
    reference, current = (shares_of(side) for side in counts)
    middle = (reference + current) / 2
    nats = (special.rel_entr(reference, middle).sum() + special.rel_entr(current, middle).sum()) / 2
    return float(np.clip(nats / math.log(2), 0.0, 1.0)) if reference.size else float("nan")


def js_distance(reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike) -> float:
    """Return the Jensen–Shannon distance, the square root of the divergence in bits; a metric in [0, 1].

    References
    ----------
    .. [1] D. M. Endres and J. E. Schindelin, "A new metric for probability distributions", 2003.

    Examples
    --------
    >>> round(js_distance([50, 50], [25, 75]), 4)
    0.2209
    """
    return math.sqrt(js_divergence(reference_counts, current_counts))


def wasserstein_from_bins(
    reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike, edges: npt.ArrayLike
) -> float:
    r"""Return the Wasserstein-1 distance between two binned samples, in the units of the column.

    .. math:: W_1 = \int |F(x) - G(x)| \, dx

    F and G rise linearly within a bin. Rows below the lowest edge count as lying on it, rows above the
    highest on that one: a shift out of the range of the reference is measured up to its border only.

    Parameters
    ----------
    reference_counts, current_counts : array_like of shape (n_bins + 3,)
        As `count_bins` gives them: below, the bins, above, null. Null rows are left out.
    edges : array_like of shape (n_bins + 1,)
        The edges that made them.

    Returns
    -------
    float
        0 or more; NaN if a sample has no value or there are no edges. Differs from the distance of the
        samples by at most the width of a bin.

    References
    ----------
    .. [1] L. N. Vaserstein, "Markov processes over denumerable products of spaces", 1969.

    Examples
    --------
    >>> wasserstein_from_bins([0, 10, 0, 0, 0], [0, 0, 10, 0, 3], [0, 1, 2])
    1.0
    """
    limits = np.asarray(edges, dtype=np.float64)
    reference, current = paired_counts(reference_counts, current_counts)
    if limits.size == 0:
        return float("nan")
    if reference.size != limits.size - 1 + N_EXTRA_POSITIONS:
        raise ValueError(
            f"{limits.size} edges need {limits.size + 2} counts (below, bins, above, null); "
            f"there are {reference.size}"
        )
    gap = np.cumsum(shares_of(reference[:-1]))[:-1] - np.cumsum(shares_of(current[:-1]))[:-1]
    return float((_mean_absolute(gap[:-1], gap[1:]) * np.diff(limits)).sum())


def _mean_absolute(left: Floats, right: Floats) -> Floats:
    """Mean of |line from left to right|: a trapezoid, or two triangles where the line crosses zero."""
    size = np.abs(left) + np.abs(right)
    crosses = left * right < 0
    triangles = np.divide(left**2 + right**2, 2 * size, out=np.zeros_like(size), where=size > 0)
    return np.where(crosses, triangles, size / 2)
