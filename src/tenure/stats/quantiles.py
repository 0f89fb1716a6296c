"""Quantiles from binned counts, and the mode from counted values: both from summaries that add up."""

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, as_counts, as_floats, check_same_length
from tenure.stats.bins import N_EXTRA_POSITIONS

SMALLEST_LEVEL = float(np.nextafter(0, 1))
"""Level 0 is where the first row lies, not the lowest edge."""


def quantiles_from_bins(counts: npt.ArrayLike, edges: npt.ArrayLike, levels: npt.ArrayLike) -> Floats:
    """Return quantiles of a binned sample, rising linearly within each bin.

    Parameters
    ----------
    counts : array_like of shape (n_bins + 3,)
        As `count_bins` gives them: below, the bins, above, null. Counts of several months may be summed
        before.
    edges : array_like of shape (n_bins + 1,)
        The edges that made them.
    levels : array_like of shape (n_levels,)
        In [0, 1].

    Returns
    -------
    quantiles : array of shape (n_levels,)
        Off by no more than the width of the bin they lie in. Rows below or above the edges count as lying
        on the outermost one. NaN without a value or without edges.

    Examples
    --------
    >>> quantiles_from_bins([0, 10, 10, 0, 5], [0, 1, 3], [0.25, 0.5, 0.75])
    array([0.5, 1. , 2. ])
    """
    rows, limits = as_counts(counts, "counts"), as_floats(edges, "edges")
    wanted = as_floats(levels, "levels")
    if limits.size and rows.size != limits.size - 1 + N_EXTRA_POSITIONS:
        raise ValueError(f"{limits.size} edges need {limits.size + 2} counts; there are {rows.size}")
    n_values = rows[:-1].sum()
    if limits.size == 0 or n_values == 0:
        return np.full(wanted.shape, np.nan)
    reached = np.cumsum(rows[:-2]) / n_values
    return _inverse(reached, limits, wanted)


def share_below(counts: npt.ArrayLike, edges: npt.ArrayLike, value: float) -> float:
    """Return the share of a binned sample's values that lie below `value`, rising linearly within each bin.

    Parameters
    ----------
    counts : array_like of shape (n_bins + 3,)
        As `count_bins` gives them; nulls are no values.
    edges : array_like of shape (n_bins + 1,)
        The edges that made them.
    value : float
        Of a bin that is a single value, half of its rows count as below.

    Returns
    -------
    float
        In [0, 1]; off by no more than the share of the bin it lies in. NaN without a value, without
        edges, or for NaN.

    Examples
    --------
    >>> share_below([0, 10, 10, 0, 5], [0, 1, 3], 2.0)
    0.75
    >>> share_below([0, 6, 4, 0, 0], [0, 0, 5], 0.0)
    0.3
    >>> share_below([0, 10, 10, 0, 5], [0, 1, 3], 99.0)
    1.0
    """
    rows, limits = as_counts(counts, "counts"), as_floats(edges, "edges")
    n_values = rows[:-1].sum()
    if limits.size == 0 or n_values == 0 or np.isnan(value):
        return float("nan")
    if value < limits[0] or value > limits[-1]:
        return float(value > limits[-1])
    place = max(int(np.searchsorted(limits, value, side="left")), 1)
    low, high = limits[place - 1], limits[place]
    part = 0.5 if low == high else (value - low) / (high - low)
    return float((rows[:place].sum() + part * rows[place]) / n_values)


def mode_of_counts(values: npt.ArrayLike, counts: npt.ArrayLike) -> float:
    """Return the value with the largest count; among equals the smallest value.

    Parameters
    ----------
    values : array_like of shape (n_distinct,)
        Distinct values; NaN is left out.
    counts : array_like of shape (n_distinct,)
        Rows of each.

    Returns
    -------
    float
        NaN if there is no value, or none with a row.

    Examples
    --------
    >>> mode_of_counts([3, 1, 2], [5, 5, 1])
    1.0
    >>> mode_of_counts([], [])
    nan
    """
    numbers, rows = as_floats(values, "values"), as_counts(counts, "counts")
    check_same_length(values=numbers, counts=rows)
    candidates = (rows > 0) & ~np.isnan(numbers)
    if not candidates.any():
        return float("nan")
    return float(numbers[candidates & (rows == rows[candidates].max())].min())


def mode(values: npt.ArrayLike) -> float:
    """Return the most frequent value, NaN left out; among equals the smallest; NaN if there is none.

    Examples
    --------
    >>> mode([2, 2, 1, 1, 3, float("nan")])
    1.0
    """
    numbers = as_floats(values, "values")
    return mode_of_counts(*np.unique(numbers[~np.isnan(numbers)], return_counts=True))


def _inverse(reached: Floats, limits: Floats, wanted: Floats) -> Floats:
    """Return the lowest point at which the distribution reaches each level."""
    place = np.searchsorted(reached, np.maximum(wanted, SMALLEST_LEVEL), side="left")
    here = np.minimum(place, limits.size - 1)
    before = np.maximum(here - 1, 0)
    rise = reached[here] - reached[before]
    part = np.divide(wanted - reached[before], rise, out=np.ones(wanted.shape), where=rise > 0)
    found: Floats = limits[before] + np.clip(part, 0, 1) * (limits[here] - limits[before])
    return found
