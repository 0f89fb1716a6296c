"""Weight of evidence: what each group of a column says of two classes, alone and added up.

The weights of a scorecard. Added over columns they are naive Bayes: the score that a table gives when every
column counts for itself.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_codes
from tenure.stats.information import information_value
from tenure.stats.interval import Interval
from tenure.stats.shares import smoothed_shares
from tenure.stats.tails import normal_quantile


def weights_of_evidence(table: npt.ArrayLike) -> Floats:
    r"""Return the weight of evidence of each group, in favour of class 1.

    .. math:: \mathrm{WoE}_i = \ln(b_i / g_i)

    :math:`g_i, b_i` the shares of class 0 and of class 1 that lie in group i, smoothed by half a row.

    Parameters
    ----------
    table : array_like of shape (n_groups, 2)
        Rows by group and class, see `contingency_table`.

    Returns
    -------
    weights : array of shape (n_groups,)
        0 for a group without rows: it says nothing.

    References
    ----------
    .. [1] I. J. Good, "Probability and the Weighing of Evidence", 1950.

    Examples
    --------
    >>> weights_of_evidence([[50, 25], [50, 75], [0, 0]]).round(2)
    array([-0.68,  0.4 ,  0.  ])
    """
    counts: Floats = np.asarray(table, dtype=np.float64)
    weights = np.zeros(len(counts))
    good, bad = smoothed_shares(counts[:, 0], counts[:, 1])
    weights[counts.sum(axis=1) > 0] = np.log(bad / good)
    return weights


def information_interval(table: npt.ArrayLike, *, level: float = 0.95) -> Interval:
    r"""Return the information value of a grouped column with its interval.

    The bounds are those of the delta method for two multinomial samples, around the value less what k groups
    of pure noise would show, :math:`(k - 1)(1/n_0 + 1/n_1)`.

    Parameters
    ----------
    table : array_like of shape (n_groups, 2)
        Rows by group and class; groups without rows are left out.
    level : float, default 0.95
        Confidence, in (0, 1).

    Returns
    -------
    Interval
        ``estimate`` is `information_value`; all NaN if only one class occurs. Near 0, where the value cannot
        be normal, the bounds are wide rather than exact.

    References
    ----------
    .. [1] B. Yurdakul, "Statistical Properties of Population Stability Index", 2018: the bias.
    .. [2] A. Agresti, "Categorical Data Analysis", 3rd ed., 2013, chapter 16: the delta method.

    Examples
    --------
    >>> found = information_interval([[900, 100], [600, 400]])
    >>> round(found.low, 2), round(found.estimate, 2), round(found.high, 2)
    (0.54, 0.71, 0.88)
    """
    counts: Floats = np.asarray(table, dtype=np.float64)
    n_rows = counts.sum(axis=0)
    estimate = information_value(counts)
    if (n_rows == 0).any():
        return Interval(np.nan, np.nan, level, np.nan)
    good, bad = smoothed_shares(counts[:, 0], counts[:, 1])
    log = np.log(good / bad)
    variance = _variance(good, log + 1 - bad / good) / n_rows[0]
    variance += _variance(bad, -log + 1 - good / bad) / n_rows[1]
    centre = estimate - (good.size - 1) * float((1 / n_rows).sum())
    error = float(np.sqrt(variance))
    reach = normal_quantile((1 + level) / 2) * error
    return Interval(centre - reach, centre + reach, level, estimate, error)


def evidence_scores(
    columns: Sequence[Ints], target: npt.ArrayLike, *, n_folds: int = 5, least: float = 0.02
) -> Floats:
    """Return the sum of each row's weights of evidence, learned without the rows of its fold.

    Parameters
    ----------
    columns : sequence of arrays of shape (n_rows,)
        Group of each row in each column, as whole numbers from 0.
    target : array_like of shape (n_rows,)
        0 or 1.
    n_folds : int, default 5
        Row i is in fold i modulo `n_folds`.
    least : float, default 0.02
        A column takes part where its information value is above this for certain: below, by habit, a column
        is useless, and many useless ones add up to noise.

    Returns
    -------
    scores : array of shape (n_rows,)
        Higher means class 1; 0 for all rows without a column that says anything.

    References
    ----------
    .. [1] N. Siddiqi, "Credit Risk Scorecards", Wiley, 2006: the 0.02.

    Examples
    --------
    >>> target = np.tile([0, 0, 1, 1, 1], 80)
    >>> telling = np.where(np.arange(400) % 4 == 0, 1 - target, target)
    >>> scores = evidence_scores([telling, np.zeros(400, dtype=int)], target)
    >>> bool(scores[target == 1].mean() > scores[target == 0].mean())
    True
    """
    codes = as_codes(target, "target", n_classes=2)
    folds = np.arange(codes.size) % n_folds
    scores = np.zeros(codes.size)
    for groups in columns:
        for fold in range(n_folds):
            held_out = folds == fold
            table = table_of_groups(groups, codes, n_groups=int(groups.max()) + 1, rows=~held_out)
            if information_interval(table).low > least:
                scores[held_out] += weights_of_evidence(table)[groups[held_out]]
    return scores


def table_of_groups(
    groups: Ints, codes: Ints, *, n_groups: int, rows: npt.NDArray[np.bool_] | None = None
) -> Ints:
    """Return rows by group and class of two classes, of the `rows` named or of all.

    Examples
    --------
    >>> table_of_groups(np.array([0, 2, 2]), np.array([1, 0, 1]), n_groups=3)
    array([[0, 1],
           [0, 0],
           [1, 1]])
    """
    chosen = groups * 2 + codes if rows is None else (groups * 2 + codes)[rows]
    return np.bincount(chosen, minlength=2 * n_groups).reshape(n_groups, 2).astype(np.int64)


def _variance(shares: Floats, slopes: Floats) -> float:
    """Of a sum of shares times slopes, for one multinomial draw."""
    mean = float((shares * slopes).sum())
    return float((shares * slopes**2).sum()) - mean**2
