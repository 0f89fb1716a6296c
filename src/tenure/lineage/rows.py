"""Rows of the gold tables by period and event, and the reasons of one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tenure.bundle import Bundle
from tenure.bundle.reasons import Explainer, Reason
from tenure.domain.arms import Origin
from tenure.domain.tables import AS_OF, EVENT_TIME, FEATURES, ORIGIN, PREDICTIONS
from tenure.running.runtime import Runtime


def of_period(runtime: Runtime, table: str, as_of: date) -> pa.Table:
    """The rows of a gold table in one period; none where the table is not there."""
    if not runtime.store.exists(table):
        return pa.table({})
    return runtime.store.read(table, after=as_of - timedelta(days=1), until=as_of)


def scored_by_loop(runtime: Runtime, as_of: date) -> pa.Table:
    """What the loop scored in the period, without what was served."""
    rows = of_period(runtime, PREDICTIONS, as_of)
    return rows.filter(pc.equal(rows[ORIGIN], Origin.BATCH.value)) if rows.num_rows else rows


def features_by_event(
    runtime: Runtime, as_of: date, keys: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of ``gold/features`` of a period, by keys and event time."""
    return {event_of(row, keys): row for row in of_period(runtime, FEATURES, as_of).to_pylist()}


def event_of(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[Any, ...]:
    """What identifies a row: its keys and its event time."""
    return (*(row[name] for name in keys), row[EVENT_TIME])


def values_of(runtime: Runtime, row: Mapping[str, Any], bundle: Bundle) -> Mapping[str, Any] | None:
    """What was known of a scored row: from ``gold/features``, or what the client sent and was looked up."""
    if row[ORIGIN] == Origin.BATCH.value:
        keys = bundle.schema.keys
        return features_by_event(runtime, row[AS_OF], keys).get(event_of(row, keys))
    folder = runtime.root / runtime.project.serve.folder / "log"
    return next(_logged(folder, row["request_id"], row["request_row"]), None)


def reasons_of(
    explainer: Explainer,
    bundle: Bundle,
    values: Mapping[str, Any],
    said: str,
    *,
    top: int,
    hidden: frozenset[str],
) -> tuple[Reason, ...]:
    """What pushed the score of the positive class of two up; of the class answered, where there are more.

    Parameters
    ----------
    explainer, bundle
        Of the model that scored.
    values
        Value by feature; one that is absent counts as null.
    said
        The class answered.
    top
        How many at most.
    hidden
        Features whose values are not shown.
    """
    schema = bundle.schema
    code = schema.classes.index(said) if schema.threshold is None else -1
    features = {spec.name: values.get(spec.name) for spec in schema.features}
    return explainer.reasons(features, code=code, top=top, hidden=hidden)


def personal_columns(runtime: Runtime) -> frozenset[str]:
    """Columns marked ``pii``, as sources and as features name them."""
    sources = runtime.project.sources.items()
    marked = [
        (name, column) for name, source in sources for column, rule in source.columns.items() if rule.pii
    ]
    return frozenset(part for name, column in marked for part in (column, f"{name}_{column}"))


def _logged(folder: Path, request_id: str, place: int) -> Iterator[Mapping[str, Any]]:
    """The features of a logged answer: those sent, and those looked up."""
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                if request_id.encode() in line:
                    record = json.loads(line)
                    if record.get("request_id") == request_id and record.get("row", 0) == place:
                        yield {**record.get("stored", {}), **record.get("input", {})}
