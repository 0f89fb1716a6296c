"""What one column alone knows about the target: ranking power, association, information value.

Numbers for the leakage audit: an honest column of a lending table seldom reaches an AUC of 0.8 or an
information value of 0.5 alone.
"""

import math
from collections.abc import Hashable, Iterable

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_codes, as_flags, as_floats, check_same_length
from tenure.stats.psi import population_stability_index
from tenure.stats.ranking import roc_auc


def column_auc(values: npt.ArrayLike, target: npt.ArrayLike) -> float:
    """Return the AUC of a numeric column used as the score, in the better direction.

    Parameters
    ----------
    values : array_like of shape (n_rows,)
        Null rows (NaN) are one group of equal score, ranked below or above all values, whichever tells
        more. A column that is null for one class and not for the other thus has an AUC of 1.
    target : array_like of shape (n_rows,)
        0 or 1.

    Returns
    -------
    float
        In [0.5, 1]; 0.5 for a constant column; NaN if only one class occurs. The better of up to four, so a
        little above 0.5 by chance. Sees monotonic relations only: bin the column and use
        `information_value` for others.

    Examples
    --------
    >>> column_auc([1, 2, 3, 4], [1, 1, 0, 0])
    1.0
    >>> column_auc([float("nan"), 5, 5, float("nan")], [1, 0, 0, 1])
    1.0
    >>> column_auc([3, 3, 3], [0, 1, 1])
    0.5
    """
    numbers, positive = as_floats(values, "values"), as_flags(target, "target")
    check_same_length(values=numbers, target=positive)
    null = np.isnan(numbers)
    ranks = np.zeros(numbers.shape)
    ranks[~null] = np.unique(numbers[~null], return_inverse=True)[1] + 1
    orders = [ranks, np.where(null, numbers.size + 1, ranks)] if null.any() else [ranks]
    aucs = [roc_auc(positive, order) for order in orders]
    return max(max(auc, 1 - auc) for auc in aucs)


def column_auc_by_class(values: npt.ArrayLike, target: npt.ArrayLike, *, n_classes: int) -> Floats:
    """Return `column_auc` of each class against all others; NaN for a class that no row or every row has.

    Examples
    --------
    >>> column_auc_by_class([1, 2, 3, 4], [0, 1, 1, 2], n_classes=3)
    array([1. , 0.5, 1. ])
    """
    codes = as_codes(target, "target", n_classes=n_classes)
    return np.array([column_auc(values, codes == code) for code in range(n_classes)])


def contingency_table(groups: Iterable[Hashable], target: npt.ArrayLike, *, n_classes: int = 2) -> Ints:
    """Return rows by group (down) and class (across).

    Parameters
    ----------
    groups : iterable of n_rows hashable values
        Categories, bin positions, patterns. None is a group; so is NaN, all of them one.
    target : array_like of shape (n_rows,)
        Class codes 0 .. n_classes − 1.

    Returns
    -------
    table : array of shape (n_groups, n_classes)
        Groups in order of appearance.

    Examples
    --------
    >>> contingency_table(["a", "b", "a", None], [0, 1, 1, 1])
    array([[1, 1],
           [0, 1],
           [0, 1]])
    """
    codes = as_codes(target, "target", n_classes=n_classes)
    places: dict[Hashable, int] = {}
    rows = np.array([places.setdefault(_one_nan(group), len(places)) for group in groups], dtype=np.int64)
    check_same_length(groups=rows, target=codes)
    cells = np.bincount(rows * n_classes + codes, minlength=len(places) * n_classes)
    return cells.reshape(len(places), n_classes).astype(np.int64)


def information_value(table: npt.ArrayLike) -> float:
    r"""Return the information value of a grouped column for a target of two classes.

    .. math:: \mathrm{IV} = \sum_i (g_i - b_i) \ln(g_i / b_i)

    :math:`g_i, b_i` the shares of class 0 and of class 1 that lie in group i. The PSI between the classes,
    smoothed as that is: half a row in each group.

    Parameters
    ----------
    table : array_like of shape (n_groups, 2)
        Rows by group and class, see `contingency_table`.

    Returns
    -------
    float
        0 or more. By habit below 0.02 useless, above 0.5 too good to be true. NaN if only one class occurs.

    References
    ----------
    .. [1] N. Siddiqi, "Credit Risk Scorecards", Wiley, 2006.

    Examples
    --------
    >>> round(information_value([[90, 10], [60, 40]]), 3)
    0.69
    """
    counts = _checked_table(table)
    if counts.shape[1] != 2:
        raise ValueError(f"information value is for two classes; the table has {counts.shape[1]}")
    return population_stability_index(counts[:, 0], counts[:, 1])


def cramers_v(table: npt.ArrayLike, *, bias_corrected: bool = True) -> float:
    r"""Return Cramér's V, the strength of association between a grouped column and the target.

    .. math:: V = \sqrt{\frac{\chi^2 / n}{\min(r, c) - 1}}

    Parameters
    ----------
    table : array_like of shape (n_groups, n_classes)
        Rows by group and class. Empty lines and columns are left out.
    bias_corrected : bool, default True
        Bergsma's correction: without it a column of many small groups looks associated with anything.

    Returns
    -------
    float
        In [0, 1]; 1 if the group tells the class. NaN with fewer than two groups or classes.

    References
    ----------
    .. [1] H. Cramér, "Mathematical Methods of Statistics", 1946.
    .. [2] W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", 2013.

    Examples
    --------
    >>> cramers_v([[50, 0], [0, 50]], bias_corrected=False)
    1.0
    >>> cramers_v([[25, 25], [25, 25]])
    0.0
    """
    counts = _checked_table(table)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    n_groups, n_classes = counts.shape
    total = counts.sum()
    if min(n_groups, n_classes) < 2:
        return float("nan")
    by_chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    phi_squared = float(((counts - by_chance) ** 2 / by_chance).sum() / total)
    if bias_corrected:
        return _bergsma(phi_squared, n_groups, n_classes, float(total))
    return min(math.sqrt(phi_squared / (min(n_groups, n_classes) - 1)), 1.0)


def _bergsma(phi_squared: float, n_groups: int, n_classes: int, total: float) -> float:
    corrected = max(0.0, phi_squared - (n_groups - 1) * (n_classes - 1) / (total - 1))
    groups = n_groups - (n_groups - 1) ** 2 / (total - 1)
    classes = n_classes - (n_classes - 1) ** 2 / (total - 1)
    smaller = min(groups, classes) - 1
    return min(math.sqrt(corrected / smaller), 1.0) if smaller > 0 else 0.0


def _checked_table(table: npt.ArrayLike) -> Floats:
    counts: Floats = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2:
        raise ValueError(f"a table of rows by group and class has two dimensions; this has {counts.ndim}")
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError("a table of rows by group and class holds counts of 0 or more")
    return counts


def _one_nan(group: Hashable) -> Hashable:
    return None if isinstance(group, float) and math.isnan(group) else group
