"""Who gets which score: the mean of the features that matter most, by tenth of the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints
from tenure.stats.bins import bin_positions, equal_frequency_edges
from tenure.stats.numbers import Counts, NumberProfile, count_numbers, no_numbers


@dataclass(frozen=True, slots=True)
class DecileSums:
    """One feature in each decile of the score: rows that have a finite value, and the sum of the values."""

    n: Counts
    total: tuple[float, ...]

    def mean(self, decile: int) -> float:
        """The mean in a decile, 0 the lowest; NaN without a row.

        Examples
        --------
        >>> DecileSums((2, 0), (5.0, 0.0)).mean(0)
        2.5
        """
        return self.total[decile] / self.n[decile] if self.n[decile] else float("nan")

    def merge(self, other: DecileSums) -> DecileSums:
        """The sums of both sets of rows together."""
        return DecileSums(
            tuple(a + b for a, b in zip(self.n, other.n, strict=True)),
            tuple(a + b for a, b in zip(self.total, other.total, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class DecileProfile:
    """Rows by tenth of the watched score, and what some features are on average in each.

    The edges of `score` are its deciles in the reference: ten bins, or fewer where scores tie. A score
    beyond them belongs to the outermost decile.
    """

    score: NumberProfile
    features: Mapping[str, DecileSums]

    @property
    def n_deciles(self) -> int:
        """How many bins the score has; 0 for a reference without rows."""
        return max(len(self.score.edges) - 1, 0)

    def count(self, score: npt.ArrayLike, values: Mapping[str, npt.ArrayLike]) -> DecileProfile:
        """The profile with more rows counted in.

        Parameters
        ----------
        score : array_like of shape (n_rows,)
            As `watched_score` gives it.
        values
            Each feature of the profile, of the same rows.

        Examples
        --------
        >>> profile = choose_deciles([0.1, 0.4, 0.5, 0.9], ("age",), n_deciles=2)
        >>> counted = profile.count([0.0, 0.2, 1.0], {"age": [30, 40, 55]})
        >>> counted.features["age"].n, counted.features["age"].mean(0)
        ((2, 1), 35.0)
        """
        deciles = self._deciles(score)
        more = DecileProfile(
            count_numbers(score, self.score.edges),
            {name: self._sums(np.asarray(values[name], np.float64), deciles) for name in self.features},
        )
        return self.merge(more)

    def merge(self, other: DecileProfile) -> DecileProfile:
        """The profile of both sets of rows together.

        Raises
        ------
        ValueError
            If their deciles or features differ.
        """
        if set(self.features) != set(other.features):
            raise ValueError("profiles merge only where the deciles are told of the same features")
        return DecileProfile(
            self.score.merge(other.score),
            {name: part.merge(other.features[name]) for name, part in self.features.items()},
        )

    def empty_like(self) -> DecileProfile:
        """The same deciles without rows."""
        none = DecileSums((0,) * self.n_deciles, (0.0,) * self.n_deciles)
        return replace(self, score=no_numbers(self.score.edges), features=dict.fromkeys(self.features, none))

    def _deciles(self, score: npt.ArrayLike) -> Ints:
        return np.clip(bin_positions(score, self.score.edges), 1, max(self.n_deciles, 1)) - 1

    def _sums(self, values: Floats, deciles: Ints) -> DecileSums:
        there = np.isfinite(values)
        places, length = deciles[there], self.n_deciles
        n = np.bincount(places, minlength=length)[:length]
        total = np.bincount(places, weights=values[there], minlength=length)[:length]
        return DecileSums(tuple(n.tolist()), tuple(total.tolist()))


def choose_deciles(score: npt.ArrayLike, features: tuple[str, ...], *, n_deciles: int = 10) -> DecileProfile:
    """An empty profile with the deciles of a reference's scores."""
    edges = tuple(equal_frequency_edges(score, n_bins=n_deciles).tolist())
    return DecileProfile(no_numbers(edges), dict.fromkeys(features, DecileSums((), ()))).empty_like()


def watched_score(probabilities: npt.ArrayLike) -> Floats:
    """One score of each row: of two classes the last one's, of more that of the likeliest class.

    Parameters
    ----------
    probabilities : array_like of shape (n_rows, n_classes)
        What a model says.

    Examples
    --------
    >>> watched_score([[0.8, 0.2], [0.1, 0.9]])
    array([0.2, 0.9])
    >>> watched_score([[0.5, 0.3, 0.2]])
    array([0.5])
    """
    matrix = np.asarray(probabilities, dtype=np.float64)
    return matrix[:, -1] if matrix.shape[1] == 2 else matrix.max(axis=1, initial=0.0)
