"""Population stability index: how far a distribution has moved, and how far it moves by chance.

PSI is an effect size and grows with noise: two samples of one distribution have a PSI of about
(bins − 1)(1/n + 1/m). A limit of 0.25 therefore means nothing at 30 rows; ask `measure_psi` for the p-value
too.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats
from tenure.stats.shares import occupied_bins, paired_counts, smoothed_shares
from tenure.stats.tails import chi2_quantile, chi2_tail


@dataclass(frozen=True, slots=True)
class StabilityIndex:
    """A PSI with what chance alone would give.

    Attributes
    ----------
    value : float
        The PSI, 0 or more; NaN without rows on one side.
    expected : float
        Its mean if nothing had drifted.
    p_value : float
        Chance of a PSI at least this large if nothing had drifted, in [0, 1].
    n_bins : int
        Bins that hold a row of either sample.
    """

    value: float
    expected: float
    p_value: float
    n_bins: int


def psi_by_bin(
    reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike, *, pseudo_count: float = 0.5
) -> Floats:
    r"""Return what each bin adds to the PSI: :math:`(q_i - p_i) \ln(q_i / p_i)`, never negative.

    Parameters
    ----------
    reference_counts, current_counts : array_like of shape (n_bins,)
        Rows per bin; null, below, above and unseen are bins like others.
    pseudo_count : float, default 0.5
        Smoothing of empty bins, see `smoothed_shares`.

    Returns
    -------
    parts : array of shape (n_bins,)
        0 for a bin empty on both sides; all NaN when one sample has no rows.

    Examples
    --------
    >>> psi_by_bin([50, 50, 0], [25, 75, 0], pseudo_count=0).round(4)
    array([0.1733, 0.1014, 0.    ])
    """
    reference, current = smoothed_shares(reference_counts, current_counts, pseudo_count=pseudo_count)
    occupied = occupied_bins(reference_counts, current_counts)
    parts = np.zeros(occupied.shape)
    with np.errstate(divide="ignore"):
        parts[occupied] = (current - reference) * np.log(current / reference)
    return parts if reference.size and not np.isnan(parts).any() else np.full(occupied.shape, np.nan)


def population_stability_index(
    reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike, *, pseudo_count: float = 0.5
) -> float:
    r"""Return the population stability index between two binned samples.

    .. math:: \mathrm{PSI} = \sum_i (q_i - p_i) \ln(q_i / p_i)

    p the shares of the reference, q those of the current sample. It is Jeffreys' divergence,
    KL(p‖q) + KL(q‖p), in nats.

    Parameters
    ----------
    reference_counts, current_counts : array_like of shape (n_bins,)
        Rows per bin, bins made on the reference.
    pseudo_count : float, default 0.5
        Rows added to each occupied bin of both samples, so that a bin empty on one side counts for what its
        sample size can prove and no more (see `smoothed_shares`). With 0 such a bin makes the PSI infinite.

    Returns
    -------
    float
        0 or more. By habit below 0.1 is stable, above 0.25 a shift. NaN if a sample has no rows. Bins empty
        on both sides add nothing.

    References
    ----------
    .. [1] N. Siddiqi, "Credit Risk Scorecards", Wiley, 2006.
    .. [2] B. Yurdakul, "Statistical Properties of Population Stability Index", Western Michigan University,
       2018.

    Examples
    --------
    >>> round(population_stability_index([500, 500], [250, 750]), 3)
    0.274
    >>> population_stability_index([10, 20], [10, 20])
    0.0
    >>> population_stability_index([10, 20], [0, 0])
    nan
    """
    parts = psi_by_bin(reference_counts, current_counts, pseudo_count=pseudo_count)
    return float(parts.sum()) if parts.size else float("nan")


def psi_expected_under_no_drift(n_bins: int, n_reference: float, n_current: float) -> float:
    r"""Return the mean PSI of two samples of one distribution: :math:`(B - 1)(1/n + 1/m)`.

    Parameters
    ----------
    n_bins : int
        Bins that can hold rows, B.
    n_reference, n_current : float
        Rows of each sample.

    Returns
    -------
    float
        0 for fewer than two bins, infinite when a sample has no rows. An approximation for large samples:
        good from about five expected rows a bin on, too large below (with half a row of smoothing PSI stays
        smaller).

    References
    ----------
    .. [1] B. Yurdakul, "Statistical Properties of Population Stability Index", Western Michigan University,
       2018.

    Examples
    --------
    >>> round(psi_expected_under_no_drift(10, 1000, 1000), 6)
    0.018
    """
    if n_reference <= 0 or n_current <= 0:
        return float("inf")
    return max(n_bins - 1, 0) * (1 / n_reference + 1 / n_current)


def psi_p_value(psi: float, *, n_bins: int, n_reference: float, n_current: float) -> float:
    r"""Return the chance of a PSI at least as large when nothing has drifted.

    :math:`\mathrm{PSI} / (1/n + 1/m)` follows a chi-square distribution with B − 1 degrees of freedom.

    Returns
    -------
    float
        In [0, 1]. 1 for fewer than two bins; NaN for a NaN PSI or a sample without rows.

    References
    ----------
    .. [1] B. Yurdakul, "Statistical Properties of Population Stability Index", Western Michigan University,
       2018.

    Examples
    --------
    >>> round(psi_p_value(0.018, n_bins=10, n_reference=1000, n_current=1000), 3)
    0.437
    """
    if np.isnan(psi) or n_reference <= 0 or n_current <= 0:
        return float("nan")
    if n_bins < 2:
        return 1.0
    return chi2_tail(psi / (1 / n_reference + 1 / n_current), n_bins - 1)


def psi_critical_value(*, n_bins: int, n_reference: float, n_current: float, level: float = 0.95) -> float:
    """Return the PSI that chance alone stays below with probability `level`.

    The inverse of `psi_p_value`: a limit that knows how many rows there were.

    Examples
    --------
    >>> round(psi_critical_value(n_bins=10, n_reference=10_000, n_current=100), 3)
    0.171
    """
    if n_bins < 2:
        return 0.0
    scale = psi_expected_under_no_drift(2, n_reference, n_current)
    return chi2_quantile(level, n_bins - 1) * scale


def measure_psi(
    reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike, *, pseudo_count: float = 0.5
) -> StabilityIndex:
    """Return the PSI with its expectation and p-value under no drift.

    Only bins that hold a row of either sample count as bins.

    Examples
    --------
    >>> index = measure_psi([100, 100, 100, 0], [12, 9, 9, 0])
    >>> round(index.value, 3), round(index.expected, 3), round(index.p_value, 2), index.n_bins
    (0.017, 0.073, 0.79, 3)
    """
    reference, current = paired_counts(reference_counts, current_counts)
    n_bins = int(occupied_bins(reference, current).sum())
    n_reference, n_current = float(reference.sum()), float(current.sum())
    value = population_stability_index(reference, current, pseudo_count=pseudo_count)
    return StabilityIndex(
        value=value,
        expected=psi_expected_under_no_drift(n_bins, n_reference, n_current),
        p_value=psi_p_value(value, n_bins=n_bins, n_reference=n_reference, n_current=n_current),
        n_bins=n_bins,
    )
