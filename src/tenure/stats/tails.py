"""Quantiles and tails of the usual distributions, and ranks.

As ``scipy.stats`` has them, which takes a second to import; every command and every process would wait.
"""

import numpy as np
import numpy.typing as npt
from scipy import special

from tenure.stats.arrays import Floats


def normal_quantile(share: float) -> float:
    """Return where a standard normal variable has `share` of its values below.

    Examples
    --------
    >>> round(normal_quantile(0.975), 4)
    1.96
    """
    return float(special.ndtri(share))


def normal_tail(value: float) -> float:
    """Return the chance that a standard normal variable is above `value`.

    Examples
    --------
    >>> round(normal_tail(1.96), 4)
    0.025
    """
    return float(special.ndtr(-value))


def chi2_tail(value: float, n_degrees: float) -> float:
    """Return the chance that a chi-squared variable of so many degrees of freedom is above `value`.

    Examples
    --------
    >>> round(chi2_tail(3.841, 1), 3)
    0.05
    """
    return float(special.chdtrc(n_degrees, value))


def chi2_quantile(share: float, n_degrees: float) -> float:
    """Return where a chi-squared variable of so many degrees of freedom has `share` of its values below.

    Examples
    --------
    >>> round(chi2_quantile(0.95, 1), 3)
    3.841
    """
    return float(special.chdtri(n_degrees, 1 - share))


def midranks(values: npt.ArrayLike) -> Floats:
    """Return the rank of each value from 1; equal values have the mean of their ranks.

    Examples
    --------
    >>> midranks([0.2, 0.7, 0.2])
    array([1.5, 3. , 1.5])
    """
    last, inverse, counts = _ranked(values)
    ranks: Floats = (last - (counts - 1) / 2)[inverse]
    return ranks


def top_ranks(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the rank of each value from 1; equal values have the highest of their ranks.

    Examples
    --------
    >>> top_ranks([0.2, 0.7, 0.2])
    array([2, 3, 2])
    """
    last, inverse, _ = _ranked(values)
    ranks: npt.NDArray[np.int64] = last[inverse]
    return ranks


def _ranked(
    values: npt.ArrayLike,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return np.cumsum(counts, dtype=np.int64), inverse, counts
