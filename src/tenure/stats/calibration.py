"""Do rows scored 0.3 default three times in ten? Calibration curve and expected calibration error."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Floats, Ints, as_codes, as_flags, as_probabilities, check_same_length


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationCurve:
    """Predicted and observed shares, bin by bin, ascending; empty bins are left out.

    Attributes
    ----------
    predicted_share : array of shape (n_bins,)
        Mean probability of the bin's rows.
    observed_share : array of shape (n_bins,)
        Share of them that came true.
    n_rows : array of shape (n_bins,)
        Rows in the bin.
    """

    predicted_share: Floats
    observed_share: Floats
    n_rows: Ints

    @property
    def error(self) -> float:
        """Mean gap between both shares, weighted by rows; NaN without rows."""
        if self.n_rows.size == 0:
            return float("nan")
        return float(np.average(np.abs(self.predicted_share - self.observed_share), weights=self.n_rows))


def calibration_curve(
    target: npt.ArrayLike, probability: npt.ArrayLike, *, n_bins: int = 10
) -> CalibrationCurve:
    """Return predicted against observed shares in bins of equal width over [0, 1].

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    probability : array_like of shape (n_rows,)
        Of class 1. A bin holds its lower edge; the last holds 1 too.
    n_bins : int, default 10
        Bins asked for; those without rows are left out.

    Examples
    --------
    >>> curve = calibration_curve([0, 1, 1, 1], [0.1, 0.1, 0.9, 0.7], n_bins=2)
    >>> curve.predicted_share, curve.observed_share, curve.n_rows
    (array([0.1, 0.8]), array([0.5, 1. ]), array([2, 2]))
    """
    outcomes = as_flags(target, "target")
    shares = as_probabilities(probability, "probability")[:, 1]
    check_same_length(target=outcomes, probability=shares)
    places = np.minimum((shares * n_bins).astype(np.int64), n_bins - 1)
    n_rows = np.bincount(places, minlength=n_bins).astype(np.int64)
    filled = n_rows > 0
    return CalibrationCurve(
        predicted_share=np.bincount(places, weights=shares, minlength=n_bins)[filled] / n_rows[filled],
        observed_share=np.bincount(places, weights=outcomes, minlength=n_bins)[filled] / n_rows[filled],
        n_rows=n_rows[filled],
    )


def expected_calibration_error(
    target: npt.ArrayLike, probabilities: npt.ArrayLike, *, n_bins: int = 10
) -> float:
    r"""Return the mean gap between what was promised and what came true.

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n} \, |\bar p_b - \bar y_b|

    Two classes: the probability of class 1 against its share. More classes: the probability of the class
    predicted (the largest) against the share predicted right.

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        Class codes.
    probabilities : array_like of shape (n_rows, n_classes) or (n_rows,)
        One probability per class, or that of class 1 of two.
    n_bins : int, default 10
        Bins of equal width. More bins, larger error: noise does not cancel. Compare only equal numbers
        of bins and similar numbers of rows.

    Returns
    -------
    float
        In [0, 1], 0 is best; NaN without rows.

    References
    ----------
    .. [1] M. P. Naeini, G. Cooper and M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
       Binning", 2015.
    .. [2] C. Guo et al., "On Calibration of Modern Neural Networks", 2017.

    Examples
    --------
    >>> round(expected_calibration_error([0, 1, 1, 1], [0.1, 0.1, 0.9, 0.7], n_bins=2), 3)
    0.3
    """
    table = as_probabilities(probabilities, "probabilities")
    codes = as_codes(target, "target", n_classes=table.shape[1])
    if table.shape[1] == 2:
        return calibration_curve(codes == 1, table[:, 1], n_bins=n_bins).error
    check_same_length(target=codes, probabilities=table)
    right = table.argmax(axis=1) == codes
    return calibration_curve(right, table.max(axis=1), n_bins=n_bins).error
