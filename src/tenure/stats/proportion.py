"""A share of rows: its interval, and the test that two shares are one."""

import math
from dataclasses import dataclass

import numpy as np

from tenure.stats.interval import Interval
from tenure.stats.tails import normal_quantile, normal_tail


@dataclass(frozen=True, slots=True)
class ProportionTest:
    """Whether two shares differ.

    Attributes
    ----------
    difference : float
        Current share − reference share, in [−1, 1].
    statistic : float
        z: standard errors between them.
    p_value : float
        Two-sided, in [0, 1].
    """

    difference: float
    statistic: float
    p_value: float


def wilson_interval(n_successes: float, n_trials: float, *, level: float = 0.95) -> Interval:
    r"""Return Wilson's score interval of a share.

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Unlike p ± z·se it stays within [0, 1] and is honest for few rows and for shares near 0 or 1.

    Returns
    -------
    Interval
        (0, 1) with a NaN estimate for no trials.

    Raises
    ------
    ValueError
        Unless 0 <= `n_successes` <= `n_trials`.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Examples
    --------
    >>> interval = wilson_interval(0, 10)
    >>> interval.low, round(interval.high, 3)
    (0.0, 0.278)
    """
    _check_share(n_successes, n_trials)
    if n_trials == 0:
        return Interval(low=0.0, high=1.0, level=level, estimate=float("nan"))
    share = n_successes / n_trials
    z = normal_quantile((1 + level) / 2)
    shrink = 1 + z**2 / n_trials
    middle = (share + z**2 / (2 * n_trials)) / shrink
    half = z * math.sqrt(share * (1 - share) / n_trials + z**2 / (4 * n_trials**2)) / shrink
    return Interval(
        low=0.0 if n_successes == 0 else max(middle - half, 0.0),
        high=1.0 if n_successes == n_trials else min(middle + half, 1.0),
        level=level,
        estimate=share,
        standard_error=math.sqrt(share * (1 - share) / n_trials),
    )


def compare_proportions(
    reference_successes: float, n_reference: float, current_successes: float, n_current: float
) -> ProportionTest:
    r"""Return the pooled z-test that two shares are equal.

    .. math:: z = \frac{q - p}{\sqrt{\bar p (1 - \bar p)(1/n + 1/m)}}

    :math:`z^2` is Pearson's chi-square of the 2 × 2 table without continuity correction. The normal
    approximation wants about five successes and five failures on each side.

    Returns
    -------
    ProportionTest
        All NaN if a side has no trials; z = 0 and p = 1 if every trial of both sides ended alike.

    Examples
    --------
    >>> test = compare_proportions(100, 1000, 130, 1000)
    >>> round(test.difference, 3), round(test.statistic, 3), round(test.p_value, 3)
    (0.03, 2.103, 0.035)
    """
    _check_share(reference_successes, n_reference)
    _check_share(current_successes, n_current)
    if n_reference == 0 or n_current == 0:
        return ProportionTest(*np.full(3, np.nan).tolist())
    difference = current_successes / n_current - reference_successes / n_reference
    pooled = (reference_successes + current_successes) / (n_reference + n_current)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n_reference + 1 / n_current))
    z = difference / spread if spread > 0 else 0.0
    return ProportionTest(difference, z, min(2 * normal_tail(abs(z)), 1.0))


def _check_share(n_successes: float, n_trials: float) -> None:
    if not 0 <= n_successes <= n_trials:
        raise ValueError(
            f"successes must lie between 0 and the {n_trials:g} trials; there are {n_successes:g}"
        )
