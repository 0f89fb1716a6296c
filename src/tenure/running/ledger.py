"""``gold/runs``: which steps have run for which period, and the artefacts they made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from tenure.domain.tables import RUNS
from tenure.domain.triggers import Circumstances, Trigger, TriggerKind
from tenure.flow import LOOP, Step
from tenure.ports import TableStore

_SCHEMA = pa.schema(
    [
        ("step", pa.string()),
        ("artefact", pa.string()),
        ("project_sha256", pa.string()),
        ("code_sha256", pa.string()),
        ("raw_sha256", pa.string()),
        ("trigger", pa.string()),
        ("triggered_by", pa.string()),
    ]
)
_MADE = ("step", "artefact", "project_sha256")


def save_artefact(
    step: Step, artefact: Any, *, as_of: date, circumstances: Circumstances, store: TableStore
) -> None:
    """Record that the step has run for the period, with the artefact it made and who asked for it."""
    row = {
        "step": step.name,
        "artefact": to_json(step, artefact),
        "project_sha256": circumstances.project_sha256,
        "code_sha256": circumstances.code_sha256,
        "raw_sha256": circumstances.raw_sha256 or None,
        "trigger": circumstances.trigger.kind.value,
        "triggered_by": circumstances.trigger.by,
    }
    rows = pa.Table.from_pylist([row], schema=_SCHEMA)
    store.replace(RUNS, rows, as_of=as_of, where={"step": step.name})


def load_artefacts(as_of: date, *, store: TableStore) -> dict[str, Any]:
    """The artefacts that have been made for the period, by name."""
    recorded = {row["step"]: row["artefact"] for row in _rows_of(as_of, store)}
    return {step.into: from_json(step, recorded[step.name]) for step in LOOP if step.name in recorded}


def load_artefact(step: Step, as_of: date, *, store: TableStore) -> Any | None:
    """The artefact that one step made for the period; None when it has not run."""
    recorded = {row["step"]: row["artefact"] for row in _rows_of(as_of, store)}
    return from_json(step, recorded[step.name]) if step.name in recorded else None


def project_hashes(as_of: date, *, store: TableStore) -> frozenset[str]:
    """The hashes of the project files under which the steps of the period ran; empty when none has."""
    return frozenset(row["project_sha256"] for row in _rows_of(as_of, store))


def load_circumstances(as_of: date, *, store: TableStore) -> dict[str, Circumstances]:
    """What each step of the period ran under, by the step's name, in the order of the loop.

    Rows that were written before triggers were recorded have none, and are left out.
    """
    rows = {row["step"]: row for row in _rows_of(as_of, store, columns=None) if row.get("trigger")}
    return {step.name: _circumstances(rows[step.name]) for step in LOOP if step.name in rows}


def forget(as_of: date, *, store: TableStore) -> None:
    """Take out the record of a period, so that it runs from the start."""
    store.remove(RUNS, as_of=as_of)


def recorded_periods(*, store: TableStore) -> tuple[date, ...]:
    """The periods of which at least one step has run, ascending."""
    return store.periods(RUNS)


def to_json(step: Step, artefact: Any) -> str:
    """The artefact as text."""
    return json.dumps(_adapter(step).dump_python(artefact, mode="json"), sort_keys=True, ensure_ascii=False)


def from_json(step: Step, text: str) -> Any:
    """The artefact that `to_json` wrote."""
    return _adapter(step).validate_python(json.loads(text))


@cache
def _adapter(step: Step) -> TypeAdapter[Any]:
    return TypeAdapter(step.makes)


def _circumstances(row: Mapping[str, Any]) -> Circumstances:
    return Circumstances(
        trigger=Trigger(TriggerKind(row["trigger"]), row["triggered_by"]),
        project_sha256=row["project_sha256"],
        code_sha256=row["code_sha256"],
        raw_sha256=row["raw_sha256"] or "",
    )


def _rows_of(
    as_of: date, store: TableStore, *, columns: Sequence[str] | None = _MADE
) -> list[dict[str, Any]]:
    if as_of not in store.periods(RUNS):
        return []
    before = as_of - timedelta(days=1)
    rows: list[dict[str, Any]] = store.read(RUNS, columns=columns, after=before, until=as_of).to_pylist()
    return rows
