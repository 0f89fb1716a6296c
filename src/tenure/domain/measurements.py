"""A measurement: one row of ``gold/monitoring``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class MeasurementVerdict(StrEnum):
    """What a measured number means."""

    OK = "ok"
    WARNING = "warning"
    ALERT = "alert"
    NOT_ENOUGH_ROWS = "not enough rows"
    NO_THRESHOLD = "no threshold"


class Scope(StrEnum):
    """What a measurement is about."""

    FEATURE = "feature"
    DECILE = "decile"
    SCORE = "score"
    CLASS = "class"
    PERFORMANCE = "performance"
    ESTIMATE = "estimate"
    POPULATION = "population"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number of one monitor in one period.

    `feature` is the feature's name, the class, the name of a rule, or the cohort (``YYYY-MM-DD``) for
    performance and its estimate.
    """

    as_of: date
    scope: Scope
    feature: str
    metric: str
    value: float | None
    threshold: float | None
    n: int
    verdict: MeasurementVerdict
