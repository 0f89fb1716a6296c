"""Does the order of the scores still hold? Outcomes by group of the score, and how well they rise with it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_flags, as_scores, check_same_length
from tenure.stats.tails import top_ranks


@dataclass(frozen=True, slots=True, eq=False)
class ScoreGroups:
    """Rows by group of the score, from the lowest.

    Attributes
    ----------
    mean_score : array of shape (n_groups,)
        Of the rows of the group.
    observed_share : array of shape (n_groups,)
        Share of them that came true.
    n_rows : array of shape (n_groups,)
        Rows in the group; a tenth each, but for ties, which are never parted.
    """

    mean_score: Floats
    observed_share: Floats
    n_rows: Ints

    @property
    def stability(self) -> float:
        r"""Kendall's tau-b between the groups' order and their observed shares, in [-1, 1].

        1 when every group came true more often than the one before; NaN for fewer than two groups or equal
        shares throughout.

        References
        ----------
        .. [1] M. G. Kendall, "The treatment of ties in ranking problems", 1945.
        """
        if self.observed_share.size < 2:
            return float("nan")
        from scipy import stats  # noqa: PLC0415 - takes a second, and few ask

        return float(stats.kendalltau(np.arange(self.observed_share.size), self.observed_share).statistic)


def group_by_score(target: npt.ArrayLike, score: npt.ArrayLike, *, n_groups: int = 10) -> ScoreGroups:
    """Return the rows in groups of about equal size, by their score.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    score : array_like of shape (n_rows,)
        No NaN. Rows of equal score are in one group.
    n_groups : int, default 10
        Groups asked for; ties make them fewer.

    Examples
    --------
    >>> groups = group_by_score(
    ...     [0, 0, 0, 1, 0, 1, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], n_groups=4
    ... )
    >>> groups.observed_share, groups.n_rows
    (array([0. , 0.5, 0.5, 1. ]), array([2, 2, 2, 2]))
    >>> round(groups.stability, 3)
    0.913
    """
    outcomes, values = as_flags(target, "target"), as_scores(score, "score")
    check_same_length(target=outcomes, score=values)
    if not values.size:
        return ScoreGroups(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    places = np.floor((top_ranks(values) - 1) * n_groups / values.size).astype(np.int64)
    _, group = np.unique(places, return_inverse=True)
    n_rows = np.bincount(group)
    return ScoreGroups(
        mean_score=np.bincount(group, weights=values) / n_rows,
        observed_share=np.bincount(group, weights=outcomes.astype(np.float64)) / n_rows,
        n_rows=n_rows.astype(np.int64),
    )
