"""How many rows it takes to find a difference, from the error that some rows have left."""

import math

from tenure.stats.tails import normal_quantile


def required_rows(
    standard_error: float, n_rows: int, *, difference: float, level: float = 0.95, power: float = 0.8
) -> int | None:
    r"""Return how many rows of the same kind would find a true difference.

    .. math:: n' = n \left(\frac{(z_{(1+\text{level})/2} + z_{\text{power}})\,\mathrm{se}}{\delta}\right)^2

    The error falls with the square root of the rows, and a difference of so many errors lies outside the
    interval with the probability `power`. Of two independent samples `n_rows` counts both: their shares stay.

    Parameters
    ----------
    standard_error : float
        Of the estimated difference, on `n_rows`.
    n_rows : int
        Rows it was estimated on, at least 1.
    difference : float
        The true difference that is to be found; its sign does not matter, and it is not 0.
    level : float, default 0.95
        Confidence of the interval.
    power : float, default 0.8
        How likely it is to be found.

    Returns
    -------
    int or None
        None where the error is unknown (NaN or 0).

    Raises
    ------
    ValueError
        For no rows or a difference of 0.

    References
    ----------
    .. [1] J. M. Lachin, "Introduction to sample size determination and power analysis for clinical trials",
       Controlled Clinical Trials 2, 1981, equation 1.

    Examples
    --------
    Two means of standard deviation 1 on 50 rows each: finding half of it takes 63 rows each.

    >>> required_rows(math.sqrt(2 / 50), 100, difference=0.5)
    126
    """
    if n_rows < 1 or difference == 0:
        raise ValueError(f"there must be rows and a difference; there are {n_rows} and {difference}")
    if not standard_error > 0:
        return None
    errors = normal_quantile((1 + level) / 2) + normal_quantile(power)
    return math.ceil(n_rows * (errors * standard_error / difference) ** 2)
