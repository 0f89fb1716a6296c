"""The confusion matrix and what is read from it.

Everything here takes a confusion matrix, not rows: matrices of months or partitions add up, and an engine
can count one with a GROUP BY. A share of nothing (the precision of a class never predicted) is 0, as with
scikit-learn's ``zero_division=0``: a model that never says 1 shall not pass a gate by being undefined. Only
without any row is a metric NaN.
"""

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_codes, check_same_length


def confusion_matrix(target: npt.ArrayLike, predicted: npt.ArrayLike, *, n_classes: int = 2) -> Ints:
    """Return rows by true class (down) and predicted class (across).

    Parameters
    ----------
    target, predicted : array_like of shape (n_rows,)
        Class codes 0 .. n_classes − 1.
    n_classes : int, default 2
        Classes there can be, whether they occur or not.

    Returns
    -------
    matrix : array of shape (n_classes, n_classes)
        Sums to the number of rows.

    Raises
    ------
    ValueError
        For codes out of range, null, or arrays of different length.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1])
    array([[1, 1],
           [0, 2]])
    """
    true_codes = as_codes(target, "target", n_classes=n_classes)
    predicted_codes = as_codes(predicted, "predicted", n_classes=n_classes)
    check_same_length(target=true_codes, predicted=predicted_codes)
    cells = np.bincount(true_codes * n_classes + predicted_codes, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.int64)


def accuracy(matrix: npt.ArrayLike) -> float:
    """Return the share of rows predicted right; NaN without rows.

    Examples
    --------
    >>> accuracy([[1, 1], [0, 2]])
    0.75
    """
    counts = _checked_matrix(matrix)
    total = counts.sum()
    return float(np.trace(counts) / total) if total > 0 else float("nan")


def precision_by_class(matrix: npt.ArrayLike) -> Floats:
    """Return, per class, the share of rows so predicted that are so: TP / (TP + FP).

    Returns
    -------
    array of shape (n_classes,)
        0 for a class never predicted; all NaN without rows.

    Examples
    --------
    >>> precision_by_class([[1, 1], [0, 3]])
    array([1.  , 0.75])
    """
    counts = _checked_matrix(matrix)
    return _share(np.diag(counts), counts.sum(axis=0), counts)


def recall_by_class(matrix: npt.ArrayLike) -> Floats:
    """Return, per class, the share of its rows that are predicted so: TP / (TP + FN).

    Returns
    -------
    array of shape (n_classes,)
        0 for a class that does not occur; all NaN without rows.

    Examples
    --------
    >>> recall_by_class([[1, 1], [0, 3]])
    array([0.5, 1. ])
    """
    counts = _checked_matrix(matrix)
    return _share(np.diag(counts), counts.sum(axis=1), counts)


def f1_by_class(matrix: npt.ArrayLike) -> Floats:
    """Return, per class, the harmonic mean of precision and recall: 2·TP / (2·TP + FP + FN).

    Returns
    -------
    array of shape (n_classes,)
        0 for a class that neither occurs nor is predicted; all NaN without rows.

    References
    ----------
    .. [1] C. J. van Rijsbergen, "Information Retrieval", 1979.

    Examples
    --------
    >>> f1_by_class([[1, 1], [0, 3]]).round(3)
    array([0.667, 0.857])
    """
    counts = _checked_matrix(matrix)
    return _share(2 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1), counts)


def precision(matrix: npt.ArrayLike, *, positive: int = 1) -> float:
    """Return the precision of one class, see `precision_by_class`.

    Examples
    --------
    >>> precision([[1, 1], [0, 3]])
    0.75
    """
    return float(precision_by_class(matrix)[positive])


def recall(matrix: npt.ArrayLike, *, positive: int = 1) -> float:
    """Return the recall of one class, see `recall_by_class`.

    Examples
    --------
    >>> recall([[1, 1], [2, 2]])
    0.5
    """
    return float(recall_by_class(matrix)[positive])


def f1(matrix: npt.ArrayLike, *, positive: int = 1) -> float:
    """Return the F1 of one class, see `f1_by_class`.

    Examples
    --------
    >>> f1([[1, 1], [1, 1]])
    0.5
    """
    return float(f1_by_class(matrix)[positive])


def macro_precision(matrix: npt.ArrayLike) -> float:
    """Return the mean precision over the classes that occur or are predicted; NaN without rows.

    Examples
    --------
    >>> macro_precision([[1, 1, 0], [0, 3, 0], [0, 0, 0]])
    0.875
    """
    return _mean_over_present(precision_by_class(matrix), matrix)


def macro_recall(matrix: npt.ArrayLike) -> float:
    """Return the mean recall over the classes that occur or are predicted; NaN without rows.

    Examples
    --------
    >>> macro_recall([[1, 1, 0], [0, 3, 0], [0, 0, 0]])
    0.75
    """
    return _mean_over_present(recall_by_class(matrix), matrix)


def macro_f1(matrix: npt.ArrayLike) -> float:
    """Return the mean F1 over the classes that occur or are predicted; NaN without rows.

    The mean of the classes' F1, not the F1 of mean precision and recall.

    References
    ----------
    .. [1] J. Opitz and S. Burst, "Macro F1 and Macro F1", 2019.

    Examples
    --------
    >>> round(macro_f1([[1, 1, 0], [0, 3, 0], [0, 0, 0]]), 3)
    0.762
    """
    return _mean_over_present(f1_by_class(matrix), matrix)


def _checked_matrix(matrix: npt.ArrayLike) -> Floats:
    counts: Floats = np.asarray(matrix, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a confusion matrix is square; this one has the shape {counts.shape}")
    return counts


def _share(part: Floats, whole: Floats, counts: Floats) -> Floats:
    """Part over whole, 0 where the whole is 0, NaN if there are no rows at all."""
    shares = np.full(whole.shape, 0.0 if counts.sum() > 0 else np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def _mean_over_present(values: Floats, matrix: npt.ArrayLike) -> float:
    counts = _checked_matrix(matrix)
    present = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    return float(values[present].mean()) if present.any() else float("nan")
