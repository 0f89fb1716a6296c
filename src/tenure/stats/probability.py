"""How good probabilities are: log loss and Brier score, per row and on average."""

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_codes, as_probabilities, check_same_length

SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)
"""What a probability of 0 counts as in a logarithm, as in scikit-learn."""


def log_loss(target: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    r"""Return the mean of :math:`-\ln p` of the class that came true, in nats.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        Class codes.
    probabilities : array_like of shape (n_rows, n_classes) or (n_rows,)
        One probability per class, or that of class 1 of two. Not rescaled when a row does not sum to 1.

    Returns
    -------
    float
        0 or more; NaN without rows. A probability of 0 for what came true counts as 2.2e-16, a loss of 36.

    References
    ----------
    .. [1] I. J. Good, "Rational Decisions", 1952.

    Examples
    --------
    >>> round(log_loss([1, 0], [0.8, 0.4]), 4)
    0.367
    """
    return _mean(log_loss_by_row(target, probabilities))


def log_loss_by_row(target: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    """Return the log loss of each row, in nats; see `log_loss`.

    Examples
    --------
    >>> log_loss_by_row([1, 0], [0.5, 0.0]).round(4)
    array([0.6931, 0.    ])
    """
    codes, table = _rows(target, probabilities)
    came_true = np.take_along_axis(table, codes[:, None], axis=1)[:, 0]
    losses: Floats = -np.log(np.clip(came_true, SMALLEST_PROBABILITY, 1.0))
    return losses + 0.0


def brier_score(target: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    r"""Return the mean squared error of the probabilities.

    Two classes: the mean of :math:`(p_1 - y)^2`, in [0, 1]. More: the mean of
    :math:`\sum_k (p_k - y_k)^2`, in [0, 2]. Both as `sklearn.metrics.brier_score_loss` does by default: the
    score of two classes is half of what the second formula would give.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        Class codes.
    probabilities : array_like of shape (n_rows, n_classes) or (n_rows,)
        One probability per class, or that of class 1 of two.

    Returns
    -------
    float
        0 is best; NaN without rows.

    References
    ----------
    .. [1] G. W. Brier, "Verification of forecasts expressed in terms of probability", 1950.

    Examples
    --------
    >>> brier_score([1, 0], [0.5, 0.0])
    0.125
    """
    return _mean(brier_by_row(target, probabilities))


def brier_by_row(target: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    """Return the squared error of each row's probabilities; see `brier_score`.

    Examples
    --------
    >>> brier_by_row([0, 2], [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    array([0., 2.])
    """
    codes, table = _rows(target, probabilities)
    errors: Floats = ((table - np.eye(table.shape[1])[codes]) ** 2).sum(axis=1)
    return errors / 2 if table.shape[1] == 2 else errors


def _rows(target: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[Ints, Floats]:
    table = as_probabilities(probabilities, "probabilities")
    codes = as_codes(target, "target", n_classes=table.shape[1])
    check_same_length(target=codes, probabilities=table)
    return codes, table


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")
