"""Values → bins: edges of equal frequency, and rows per bin with below, above and null apart.

One rule of membership for the whole product, so that an engine's SQL and this module count alike. With edges
``e[0] <= e[1] < e[2] < ... < e[k]`` a value v belongs to

====================  ==========================================
position 0            below: ``v < e[0]``
position 1            ``e[0] <= v <= e[1]``
position i, 2 .. k    ``e[i-1] < v <= e[i]``
position k + 1        above: ``v > e[k]``
position k + 2        null: NaN
====================  ==========================================

Only the lowest edge may come twice: then bin 1 is the single value ``e[0]``.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_floats

N_EXTRA_POSITIONS = 3
"""Below, above and null, beside the bins."""


def equal_frequency_edges(values: npt.ArrayLike, *, n_bins: int = 10) -> Floats:
    """Return edges that put about as many values into each bin.

    Parameters
    ----------
    values : array_like of shape (n_rows,)
        NaN and infinite values are left out.
    n_bins : int, default 10
        Bins asked for, at least 1. Ties can only make them fewer (see `edges_from_quantiles`).

    Returns
    -------
    edges : array of shape (n_edges,)
        Observed values, from the minimum to the maximum. A constant column has one bin, ``[c, c]``; a column
        without a finite value has no edges.

    Notes
    -----
    Quantiles are of the kind "inverted CDF" (Hyndman and Fan's type 1, SQL's ``quantile_disc``): an edge is
    a value that occurs, so a bin between two neighbouring values cannot stay empty.

    Examples
    --------
    >>> equal_frequency_edges([1, 2, 3, 4, 5, 6, 7, 8], n_bins=4)
    array([1., 2., 4., 6., 8.])
    >>> equal_frequency_edges([0, 0, 0, 0, 0, 0, 0, 5], n_bins=4)
    array([0., 0., 5.])
    >>> equal_frequency_edges([7, 7, np.nan, np.inf])
    array([7., 7.])
    >>> equal_frequency_edges([])
    array([], dtype=float64)
    """
    if n_bins < 1:
        raise ValueError(f"`n_bins` must be at least 1; it is {n_bins}")
    numbers = as_floats(values, "values")
    finite = numbers[np.isfinite(numbers)]
    if finite.size == 0:
        return np.empty(0)
    levels = np.linspace(0, 1, n_bins + 1)
    return edges_from_quantiles(np.quantile(finite, levels, method="inverted_cdf"))


def edges_from_quantiles(quantiles: npt.ArrayLike) -> Floats:
    """Return edges from quantiles that something else computed, an engine for instance.

    Parameters
    ----------
    quantiles : array_like of shape (n_bins + 1,)
        From level 0 to level 1. Null and infinite ones are left out.

    Returns
    -------
    edges : array of shape (n_edges,)
        Ascending. Equal quantiles collapse into one edge; when any did, the minimum becomes a bin of its
        own, so that the two values of a 0/1 column, or the zeros of a column that is mostly zero, are told
        apart from the rest.

    Examples
    --------
    >>> edges_from_quantiles([0, 10, 20])
    array([ 0., 10., 20.])
    >>> edges_from_quantiles([0, 0, 1])
    array([0., 0., 1.])
    >>> edges_from_quantiles([3, 3, 3])
    array([3., 3.])
    """
    numbers = as_floats(quantiles, "quantiles")
    finite = numbers[np.isfinite(numbers)]
    distinct = np.unique(finite)
    if distinct.size == 0 or (distinct.size == finite.size and distinct.size > 1):
        return distinct
    return np.concatenate([distinct[:1], distinct])


def bin_positions(values: npt.ArrayLike, edges: npt.ArrayLike) -> Ints:
    """Return the position of each value: 0 below, 1 .. k its bin, k + 1 above, k + 2 null.

    Parameters
    ----------
    values : array_like of shape (n_rows,)
        −inf lies below, +inf above, NaN is null.
    edges : array_like of shape (k + 1,) or (0,)
        Without edges there is no range to be inside of: every value that is not null lies above.

    Raises
    ------
    ValueError
        If edges are not finite and ascending (only the lowest may come twice), or there is just one.

    Examples
    --------
    >>> bin_positions([-1, 0, 5, 10, 11, np.nan], [0, 5, 10])
    array([0, 1, 1, 2, 3, 4])
    >>> bin_positions([0, 1, 2], [0, 0, 2])
    array([1, 2, 2])
    """
    numbers = as_floats(values, "values")
    limits = _checked_edges(edges)
    n_bins = max(limits.size - 1, 0)
    positions = np.searchsorted(limits, numbers, side="left").astype(np.int64)
    if limits.size == 0:
        positions += 1
    else:
        positions[numbers == limits[0]] = 1
    positions[np.isnan(numbers)] = n_bins + 2
    return positions


def count_bins(values: npt.ArrayLike, edges: npt.ArrayLike) -> Ints:
    """Return rows per position: ``[below, bin 1, ..., bin k, above, null]``.

    Parameters
    ----------
    values : array_like of shape (n_rows,)
        One column.
    edges : array_like of shape (k + 1,) or (0,)
        As `equal_frequency_edges` makes them, usually of the reference.

    Returns
    -------
    counts : array of shape (k + 3,)
        Sums to the number of rows. ``counts[:-1]`` are the rows that have a value, in order;
        ``counts[0] + counts[-2]`` lie outside the range of the reference.

    Examples
    --------
    >>> count_bins([-1, 0, 5, 10, 11, np.nan, np.inf], [0, 5, 10])
    array([1, 2, 1, 2, 1])
    """
    limits = np.asarray(edges, dtype=np.float64)
    n_positions = max(limits.size - 1, 0) + N_EXTRA_POSITIONS
    return np.bincount(bin_positions(values, limits), minlength=n_positions).astype(np.int64)


def bin_labels(edges: npt.ArrayLike) -> tuple[str, ...]:
    """Return a label for each position of `count_bins`, to be read by people.

    Examples
    --------
    >>> bin_labels([0, 0, 5, 10])
    ('< 0', '0', '(0, 5]', '(5, 10]', '> 10', 'null')
    >>> bin_labels([0, 5])
    ('< 0', '[0, 5]', '> 5', 'null')
    >>> bin_labels([])
    ('below', 'above', 'null')
    """
    limits = _checked_edges(edges)
    if limits.size == 0:
        return ("below", "above", "null")
    told = [f"{limit:.6g}" for limit in limits]
    first = told[0] if limits[0] == limits[1] else f"[{told[0]}, {told[1]}]"
    rest = [f"({low}, {high}]" for low, high in pairwise(told[1:])]
    return (f"< {told[0]}", first, *rest, f"> {told[-1]}", "null")


def _checked_edges(edges: npt.ArrayLike) -> Floats:
    limits = as_floats(edges, "edges")
    steps = np.diff(limits)
    ascending = bool(np.isfinite(limits).all() and (steps[:1] >= 0).all() and (steps[1:] > 0).all())
    if limits.size == 1 or not ascending:
        shown = ", ".join(f"{limit:g}" for limit in limits[:6])
        raise ValueError(
            "`edges` must be finite and ascend, two or more of them, only the lowest twice; "
            f"they are [{shown}{', ...' if limits.size > 6 else ''}]"
        )
    return limits
