"""What the decisions so far tell of a project: who is in office, who approved, what was put back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.domain.decisions import DecisionKind
from tenure.domain.models import Office
from tenure.domain.office import office_history
from tenure.domain.tables import AS_OF, DECISIONS
from tenure.ports import TableStore


@dataclass(frozen=True, slots=True)
class Approval:
    """A person who let a candidate into office."""

    as_of: date
    version: int
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions of a project up to a period."""

    office: Office | None
    n_offices: int
    approvals: tuple[Approval, ...]
    n_refused: int
    n_rollbacks: int
    n_trainings: int
    """Decisions to train."""
    n_asked: int
    """Periods in which it was asked."""


def read_decided(store: TableStore, *, as_of: date | None) -> Decided:
    """What ``gold/decisions`` says up to a period; of a project that has not run, nothing.

    Parameters
    ----------
    store
        Where the gold tables are.
    as_of
        The last period that is read; None before any has run.
    """
    if as_of is None or not store.exists(DECISIONS):
        return Decided(None, 0, (), 0, 0, 0, 0)
    decisions = store.read(DECISIONS, until=as_of)
    rows, history = decisions.to_pylist(), office_history(decisions)
    kinds = [(row["kind"], row["outcome"]) for row in rows]
    return Decided(
        office=history[-1] if history else None,
        n_offices=len(history),
        approvals=tuple(_approval(row) for row in rows if _approved_by(row)),
        n_refused=kinds.count((DecisionKind.VERDICT.value, "refused")),
        n_rollbacks=sum(kind == DecisionKind.ROLLBACK.value for kind, _ in kinds),
        n_trainings=kinds.count((DecisionKind.RETRAIN.value, "retrain")),
        n_asked=sum(kind == DecisionKind.RETRAIN.value for kind, _ in kinds),
    )


def _approved_by(row: Mapping[str, Any]) -> str:
    return str(json.loads(row["evidence"] or "{}").get("approved_by") or "")


def _approval(row: Mapping[str, Any]) -> Approval:
    evidence = json.loads(row["evidence"])
    return Approval(row[AS_OF], row["model_version"], evidence["approved_by"], evidence.get("note", ""))
