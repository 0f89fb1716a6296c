"""What each training row counts for: where rare classes are made up for.

Rows that are made up are in `oversampling`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tenure.training.config import Imbalance, ImbalancePolicy


def row_weights(
    codes: npt.NDArray[np.int64], *, n_classes: int, imbalance: ImbalancePolicy
) -> npt.NDArray[np.float64]:
    r"""A weight per row, with mean 1.

    ``none`` and made-up rows: 1 each. ``class_weight``: :math:`n / (k\, n_c)` for a row of class c, so
    that all k classes weigh the same, as scikit-learn's ``balanced``. Probabilities are then those of
    balanced classes; the threshold, chosen on validation as it is, makes up for it.

    Examples
    --------
    >>> row_weights(np.array([0, 0, 0, 1]), n_classes=2, imbalance=Imbalance.CLASS_WEIGHT).round(3)
    array([0.667, 0.667, 0.667, 2.   ])
    """
    if imbalance is not Imbalance.CLASS_WEIGHT:
        return np.ones(codes.size)
    counts = np.bincount(codes, minlength=n_classes)
    by_class = np.divide(codes.size, n_classes * counts, out=np.zeros(n_classes), where=counts > 0)
    weights: npt.NDArray[np.float64] = by_class[codes]
    return weights
