"""A cause: what one event in the data explains of many numbers that moved at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CauseKind(StrEnum):
    """What happened."""

    OUTAGE = "outage"
    """A source stopped delivering: its features are null."""
    UNIT_CHANGE = "unit change"
    """A feature's values are what they were, times a constant."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why features drifted."""

    kind: CauseKind
    subject: str
    """The source that stopped, or the feature whose unit changed."""
    features: tuple[str, ...]
    """Those that it explains."""
    importance: float
    """Their share of the champion's importance."""
    size: float
    """Of an outage: the share of nulls among the features' values. Of a unit change: the factor."""
    message: str
    """What happened, in a sentence without its full stop."""
