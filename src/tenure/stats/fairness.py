"""Two groups treated alike? The ratio and the difference of two shares, with intervals."""

import math

from tenure.stats.interval import Interval
from tenure.stats.proportion import wilson_interval
from tenure.stats.tails import normal_quantile


def impact_ratio(
    n_favoured: float, n_rows: float, reference_favoured: float, reference_rows: float, *, level: float = 0.95
) -> Interval:
    r"""Return the adverse impact ratio of a group with Katz's log interval.

    .. math:: R = \frac{a/n}{b/m}, \qquad
       \ln R \pm z \sqrt{\frac{1 - a/n}{a} + \frac{1 - b/m}{b}}

    a of n rows of the group get the favourable outcome, b of m of the reference group do. Below 0.8 it
    is adverse impact by the four-fifths rule [1]_.

    Parameters
    ----------
    n_favoured, n_rows
        Of the group: 0 <= `n_favoured` <= `n_rows`.
    reference_favoured, reference_rows
        Of the group it is compared with.
    level
        Confidence, in (0, 1).

    Returns
    -------
    Interval
        Estimate in [0, inf). With no favoured row of the group the estimate is 0 and the upper bound is
        that of half a row; NaN throughout if the reference has no favoured row, or a group no row.

    Raises
    ------
    ValueError
        Unless favoured rows lie between 0 and the rows.

    References
    ----------
    .. [1] Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D.
    .. [2] D. Katz et al., "Obtaining confidence intervals for the risk ratio in cohort studies", 1978.

    Examples
    --------
    >>> ratio = impact_ratio(48, 80, 96, 120)
    >>> round(ratio.estimate, 3), round(ratio.low, 3), round(ratio.high, 3)
    (0.75, 0.614, 0.916)
    """
    _check(n_favoured, n_rows)
    _check(reference_favoured, reference_rows)
    if 0 in (n_rows, reference_rows, reference_favoured):
        return _unknown(level)
    share, reference = n_favoured / n_rows, reference_favoured / reference_rows
    a = max(n_favoured, 0.5)
    spread = math.sqrt((1 - a / n_rows) / a + (1 - reference) / reference_favoured)
    half = normal_quantile((1 + level) / 2) * spread
    middle = math.log(a / n_rows / reference)
    low = 0.0 if n_favoured == 0 else math.exp(middle - half)
    return Interval(low=low, high=math.exp(middle + half), level=level, estimate=share / reference)


def rate_gap(
    n_hits: float, n_rows: float, reference_hits: float, reference_rows: float, *, level: float = 0.95
) -> Interval:
    r"""Return the difference of two shares with Newcombe's interval.

    .. math:: \hat p - \hat q - \sqrt{(\hat p - l_p)^2 + (u_q - \hat q)^2} \;\ldots\;
              \hat p - \hat q + \sqrt{(u_p - \hat p)^2 + (\hat q - l_q)^2}

    with Wilson's bounds l and u of each share [1]_, method 10.

    Returns
    -------
    Interval
        Estimate in [-1, 1]; NaN throughout if a group has no row.

    Raises
    ------
    ValueError
        Unless hits lie between 0 and the rows.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent proportions", 1998.

    Examples
    --------
    >>> gap = rate_gap(56, 70, 48, 80)
    >>> round(gap.estimate, 4), round(gap.low, 4), round(gap.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    _check(n_hits, n_rows)
    _check(reference_hits, reference_rows)
    if 0 in (n_rows, reference_rows):
        return _unknown(level)
    p, q = (
        wilson_interval(*pair, level=level) for pair in ((n_hits, n_rows), (reference_hits, reference_rows))
    )
    gap = p.estimate - q.estimate
    return Interval(
        low=gap - math.hypot(p.estimate - p.low, q.high - q.estimate),
        high=gap + math.hypot(p.high - p.estimate, q.estimate - q.low),
        level=level,
        estimate=gap,
    )


def _unknown(level: float) -> Interval:
    return Interval(low=math.nan, high=math.nan, level=level, estimate=math.nan)


def _check(n_hits: float, n_rows: float) -> None:
    if not 0 <= n_hits <= n_rows:
        raise ValueError(f"hits must lie between 0 and the {n_rows:g} rows; there are {n_hits:g}")
