"""Count, mean, standard deviation and skew from a summary that merges: months, partitions, sources."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import as_floats

ROUNDING = float(np.finfo(np.float64).eps)
"""Relative size below which a spread is rounding noise around a constant."""


@dataclass(frozen=True, slots=True)
class Moments:
    """A column in eight numbers; two of them merge into that of both columns together.

    Attributes
    ----------
    n : int
        Finite values.
    n_null : int
        NaN; they count nowhere else.
    mean : float
        NaN for n = 0.
    m2, m3 : float
        Sums of the squared and cubed deviations from the mean.
    minimum, maximum : float
        Of the finite values; NaN for n = 0.
    n_infinite : int
        Infinite values; they count nowhere else.

    Notes
    -----
    From an engine's aggregates: ``m2 = n * var_pop`` and ``m3 = n * skewness_pop * var_pop ** 1.5``.

    Examples
    --------
    >>> january, february = moments_of([1.0, 2.0, None]), moments_of([3.0, 6.0])
    >>> both = january.merge(february)
    >>> both.n, both.n_null, both.mean, both.minimum, both.maximum
    (4, 1, 3.0, 1.0, 6.0)
    >>> round(both.std, 4), round(both.skew, 4)
    (2.1602, 0.6872)
    """

    n: int
    n_null: int
    mean: float
    m2: float
    m3: float
    minimum: float
    maximum: float
    n_infinite: int = 0

    @property
    def n_rows(self) -> int:
        """All rows, null and infinite ones among them."""
        return self.n + self.n_null + self.n_infinite

    @property
    def null_share(self) -> float:
        """Share of rows that are null; NaN without rows."""
        return self.n_null / self.n_rows if self.n_rows else float("nan")

    @property
    def variance(self) -> float:
        """Sample variance, divisor n − 1; NaN for fewer than two values."""
        return self.m2 / (self.n - 1) if self.n > 1 else float("nan")

    @property
    def std(self) -> float:
        """Sample standard deviation, the root of `variance`."""
        return math.sqrt(self.variance)

    @property
    def skew(self) -> float:
        r"""Fisher's skewness :math:`g_1 = \sqrt n \, m_3 / m_2^{3/2}`; NaN for a constant or no value.

        The biased one, as `scipy.stats.skew` by default.
        """
        if self.n == 0 or self.is_constant:
            return float("nan")
        spread = math.sqrt(self.m2 / self.n)
        return self.m3 / self.n / (spread * spread * spread)

    @property
    def is_constant(self) -> bool:
        """Whether all finite values are one value, but for rounding; False without values."""
        return self.n > 0 and self.m2 / self.n <= (ROUNDING * self.mean) * (ROUNDING * self.mean)

    def merge(self, other: "Moments") -> "Moments":
        r"""Return the moments of both sets of rows together.

        With :math:`\delta = \bar x_b - \bar x_a` and :math:`n = n_a + n_b`:

        .. math::
            M_2 &= M_2^a + M_2^b + \delta^2 n_a n_b / n \\
            M_3 &= M_3^a + M_3^b + \delta^3 n_a n_b (n_a - n_b) / n^2 + 3 \delta (n_a M_2^b - n_b M_2^a) / n

        Free of the cancellation that sums of powers suffer. Order and grouping do not matter but for
        rounding; a side without values adds its null count only.

        References
        ----------
        .. [1] T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance",
           1983.
        .. [2] P. Pébay, "Formulas for robust, one-pass parallel computation of covariances and
           arbitrary-order statistical moments", Sandia, 2008.
        """
        n_null, n_infinite = self.n_null + other.n_null, self.n_infinite + other.n_infinite
        if self.n == 0 or other.n == 0:
            return _with_counts(other if self.n == 0 else self, n_null, n_infinite)
        n = self.n + other.n
        delta = other.mean - self.mean
        product = self.n * other.n / n
        crossed = 3 * delta * (self.n * other.m2 - other.n * self.m2) / n
        return Moments(
            n=n,
            n_null=n_null,
            mean=self.mean + delta * other.n / n,
            m2=self.m2 + other.m2 + delta * delta * product,
            m3=self.m3 + other.m3 + delta * delta * delta * product * (self.n - other.n) / n + crossed,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            n_infinite=n_infinite,
        )


def moments_of(values: npt.ArrayLike) -> Moments:
    """Return the moments of a column.

    Parameters
    ----------
    values : array_like of shape (n_rows,)
        NaN counts as null; infinite values are counted and kept out of everything else. Beyond 1e100 the
        third moment leaves the range of floats and the skew becomes NaN or infinite.

    Examples
    --------
    >>> moments_of([2.0, 4.0, float("nan"), float("inf")])
    Moments(n=2, n_null=1, mean=3.0, m2=2.0, m3=0.0, minimum=2.0, maximum=4.0, n_infinite=1)
    >>> moments_of([]).n
    0
    """
    numbers = as_floats(values, "values")
    finite = numbers[np.isfinite(numbers)]
    n_null = int(np.isnan(numbers).sum())
    n_infinite = numbers.size - finite.size - n_null
    nan = float("nan")
    if finite.size == 0:
        return Moments(0, n_null, nan, 0.0, 0.0, nan, nan, n_infinite)
    mean = float(finite.mean())
    with np.errstate(over="ignore", invalid="ignore"):
        deviations = finite - mean
        squares = deviations * deviations
        m2, m3 = float(squares.sum()), float((squares * deviations).sum())
    return Moments(finite.size, n_null, mean, m2, m3, float(finite.min()), float(finite.max()), n_infinite)


def _with_counts(moments: Moments, n_null: int, n_infinite: int) -> Moments:
    return Moments(
        n=moments.n,
        n_null=n_null,
        mean=moments.mean,
        m2=moments.m2,
        m3=moments.m3,
        minimum=moments.minimum,
        maximum=moments.maximum,
        n_infinite=n_infinite,
    )
