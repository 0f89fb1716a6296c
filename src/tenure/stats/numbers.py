"""A numeric column as a profile: rows per bin, and moments, in sums that merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.stats.bins import N_EXTRA_POSITIONS, count_bins
from tenure.stats.moments import Moments, moments_of
from tenure.stats.quantiles import quantiles_from_bins

Counts: TypeAlias = tuple[int, ...]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The levels that are measured of every numeric feature."""


@dataclass(frozen=True, slots=True)
class NumberProfile:
    """A numeric column: rows per bin, and its moments.

    `counts` are ``[below, bin 1, ..., bin k, above, null]`` by `edges` (see `tenure.stats.bins`).
    """

    edges: tuple[float, ...]
    counts: Counts
    n: int
    n_null: int
    n_infinite: int
    mean: float | None
    m2: float
    m3: float
    minimum: float | None
    maximum: float | None

    @property
    def moments(self) -> Moments:
        """Mean, spread and skew."""
        nan = float("nan")
        return Moments(
            n=self.n,
            n_null=self.n_null,
            mean=nan if self.mean is None else self.mean,
            m2=self.m2,
            m3=self.m3,
            minimum=nan if self.minimum is None else self.minimum,
            maximum=nan if self.maximum is None else self.maximum,
            n_infinite=self.n_infinite,
        )

    def quantiles(self) -> tuple[float, ...]:
        """The quantiles at `QUANTILES`, from the bins; NaN without a value."""
        return tuple(quantiles_from_bins(self.counts, self.edges, QUANTILES).tolist())

    def mode(self) -> float | None:
        """The middle of the fullest bin; None without a value."""
        inside = np.asarray(self.counts[1:-2])
        if not inside.size or not inside.sum():
            return None
        place = int(inside.argmax())
        return (self.edges[place] + self.edges[place + 1]) / 2

    @property
    def n_occupied(self) -> int:
        """Bins that hold a row: what stands for the cardinality of a number."""
        return sum(count > 0 for count in self.counts[:-1])

    @property
    def n_outside(self) -> int:
        """Rows below the lowest edge or above the highest, infinite ones among them."""
        return self.counts[0] + self.counts[-2]

    def merge(self, other: NumberProfile) -> NumberProfile:
        """The profile of both sets of rows together: counts add up, moments merge.

        Raises
        ------
        ValueError
            If the two were counted by different edges.

        Examples
        --------
        >>> monday, tuesday = count_numbers([0.5, 3.0], (0, 1, 2)), count_numbers([None, 1.5], (0, 1, 2))
        >>> monday.merge(tuesday).counts
        (0, 1, 1, 1, 1)
        """
        if self.edges != other.edges:
            raise ValueError(
                f"profiles merge only where their edges are the same; these are {_shown(self.edges)} "
                f"and {_shown(other.edges)}"
            )
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return number_profile(self.edges, counts, self.moments.merge(other.moments))


def number_profile(edges: tuple[float, ...], counts: Counts, moments: Moments) -> NumberProfile:
    """A profile of counts and moments that were taken of the same rows.

    Examples
    --------
    >>> number_profile((0, 1), (0, 2, 0, 1), moments_of([0.0, 1.0, None])).mean
    0.5
    """
    some = moments.n > 0
    return NumberProfile(
        edges=edges,
        counts=counts,
        n=moments.n,
        n_null=moments.n_null,
        n_infinite=moments.n_infinite,
        mean=moments.mean if some else None,
        m2=moments.m2,
        m3=moments.m3,
        minimum=moments.minimum if some else None,
        maximum=moments.maximum if some else None,
    )


def count_numbers(values: npt.ArrayLike, edges: tuple[float, ...]) -> NumberProfile:
    """The profile of a column in memory, by edges that were chosen before.

    Parameters
    ----------
    values : array_like of shape (n_rows,)
        NaN is null; infinite values lie outside of the edges and are in no moment.
    edges
        As `tenure.stats.bins.equal_frequency_edges` makes them.

    Examples
    --------
    >>> count_numbers([0.0, 1.0, 5.0, float("nan")], (0.0, 2.0)).counts
    (0, 2, 1, 1)
    """
    return number_profile(edges, tuple(count_bins(values, edges).tolist()), moments_of(values))


def no_numbers(edges: tuple[float, ...]) -> NumberProfile:
    """The profile of no row.

    Examples
    --------
    >>> no_numbers((0.0, 2.0)).counts
    (0, 0, 0, 0)
    """
    n_positions = max(len(edges) - 1, 0) + N_EXTRA_POSITIONS
    return NumberProfile(edges, (0,) * n_positions, 0, 0, 0, None, 0.0, 0.0, None, None)


def _shown(edges: tuple[float, ...]) -> str:
    return f"[{', '.join(f'{edge:g}' for edge in edges[:4])}{', ...' if len(edges) > 4 else ''}]"
