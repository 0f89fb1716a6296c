"""p-values adjusted for how many were looked at."""

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, as_floats


def benjamini_hochberg(p_values: npt.ArrayLike) -> Floats:
    r"""Return p-values adjusted so that rejecting those below a limit keeps false discoveries below it.

    :math:`\tilde p_{(i)} = \min_{j \ge i} \min(1, p_{(j)} \, m / j)` over the sorted p-values. Holds for
    independent and positively dependent tests.

    Parameters
    ----------
    p_values : array_like of shape (n_tests,)
        In [0, 1]. NaN, a test that could not be made, stays NaN and does not count as a test.

    Returns
    -------
    adjusted : array of shape (n_tests,)
        In the order given, each at least as large as its p-value.

    Raises
    ------
    ValueError
        If a p-value lies outside [0, 1].

    References
    ----------
    .. [1] Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", 1995.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.02, 0.5, float("nan")])
    array([0.03, 0.03, 0.5 ,  nan])
    """
    values = as_floats(p_values, "p_values")
    if ((values < 0) | (values > 1)).any():
        raise ValueError("p_values must lie between 0 and 1")
    made = ~np.isnan(values)
    adjusted = np.full(values.shape, np.nan)
    if made.any():
        adjusted[made] = _stepped_up(values[made])
    return adjusted


def _stepped_up(p_values: Floats) -> Floats:
    order = np.argsort(p_values)
    raised = p_values[order] * (p_values.size / np.arange(1, p_values.size + 1))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted
