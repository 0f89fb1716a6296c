"""A sample: one number of the newest period as a monitoring system takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series."""

    name: str
    """Begins with ``tenure_``; a unit is its last word."""
    meaning: str
    labels: Mapping[str, str]
    value: float
