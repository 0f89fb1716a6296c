"""Decisions are values: an outcome, its reasons, and the evidence they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tenure.domain.models import ModelVersion


class DecisionKind(StrEnum):
    """What was decided upon."""

    RETRAIN = "retrain"
    AUDIT = "audit"
    VERDICT = "verdict"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that was asked, what it saw and what it said.

    `favours` is whether this rule speaks for the decision's positive outcome (retrain, promote).
    """

    rule: str
    favours: bool
    message: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class RetrainDecision:
    """Whether to train a candidate now, and why."""

    as_of: date
    retrain: bool
    reasons: tuple[Reason, ...]
    n_labels: int
    """Matured labels known by `as_of`."""
    n_triggers: int = 0
    """The first so many reasons are triggers, which ask for a training; the rest are brakes."""

    @property
    def triggers(self) -> tuple[Reason, ...]:
        """The rules that may ask for a training."""
        return self.reasons[: self.n_triggers]

    @property
    def brakes(self) -> tuple[Reason, ...]:
        """The rules that may hold one back."""
        return self.reasons[self.n_triggers :]

    @property
    def proceeds(self) -> bool:
        """Whether the steps that follow run."""
        return self.retrain


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus champion in one metric, on the same rows, with its 95 % interval."""

    metric: str
    candidate: float
    champion: float
    low: float
    high: float
    n_rows: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a candidate."""

    as_of: date
    candidate: ModelVersion
    champion: ModelVersion | None
    """The champion it was compared with; None when nobody was in office."""
    passed: bool
    reasons: tuple[Reason, ...]
    difference: Difference | None = None
    awaits_approval: bool = False
    """Whether it passed, and a person has to say so, too."""

    @property
    def proceeds(self) -> bool:
        """Whether the candidate is promoted."""
        return self.passed and not self.awaits_approval


@dataclass(frozen=True, slots=True)
class Promotion:
    """A candidate that took office, and whom it replaced."""

    as_of: date
    promoted: ModelVersion
    replaced: ModelVersion | None
    approved_by: str = ""
    """Who said so, where the gate asks for a person."""
    note: str = ""
    """What they said."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """A champion taken out of office by hand, and the earlier one put back."""

    as_of: date
    restored: ModelVersion
    removed: ModelVersion
    why: str = ""
