"""An estimate between two bounds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval and the estimate it is about.

    Attributes
    ----------
    low, high : float
        The bounds; NaN when there was nothing to estimate.
    level : float
        Confidence, in (0, 1).
    estimate : float
        The value on all rows.
    standard_error : float
        Of the estimate; NaN where the method gives none.

    Examples
    --------
    >>> Interval(low=0.01, high=0.05, level=0.95, estimate=0.03).lies_above(0.0)
    True
    """

    low: float
    high: float
    level: float
    estimate: float
    standard_error: float = float("nan")

    def lies_above(self, value: float) -> bool:
        """Return whether the whole interval is above `value`; never for NaN bounds."""
        return self.low > value

    def lies_below(self, value: float) -> bool:
        """Return whether the whole interval is below `value`; never for NaN bounds."""
        return self.high < value
