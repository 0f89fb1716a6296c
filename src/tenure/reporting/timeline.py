"""Rows of ``gold/decisions`` → what changed when, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tenure.domain.decisions import DecisionKind
from tenure.domain.report import Milestone

MAX_REASONS = 2
_ORDER = tuple(kind.value for kind in DecisionKind)
_UNCHANGED = {(DecisionKind.RETRAIN.value, "keep"), (DecisionKind.AUDIT.value, "clean")}
_SPEAKS_FOR = {"retrain", "passed", "promoted", "rolled back"}
"""Outcomes that reasons in favour speak for; the others rest on the reasons against."""


def milestones(rows: Iterable[Mapping[str, Any]]) -> tuple[Milestone, ...]:
    """The decisions that changed something, oldest first, those of one period in the order of the loop."""
    changed = [row for row in rows if (row["kind"], row["outcome"]) not in _UNCHANGED]
    ordered = sorted(changed, key=lambda row: (row["as_of"], _ORDER.index(row["kind"])))
    return tuple(_milestone(row) for row in ordered)


def count_kept(rows: Iterable[Mapping[str, Any]]) -> int:
    """In how many periods it was decided to leave things as they are."""
    return sum((row["kind"], row["outcome"]) == (DecisionKind.RETRAIN.value, "keep") for row in rows)


def _milestone(row: Mapping[str, Any]) -> Milestone:
    return Milestone(
        as_of=row["as_of"],
        kind=row["kind"],
        outcome=row["outcome"],
        model_version=row["model_version"],
        replaced_version=row["replaced_version"],
        why=_why(row),
    )


def _why(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The first reasons; of a gate that passed the last that were measured: what it all came down to."""
    if row["kind"] == DecisionKind.ROLLBACK.value:
        told = json.loads(row["evidence"]).get("why", "")
        return (told,) if told else ()
    wanted = row["outcome"] in _SPEAKS_FOR
    spoke = [reason for reason in json.loads(row["reasons"]) if reason["favours"] is wanted]
    if row["outcome"] == "passed":
        spoke = [reason for reason in spoke if reason["value"] is not None][-MAX_REASONS:]
    return tuple(reason["message"] for reason in spoke[:MAX_REASONS])
