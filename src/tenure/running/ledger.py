"""``gold/runs``: which steps have run for which period, and the artefacts they made."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from tenure.domain.tables import RUNS
from tenure.flow import LOOP, Step
from tenure.ports import TableStore

_SCHEMA = pa.schema([("step", pa.string()), ("artefact", pa.string()), ("project_sha256", pa.string())])


def save_artefact(step: Step, artefact: Any, *, as_of: date, project_sha256: str, store: TableStore) -> None:
    """Record that the step has run for the period, with the artefact it made."""
    row = {"step": step.name, "artefact": to_json(step, artefact), "project_sha256": project_sha256}
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


def _rows_of(as_of: date, store: TableStore) -> list[dict[str, str]]:
    if as_of not in store.periods(RUNS):
        return []
    before = as_of - timedelta(days=1)
    rows: list[dict[str, str]] = store.read(
        RUNS, columns=_SCHEMA.names, after=before, until=as_of
    ).to_pylist()
    return rows
