"""Groups that hold one class only: categories, and null itself."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_counts, check_same_length


@dataclass(frozen=True, slots=True, eq=False)
class GroupPurity:
    """How far each group belongs to one class.

    Attributes
    ----------
    n_rows : array of shape (n_groups,)
        Rows of the group.
    majority_class : array of shape (n_groups,)
        Its most frequent class; the lowest code among equals.
    purity : array of shape (n_groups,)
        Share of its rows in that class; NaN for a group without rows.
    """

    n_rows: Ints
    majority_class: Ints
    purity: Floats


@dataclass(frozen=True, slots=True)
class NullPattern:
    """Which classes the null rows and the rows with a value of a column belong to.

    Attributes
    ----------
    n_null, n_present : int
        Rows without and with a value.
    null_class, present_class : int
        The most frequent class on each side.
    null_purity, present_purity : float
        Share of that side in its class; NaN for an empty side.
    chance : float
        Probability that nulls strewn blindly would leave a side as pure as it is; 1 if no side is pure.
    """

    n_null: int
    n_present: int
    null_class: int
    present_class: int
    null_purity: float
    present_purity: float
    chance: float

    @property
    def is_one_sided(self) -> bool:
        """Whether null, or having a value, tells the class for certain."""
        return self.null_purity == 1 or self.present_purity == 1

    @property
    def is_exact(self) -> bool:
        """Whether the column is null exactly when the target is one value (of two)."""
        return self.null_purity == 1 and self.present_purity == 1 and self.null_class != self.present_class


def group_purity(table: npt.ArrayLike) -> GroupPurity:
    """Return the majority class of each group and its share.

    Parameters
    ----------
    table : array_like of shape (n_groups, n_classes)
        Rows by group and class, see `contingency_table`.

    Examples
    --------
    >>> group_purity([[9, 1], [0, 4]])
    GroupPurity(n_rows=array([10,  4]), majority_class=array([0, 1]), purity=array([0.9, 1. ]))
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[1] == 0:
        raise ValueError(
            f"rows by group and class have two dimensions; this table has the shape {counts.shape}"
        )
    n_rows = counts.sum(axis=1)
    purity = np.full(n_rows.shape, np.nan)
    np.divide(counts.max(axis=1), n_rows, out=purity, where=n_rows > 0)
    return GroupPurity(n_rows.astype(np.int64), counts.argmax(axis=1).astype(np.int64), purity)


def pure_row_share(table: npt.ArrayLike, *, min_rows: int = 30) -> float:
    """Return the share of rows that lie in groups of one class only.

    Parameters
    ----------
    table : array_like of shape (n_groups, n_classes)
        Rows by group and class.
    min_rows : int, default 30
        Smaller groups do not count as pure: a group of one row always is.

    Returns
    -------
    float
        In [0, 1]; NaN without rows, or if all rows are of one class (then every group is pure).

    Examples
    --------
    >>> pure_row_share([[60, 0], [20, 20]])
    0.6
    >>> pure_row_share([[1, 0], [0, 1]])
    0.0
    """
    groups = group_purity(table)
    total = int(groups.n_rows.sum())
    classes = np.asarray(table, dtype=np.float64).sum(axis=0)
    if np.count_nonzero(classes) < 2:
        return float("nan")
    pure = (groups.purity == 1) & (groups.n_rows >= min_rows)
    return int(groups.n_rows[pure].sum()) / total


def null_pattern(null_by_class: npt.ArrayLike, present_by_class: npt.ArrayLike) -> NullPattern:
    r"""Return how null and having a value go with the classes.

    The chance of a pure side is hypergeometric: k of n rows picked blindly all belong to a class of c rows
    with probability :math:`\binom{c}{k} / \binom{n}{k}`. A handful of nulls in one class is no evidence; a
    thousand are.

    Parameters
    ----------
    null_by_class, present_by_class : array_like of shape (n_classes,)
        Rows of each class without and with a value.

    Examples
    --------
    >>> pattern = null_pattern([70, 0], [0, 30])
    >>> pattern.is_exact, pattern.chance < 1e-20
    (True, True)
    >>> pattern = null_pattern([2, 0], [68, 30])
    >>> pattern.is_one_sided, pattern.is_exact, round(pattern.chance, 2)
    (True, False, 0.49)
    """
    null, present = as_counts(null_by_class, "null_by_class"), as_counts(present_by_class, "present_by_class")
    check_same_length(null_by_class=null, present_by_class=present)
    sides = group_purity(np.vstack([null, present]))
    total_by_class = null + present
    return NullPattern(
        n_null=int(sides.n_rows[0]),
        n_present=int(sides.n_rows[1]),
        null_class=int(sides.majority_class[0]),
        present_class=int(sides.majority_class[1]),
        null_purity=float(sides.purity[0]),
        present_purity=float(sides.purity[1]),
        chance=min(_chance_of_purity(side, total_by_class) for side in (null, present)),
    )


def _chance_of_purity(side: Floats, total_by_class: Floats) -> float:
    """Chance that as many rows picked blindly are all of the side's class; 1 if it is mixed or empty."""
    picked = side.sum()
    if picked == 0 or side.max() < picked:
        return 1.0
    of_class = float(total_by_class[int(side.argmax())])
    return math.exp(
        _log_choices(of_class, float(picked)) - _log_choices(float(total_by_class.sum()), float(picked))
    )


def _log_choices(n: float, k: float) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
