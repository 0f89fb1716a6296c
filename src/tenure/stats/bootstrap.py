"""Intervals from resampling: of one metric, and of the difference of two, on the same rows or on others.

Paired: candidate and champion are measured on the same resampled rows, so what makes a row hard
for both cancels. Percentile intervals: the quantiles of the resampled values. They need no formula for
the error, keep a metric in its range and are right for statistics whose bias is small beside their spread,
as AUC, F1 and their differences are from some hundred rows on; BCa would correct that bias for one more
measurement per row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tenure.stats.arrays import Floats, Ints
from tenure.stats.interval import Interval
from tenure.stats.resampled import ResampledMetric

CELLS_AT_ONCE = 2_000_000
"""Weights held at once: 16 MB an array."""


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """How rows are resampled.

    Attributes
    ----------
    seed : int
        Same seed, same rows, same interval.
    n_resamples : int
        1,000 leaves a 95 % bound uncertain by about a tenth of a standard error.
    level : float
        Confidence, in (0, 1).
    strata : array of shape (n_rows,), optional
        Rows are drawn within each stratum: its size stays as it is. Class codes keep the class shares.
    clusters : array of shape (n_rows,), optional
        Whole clusters are drawn: rows of one entity are no independent evidence. Not together with strata.
    """

    seed: int
    n_resamples: int = 1000
    level: float = 0.95
    strata: Ints | None = None
    clusters: Ints | None = None


def bootstrap_difference(
    candidate: ResampledMetric, champion: ResampledMetric, *, n_rows: int, resampling: Resampling
) -> Interval:
    """Return the paired percentile interval of candidate − champion on the same rows.

    Parameters
    ----------
    candidate, champion : ResampledMetric
        The same metric of two models, rows in the same order (see `resampled`).
    n_rows : int
        Rows both were measured on.
    resampling : Resampling
        Seed, number, level, strata or clusters.

    Returns
    -------
    Interval
        The estimate is the difference on the rows themselves; the standard error is the spread of the
        resampled differences. Resamples on which a metric is undefined are left out; NaN bounds if it is on
        all.

    Raises
    ------
    ValueError
        For no rows, strata or clusters of another length, or both.

    References
    ----------
    .. [1] B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 and 16.

    Examples
    --------
    >>> from tenure.stats.resampled import resampled_mean
    >>> right, right_before = [1, 1, 1, 0] * 50, [1, 0, 1, 0] * 50
    >>> interval = bootstrap_difference(
    ...     resampled_mean(right),
    ...     resampled_mean(right_before),
    ...     n_rows=200,
    ...     resampling=Resampling(seed=7),
    ... )
    >>> interval.estimate, interval.lies_above(0.15), interval.lies_above(0.25)
    (0.25, True, False)
    """

    def difference(weights: Floats) -> Floats:
        return candidate(weights) - champion(weights)

    return bootstrap_interval(difference, n_rows=n_rows, resampling=resampling)


def bootstrap_interval(metric: ResampledMetric, *, n_rows: int, resampling: Resampling) -> Interval:
    """Return the percentile interval of a metric.

    Any function of weights will do: a ratio, or ``lambda w: candidate(w) - 1.02 * champion(w)`` for "better
    by 2 %".

    Raises
    ------
    ValueError
        For no rows, strata or clusters of another length, or both.

    Examples
    --------
    >>> from tenure.stats.resampled import resampled_mean
    >>> interval = bootstrap_interval(resampled_mean([0, 1] * 50), n_rows=100, resampling=Resampling(seed=1))
    >>> interval.estimate, round(interval.low, 1), round(interval.high, 1)
    (0.5, 0.4, 0.6)
    """
    values = _resampled(metric, n_rows, resampling)
    return _percentile(float(metric(np.ones((1, n_rows)))[0]), values, resampling.level)


def bootstrap_between(
    candidate: tuple[ResampledMetric, int, Resampling], champion: tuple[ResampledMetric, int, Resampling]
) -> Interval:
    """Return the percentile interval of candidate − champion on rows of their own.

    The two samples are independent, as the arms of an A/B test are: each is resampled by itself.

    Parameters
    ----------
    candidate, champion : tuple
        The metric, the rows it was measured on, and how they are resampled: as often, by other seeds.

    Returns
    -------
    Interval
        As of `bootstrap_difference`.

    Raises
    ------
    ValueError
        For no rows, seeds that are the same, numbers of resamples or levels that differ.

    References
    ----------
    .. [1] B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, section 8.3.

    Examples
    --------
    >>> from tenure.stats.resampled import resampled_mean
    >>> interval = bootstrap_between(
    ...     (resampled_mean([1, 1, 1, 0] * 100), 400, Resampling(seed=1)),
    ...     (resampled_mean([1, 0] * 300), 600, Resampling(seed=2)),
    ... )
    >>> interval.estimate, interval.lies_above(0.15), interval.lies_above(0.25)
    (0.25, True, False)
    """
    (ours, n_ours, our_draw), (theirs, n_theirs, their_draw) = candidate, champion
    alike = (our_draw.n_resamples, our_draw.level) == (their_draw.n_resamples, their_draw.level)
    if not alike or our_draw.seed == their_draw.seed:
        raise ValueError("two samples are resampled as often, to one level, by seeds of their own")
    values = _resampled(ours, n_ours, our_draw) - _resampled(theirs, n_theirs, their_draw)
    estimate = float(ours(np.ones((1, n_ours)))[0] - theirs(np.ones((1, n_theirs)))[0])
    return _percentile(estimate, values, our_draw.level)


def _resampled(metric: ResampledMetric, n_rows: int, resampling: Resampling) -> Floats:
    _check_rows(n_rows, resampling)
    return np.concatenate([metric(weights) for weights in draw_weights(n_rows, resampling)])


def _percentile(estimate: float, values: Floats, level: float) -> Interval:
    known = values[~np.isnan(values)]
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail]) if known.size else (np.nan, np.nan)
    return Interval(
        low=float(low),
        high=float(high),
        level=level,
        estimate=estimate,
        standard_error=float(known.std(ddof=1)) if known.size > 1 else float("nan"),
    )


def draw_weights(n_rows: int, resampling: Resampling) -> Iterator[Floats]:
    """Yield how often each row is taken, in tables of shape (up to all resamples, n_rows).

    The draw depends on the seed, the rows, the strata or clusters, and on nothing else.

    Examples
    --------
    >>> (weights,) = draw_weights(4, Resampling(seed=0, n_resamples=2))
    >>> weights.sum(axis=1)
    array([4., 4.])
    """
    rng = np.random.default_rng(resampling.seed)
    n_at_once = max(CELLS_AT_ONCE // n_rows, 1)
    for start in range(0, resampling.n_resamples, n_at_once):
        n_lines = min(n_at_once, resampling.n_resamples - start)
        yield _draw_lines(rng, n_lines, n_rows, resampling)


def _draw_lines(rng: np.random.Generator, n_lines: int, n_rows: int, resampling: Resampling) -> Floats:
    if resampling.clusters is not None:
        _, cluster_of = np.unique(resampling.clusters, return_inverse=True)
        return _draw_units(rng, n_lines, int(cluster_of.max()) + 1)[:, cluster_of]
    if resampling.strata is None:
        return _draw_units(rng, n_lines, n_rows)
    weights = np.empty((n_lines, n_rows))
    for stratum in np.unique(resampling.strata):
        members = np.flatnonzero(resampling.strata == stratum)
        weights[:, members] = _draw_units(rng, n_lines, members.size)
    return weights


def _draw_units(rng: np.random.Generator, n_lines: int, n_units: int) -> Floats:
    """Draw n_units of n_units with replacement, once per line, and count them."""
    taken = rng.integers(0, n_units, size=(n_lines, n_units))
    taken += np.arange(n_lines)[:, None] * n_units
    counts = np.bincount(taken.ravel(), minlength=n_lines * n_units)
    return counts.reshape(n_lines, n_units).astype(np.float64)


def _check_rows(n_rows: int, resampling: Resampling) -> None:
    if n_rows < 1:
        raise ValueError(f"there must be rows to resample; there are {n_rows}")
    if resampling.strata is not None and resampling.clusters is not None:
        raise ValueError("resample by strata or by clusters, not by both")
    for name, groups in (("strata", resampling.strata), ("clusters", resampling.clusters)):
        if groups is not None and len(groups) != n_rows:
            raise ValueError(
                f"`{name}` must have one value for each of {n_rows:,} rows; it has {len(groups):,}"
            )
