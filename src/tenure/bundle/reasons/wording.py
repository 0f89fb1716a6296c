"""What pushed a score, in the words of the project file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_REASONS = 4
"""More than four are not likely to help an applicant (Regulation B, comment 9(b)(2)-1)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a feature is spoken of.

    Parameters
    ----------
    words
        What a person calls it.
    cause
        What it is one sign of: features of one cause make one reason.
    high, low, missing
        The reason when its value is above or below what is usual, or not known; made of `words` where
        empty.
    """

    words: str
    cause: str
    high: str = ""
    low: str = ""
    missing: str = ""

    def told(self, value: object, usual: float | None) -> str:
        """The reason, for an applicant's value.

        Parameters
        ----------
        value
            A number, text, or None.
        usual
            The median of the background; None for what is no number.

        Examples
        --------
        >>> debt = Wording("outstanding debt", "debt", high="Debt is high against income")
        >>> debt.told(9000.0, 1200.0)
        'Debt is high against income'
        >>> debt.told(10.0, 1200.0), debt.told(None, 1200.0)
        ('Outstanding debt: lower than usual', 'Outstanding debt: not known')
        """
        title = self.words[:1].upper() + self.words[1:]
        if value is None or value != value:  # noqa: PLR0124 - NaN
            return self.missing or f"{title}: not known"
        if usual is None or not isinstance(value, int | float) or value == usual:
            return self.high or title
        if value > usual:
            return self.high or f"{title}: higher than usual"
        return self.low or f"{title}: lower than usual"

    def to_json(self) -> dict[str, str]:
        """What ``explainer.json`` holds of it."""
        return {
            "words": self.words,
            "cause": self.cause,
            "high": self.high,
            "low": self.low,
            "missing": self.missing,
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause that pushed the score up."""

    feature: str
    """The feature of the cause that pushed most."""
    reason: str
    """In the words of the project file."""
    value: object
    """The row's own value of the feature; None where it is null, or not to be shown."""
    contribution: float
    """What all features of the cause add, in the unit of the explanation."""
    features: tuple[str, ...] = ()
    """All features of the cause, those that pushed the other way included."""

    def to_json(self) -> dict[str, Any]:
        """What an answer says."""
        return {
            "feature": self.feature,
            "reason": self.reason,
            "value": self.value,
            "contribution": self.contribution,
        }


class Causes:
    """Which features are signs of the same cause.

    Parameters
    ----------
    names
        The features.
    wordings
        Of each.
    usual
        The usual value of each number.
    """

    def __init__(self, names: Sequence[str], wordings: Sequence[Wording], usual: Mapping[str, float]) -> None:
        self._names = tuple(names)
        self._wordings = tuple(wordings)
        self._usual = usual
        causes = list(dict.fromkeys(wording.cause for wording in wordings))
        self._of = np.array([causes.index(wording.cause) for wording in wordings])

    def pushing(self, contributions: npt.NDArray[np.float64], values: Mapping[str, object]) -> list[Reason]:
        """The causes that add something, the strongest first; of equals the first feature's."""
        sums = np.bincount(self._of, weights=contributions)
        order = np.argsort(-sums, kind="stable")
        return [self._reason(int(cause), contributions, values) for cause in order if sums[cause] > 0]

    def _reason(
        self, cause: int, contributions: npt.NDArray[np.float64], values: Mapping[str, object]
    ) -> Reason:
        places = np.flatnonzero(self._of == cause)
        strongest = int(places[np.argmax(contributions[places])])
        name = self._names[strongest]
        value = values.get(name)
        told = self._wordings[strongest].told(value, self._usual.get(name))
        features = tuple(self._names[place] for place in places)
        return Reason(name, told, value, float(contributions[places].sum()), features)
