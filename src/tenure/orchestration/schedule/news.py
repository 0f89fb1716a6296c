"""What a schedule tells of itself, a line at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from tenure.domain.triggers import Trigger


class What(StrEnum):
    """What happened."""

    RUNS = "runs"
    RAN = "ran"
    FAILED = "failed"
    WAITS = "waits"
    SAYS = "says"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened."""

    what: What
    message: str
    as_of: date | None = None
    trigger: Trigger | None = None
    artefacts: Mapping[str, Any] = field(default_factory=dict)
    """What a period made that has run."""

    def as_json(self) -> dict[str, str]:
        """As one JSON value, without what a period made."""
        said = {"event": self.what.value, "message": self.message}
        if self.as_of is not None:
            said["as_of"] = self.as_of.isoformat()
        if self.trigger is not None:
            said["trigger"] = str(self.trigger)
        return said
