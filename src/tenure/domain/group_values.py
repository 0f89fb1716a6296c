"""What each group of features adds to a model: measured, with its sampling error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class GroupVerdict(StrEnum):
    """What the interval of a difference says."""

    ADDS = "adds"
    """The whole interval is above zero."""
    LUCK = "luck"
    """Zero lies within: what it adds cannot be told from luck."""
    HARMS = "harms"
    """The whole interval is below zero: the model is better without it."""
    SOLE = "sole"
    """No feature that varies is left without it: there is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class GroupValue:
    """What the features of one source, SQL file or of the crosses add to all the others."""

    group: str
    n_features: int
    """Features that go with it, those among them that other blocks make of it."""
    without: float | None = None
    """The metric of the model that lacks them; None where no feature that varies is left."""
    adds: float | None = None
    """By how much the model with them is better: positive is better, whichever way the metric counts."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval of `adds`; None where the metric is undefined on every resample."""

    @property
    def verdict(self) -> GroupVerdict:
        """What the interval says.

        Examples
        --------
        >>> GroupValue("bureau", 12, 0.71, 0.03, 0.01, 0.05).verdict.value
        'adds'
        >>> GroupValue("weather", 3, 0.74, 0.001, -0.004, 0.006).verdict.value
        'luck'
        """
        if self.adds is None:
            return GroupVerdict.SOLE
        if self.low is not None and self.low > 0:
            return GroupVerdict.ADDS
        if self.high is not None and self.high < 0:
            return GroupVerdict.HARMS
        return GroupVerdict.LUCK


@dataclass(frozen=True, slots=True)
class FeatureComparison:
    """One training with all features and one without each group, on the same rows."""

    as_of: date
    metric: str
    value: float
    """Of the model with all features, on the test rows; its mean over folds where there are several."""
    n_features: int
    n_test_rows: int
    """In all folds."""
    n_folds: int
    algorithm: str
    parameters: tuple[tuple[str, str], ...]
    taken_from: str
    """Where the parameters come from."""
    groups: tuple[GroupValue, ...]
    """What adds most comes first."""
