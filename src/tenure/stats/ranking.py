"""How well a score ranks: ROC AUC, Gini, one-vs-rest AUC of several classes."""

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Bools, Floats, as_codes, as_flags, as_scores, check_same_length
from tenure.stats.tails import midranks


def roc_auc(target: npt.ArrayLike, score: npt.ArrayLike) -> float:
    r"""Return the area under the ROC curve.

    The chance that a row of class 1 scores higher than a row of class 0, ties counted half:

    .. math:: \mathrm{AUC} = \frac{R_1 - n_1 (n_1 + 1) / 2}{n_1 n_0}

    with :math:`R_1` the sum of the midranks of class 1 (the Mann–Whitney statistic).

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    score : array_like of shape (n_rows,)
        Higher means more likely 1. Any scale; infinite values may be ranked, NaN may not.

    Returns
    -------
    float
        In [0, 1]; 0.5 for a constant score; NaN if only one class occurs, or no row.

    Raises
    ------
    ValueError
        For a target other than 0 and 1, a NaN score, or different lengths.

    References
    ----------
    .. [1] J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a ROC curve", 1982.

    Examples
    --------
    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    >>> roc_auc([0, 1, 1], [0.5, 0.5, 0.5])
    0.5
    >>> roc_auc([1, 1], [0.2, 0.3])
    nan
    """
    positive, values = ranked_rows(target, score)
    n_positive = int(positive.sum())
    n_negative = positive.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    rank_sum = float(midranks(values)[positive].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def gini(target: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Return the Gini coefficient of a score, 2·AUC − 1 (Somers' D, the accuracy ratio).

    Returns
    -------
    float
        In [−1, 1]; 0 for a score that ranks like chance; NaN if only one class occurs.

    Examples
    --------
    >>> gini([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.5
    """
    return 2 * roc_auc(target, score) - 1


def roc_auc_by_class(target: npt.ArrayLike, scores: npt.ArrayLike) -> Floats:
    """Return the AUC of each class against all others, by that class's own score.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        Class codes 0 .. n_classes − 1.
    scores : array_like of shape (n_rows, n_classes)
        One score per class, a column each.

    Returns
    -------
    aucs : array of shape (n_classes,)
        NaN for a class that no row or every row has.

    Examples
    --------
    >>> roc_auc_by_class([0, 1, 1], [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.3, 0.7, 0]])
    array([ 1.,  1., nan])
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"`scores` must have one column per class; it has {table.ndim} dimension(s)")
    n_classes = table.shape[1]
    codes = as_codes(target, "target", n_classes=n_classes)
    return np.array([roc_auc(codes == code, table[:, code]) for code in range(n_classes)])


def roc_auc_macro(
    target: npt.ArrayLike, scores: npt.ArrayLike, *, class_weights: npt.ArrayLike | None = None
) -> float:
    """Return the mean over classes of the AUC of each class against all others.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        Class codes 0 .. n_classes − 1.
    scores : array_like of shape (n_rows, n_classes)
        One score per class.
    class_weights : array_like of shape (n_classes,), optional
        What each class counts for; equal by default. The shares of the classes give what scikit-learn calls
        ``average="weighted"``.

    Returns
    -------
    float
        In [0, 1]. Classes without an AUC (no row has them) are left out and the other weights scaled up;
        NaN if no class has one. For two classes equal to `roc_auc` when the two scores sum to 1.

    References
    ----------
    .. [1] F. Provost and P. Domingos, "Well-trained PETs: Improving probability estimation trees", 2000.

    Examples
    --------
    >>> scores = [[0.8, 0.1, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [0.5, 0.4, 0.1]]
    >>> roc_auc_macro([0, 1, 2, 1], scores)
    1.0
    """
    aucs = roc_auc_by_class(target, scores)
    weights = np.ones(aucs.size) if class_weights is None else np.asarray(class_weights, dtype=np.float64)
    check_same_length(class_weights=weights, classes=aucs)
    known = ~np.isnan(aucs) & (weights > 0)
    return float(np.average(aucs[known], weights=weights[known])) if known.any() else float("nan")


def ranked_rows(target: npt.ArrayLike, score: npt.ArrayLike) -> tuple[Bools, Floats]:
    """Return target and score as arrays of one length, checked: 0/1 and no NaN.

    Raises
    ------
    ValueError
        For a target other than 0 and 1, a NaN score, or different lengths.
    """
    positive, values = as_flags(target, "target"), as_scores(score, "score")
    check_same_length(target=positive, score=values)
    return positive, values
