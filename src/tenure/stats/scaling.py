r"""Probabilities that say too much, or too little, brought to what came true.

One slope, and one offset per class:

.. math:: q_k \propto p_k^{\,a}\, e^{b_k}

Of two classes it is Platt's logistic curve on the log-odds. A model that was fitted on few rows is surer than
it should be (a < 1); so is one whose rows were weighted by class (b other than 0). The order of the scores of
two classes does not change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from tenure.stats.arrays import Floats, Ints, as_codes, as_probabilities, check_same_length

SMALLEST = 1e-6
"""A probability below this counts as this: no model knows more."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How to bring a model's probabilities to what came true.

    Attributes
    ----------
    slope : float
        a, above 0: below 1 the model was too sure.
    offsets : tuple of float
        b of each class, of which the first is 0.
    """

    slope: float
    offsets: tuple[float, ...]

    def apply(self, probabilities: npt.ArrayLike) -> Floats:
        """Return the probabilities that it makes of others: shape (n_rows, n_classes).

        Examples
        --------
        >>> Scaling(0.5, (0.0, 0.0)).apply([[0.1, 0.9]]).round(2)
        array([[0.25, 0.75]])
        """
        logs = _logs(as_probabilities(np.asarray(probabilities, dtype=np.float64), "probabilities"))
        scaled: Floats = softmax(self.slope * logs + np.asarray(self.offsets), axis=1)
        return scaled


def fit_scaling(codes: npt.ArrayLike, probabilities: npt.ArrayLike) -> Scaling:
    """Return the scaling under which what came true is most likely.

    Parameters
    ----------
    codes : array_like of shape (n_rows,)
        The class that came true, as its place; of rows that the model was not fitted on.
    probabilities : array_like of shape (n_rows, n_classes)
        What the model said of them.

    Returns
    -------
    Scaling
        Held back a little, as if one more row spoke for leaving the probabilities as they are; without rows
        they are left so.

    References
    ----------
    .. [1] J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
    .. [2] C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On Calibration of Modern Neural Networks", 2017.

    Examples
    --------
    >>> sure = np.tile([[0.05, 0.95]], (100, 1))
    >>> fitted = fit_scaling([1] * 70 + [0] * 30, sure)
    >>> fitted.apply(sure[:1]).round(1)
    array([[0.3, 0.7]])
    """
    shares = as_probabilities(np.asarray(probabilities, dtype=np.float64), "probabilities")
    n_classes = shares.shape[1]
    classes = as_codes(codes, "codes", n_classes=n_classes)
    check_same_length(codes=classes, probabilities=shares)
    start = np.concatenate([[1.0], np.zeros(n_classes - 1)])
    if not classes.size:
        return Scaling(1.0, (0.0,) * n_classes)
    bounds = [(0.01, 100.0), *[(-20.0, 20.0)] * (n_classes - 1)]
    found = minimize(
        _loss, start, args=(_logs(shares), classes), jac=True, method="L-BFGS-B", bounds=bounds
    ).x
    return Scaling(float(found[0]), (0.0, *(float(offset) for offset in found[1:])))


def _loss(weights: Floats, logs: Floats, codes: Ints) -> tuple[float, Floats]:
    """Mean log loss with its slope, and the one row that speaks for no change."""
    offsets = np.concatenate([[0.0], weights[1:]])
    said = log_softmax(weights[0] * logs + offsets, axis=1)
    rows = np.arange(codes.size)
    error = np.exp(said)
    error[rows, codes] -= 1
    slope = np.concatenate([[(error * logs).sum()], error[:, 1:].sum(axis=0)]) / codes.size
    change = weights - np.concatenate([[1.0], np.zeros(weights.size - 1)])
    held = float((change**2).sum()) / 2 / codes.size
    return float(-said[rows, codes].mean()) + held, slope + change / codes.size


def _logs(shares: Floats) -> Floats:
    return np.asarray(np.log(np.clip(shares, SMALLEST, 1.0)), dtype=np.float64)
