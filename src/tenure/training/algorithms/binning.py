"""One column → a few bins whose event rate goes one way, with the weight of evidence of each.

Fine bins first (quantiles), then pool-adjacent-violators on their event rates [1]_, then neighbours are
merged (ChiMerge [2]_) while one has too few rows, lacks a class, or does not differ from the other.
Merging neighbours keeps the order: the rate of both together lies between their rates.

References
----------
.. [1] R. Barlow, D. Bartholomew, J. Bremner and H. Brunk, "Statistical Inference under Order
   Restrictions", Wiley 1972.
.. [2] R. Kerber, "ChiMerge: Discretization of Numeric Attributes", AAAI 1992.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

N_FINE = 50
"""Fine bins at most."""
DIFFERENT = 3.841
"""Chi-squared of one degree of freedom that equal rates exceed once in twenty."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BinPolicy:
    """How many bins of values a column may have, and the least share of all rows that a bin holds."""

    max_bins: int
    min_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Binning:
    """The bins of a column: of its values from low to high, then that of null.

    Attributes
    ----------
    edges : float32 array of shape (n_edges,)
        The least value of each bin of values but the first.
    rows, events : array of shape (n_edges + 2,)
        Rows of each bin, and how many of them are events (of the positive class).
    woe : array of shape (n_edges + 2,)
        Weight of evidence against the event. 0 where a bin has too few rows, or lacks a class.
    """

    edges: npt.NDArray[np.float32]
    rows: Ints
    events: Ints
    woe: Floats

    def assign(self, values: npt.NDArray[np.float32]) -> Ints:
        """The number of the bin of each value; null is in the last one."""
        null = np.isnan(values)
        return np.where(null, len(self.edges) + 1, np.searchsorted(self.edges, values, side="right"))

    @property
    def information(self) -> float:
        """Information value: the sum over bins of the difference of shares times the weight of evidence.

        From Siddiqi, "Credit Risk Scorecards", Wiley 2006: below 0.02 a characteristic tells nothing.
        """
        others = self.rows - self.events
        shares = others / max(others.sum(), 1) - self.events / max(self.events.sum(), 1)
        return float(shares @ self.woe)


class Pool(NamedTuple):
    """Neighbouring fine bins: rows of either class, and the number of the first of them."""

    others: int
    events: int
    first: int

    def with_next(self, after: Pool) -> Pool:
        """The pool and the one after it as one."""
        return Pool(self.others + after.others, self.events + after.events, self.first)


def bin_column(
    values: npt.NDArray[np.float32], codes: Ints, policy: BinPolicy, *, direction: int = 0
) -> Binning:
    """The bins of a column in which the event rate only rises, or only falls, from low to high values.

    Parameters
    ----------
    values
        Of the column; NaN is null.
    codes
        1 for the event, else 0.
    policy
        How many bins, and how large.
    direction
        1 if the event rate may only rise, −1 only fall, 0 whichever keeps more information.

    Examples
    --------
    >>> values = np.repeat(np.array([1, 2, 3, np.nan], dtype=np.float32), 100)
    >>> codes = np.concatenate([np.arange(100) < n for n in (10, 12, 60, 30)]).astype(np.int64)
    >>> binning = bin_column(values, codes, BinPolicy(max_bins=5, min_share=0.05))
    >>> binning.edges.tolist(), binning.rows.tolist(), binning.events.tolist()
    ([3.0], [200, 100, 100], [22, 60, 30])
    """
    known = ~np.isnan(values)
    fine = _fine_edges(np.sort(values[known]))
    cells = 2 * np.searchsorted(fine, values[known], side="right") + codes[known]
    counts = np.bincount(cells, minlength=2 * (len(fine) + 1)).reshape(-1, 2).tolist()
    pools = [Pool(others, events, first) for first, (others, events) in enumerate(counts)]
    null = Pool(int((codes[~known] == 0).sum()), int((codes[~known] == 1).sum()), -1)
    min_rows = policy.min_share * len(values)
    found = [
        _binning(
            merged(pooled(pools, sign), min_rows=min_rows, max_bins=policy.max_bins), null, fine, min_rows
        )
        for sign in ((direction,) if direction else (1, -1))
    ]
    return max(found, key=lambda binning: binning.information)


def weight_of_evidence(others: Ints, events: Ints) -> Floats:
    """The logarithm of the bin's share of other rows over its share of events.

    Above 0 where events are rarer than on the whole (Siddiqi 2006).

    Examples
    --------
    >>> weight_of_evidence(np.array([80, 20]), np.array([20, 20])).round(3).tolist()
    [0.47, -0.916]
    """
    woe: Floats = np.log((others / others.sum()) / (events / events.sum()))
    return woe


def pooled(pools: Sequence[Pool], direction: int) -> list[Pool]:
    """Pool-adjacent-violators: the event rate of what comes out rises (1) or falls (−1) strictly.

    Examples
    --------
    >>> [tuple(pool) for pool in pooled([Pool(9, 1, 0), Pool(5, 5, 1), Pool(7, 3, 2)], 1)]
    [(9, 1, 0), (12, 8, 1)]
    """
    done: list[Pool] = []
    for pool in pools:
        done.append(pool)
        while len(done) > 1 and _steps_back(done[-2], done[-1], direction):
            after = done.pop()
            done[-1] = done[-1].with_next(after)
    return done


def merged(pools: Sequence[Pool], *, min_rows: float, max_bins: int) -> list[Pool]:
    """Neighbours merged until there are few, each has rows enough of both classes, and all differ."""
    left = list(pools)
    while len(left) > 1:
        apart = [chi_squared(*pair) for pair in pairwise(left)]
        thin = [number for number, pool in enumerate(left) if _is_thin(pool, min_rows)]
        if thin:
            number = min(thin, key=lambda each: left[each].others + left[each].events)
            sides = [each for each in (number - 1, number) if 0 <= each < len(apart)]
        else:
            sides = list(range(len(apart)))
        first = min(sides, key=lambda each: apart[each])
        if not thin and len(left) <= max_bins and apart[first] >= DIFFERENT:
            break
        left[first : first + 2] = [left[first].with_next(left[first + 1])]
    return left


def chi_squared(one: Pool, other: Pool) -> float:
    """Pearson's chi-squared, one degree of freedom, of two bins having the same event rate.

    0 where both have one class only.

    Examples
    --------
    >>> round(chi_squared(Pool(80, 20, 0), Pool(60, 40, 1)), 3)
    9.524
    """
    n_one, n_other = one.others + one.events, other.others + other.events
    others, events = one.others + other.others, one.events + other.events
    product = n_one * n_other * others * events
    if product == 0:
        return 0.0
    return (n_one + n_other) * (one.others * other.events - one.events * other.others) ** 2 / product


def _fine_edges(ordered: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The least value of each fine bin but the first: each value, or quantiles where there are many."""
    if not ordered.size:
        return ordered
    distinct: npt.NDArray[np.float32] = ordered[np.append(True, ordered[1:] > ordered[:-1])]
    if len(distinct) > N_FINE:
        cuts = ordered[len(ordered) * np.arange(1, N_FINE) // N_FINE]
        distinct = np.unique(np.append(cuts, ordered[0]))
    return distinct[1:]


def _steps_back(before: Pool, after: Pool, direction: int) -> bool:
    """Whether the event rate does not go on in the direction; rates compared by cross-multiplication."""
    step = after.events * (before.others + before.events) - before.events * (after.others + after.events)
    return direction * step <= 0


def _is_thin(pool: Pool, min_rows: float) -> bool:
    return pool.others + pool.events < min_rows or min(pool.others, pool.events) == 0


def _binning(pools: Sequence[Pool], null: Pool, fine: npt.NDArray[np.float32], min_rows: float) -> Binning:
    bins = [*pools, null]
    others = np.array([pool.others for pool in bins], dtype=np.int64)
    events = np.array([pool.events for pool in bins], dtype=np.int64)
    says = np.array([not _is_thin(pool, min_rows) for pool in bins])
    with np.errstate(divide="ignore", invalid="ignore"):  # thin bins, which say nothing
        woe = np.where(says, weight_of_evidence(others, events), 0.0)
    edges = fine[[pool.first - 1 for pool in pools[1:]]]
    return Binning(edges, others + events, events, woe)
