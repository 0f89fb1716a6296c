"""Whoever was put into the unfavourable class, each with the reasons: for letters, and for audits of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tenure.bundle import load_bundle
from tenure.bundle.reasons import MOST_REASONS, Reason, load_explainer
from tenure.domain.tables import EVENT_TIME
from tenure.errors import StoreError
from tenure.lineage.rows import event_of, features_by_event, personal_columns, reasons_of, scored_by_loop
from tenure.running.runtime import Runtime


def adverse_actions(runtime: Runtime, as_of: date, *, top: int = MOST_REASONS) -> Iterator[dict[str, Any]]:
    """Whoever the loop put into the unfavourable class in a period, each with the reasons.

    Of two classes the positive one is unfavourable, unless the project file names favourable classes.

    Parameters
    ----------
    runtime
        The project, opened.
    as_of
        The period.
    top
        How many reasons at most.

    Raises
    ------
    StoreError
        If the period has no predictions, or its model gives no reasons.
    """
    scored = scored_by_loop(runtime, as_of)
    if not scored.num_rows:
        raise StoreError(
            f"nobody was scored in the period {as_of}", hint="`tenure status` lists the periods."
        )
    first = scored.slice(0, 1).to_pylist()[0]
    bundle = load_bundle(runtime.registry.bundle(first["model_version"]), sha256=first["bundle_sha256"])
    explainer, schema = load_explainer(bundle), bundle.schema
    if explainer is None:
        told = f"version {first['model_version']} gives no reasons"
        raise StoreError(told, hint="models trained from now on do, but for stacks.")
    features, hidden = features_by_event(runtime, as_of, schema.keys), personal_columns(runtime)
    favourable = frozenset(runtime.project.gate.fairness.favourable or schema.classes[:-1])
    for row in scored.sort_by([(name, "ascending") for name in schema.keys]).to_pylist():
        if row["class"] not in favourable:
            values = features[event_of(row, schema.keys)]
            said = reasons_of(explainer, bundle, values, row["class"], top=top, hidden=hidden)
            yield _adverse_row(row, schema.keys, said, top)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header; nothing at all for no rows."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _adverse_row(
    row: Mapping[str, Any], keys: Sequence[str], reasons: Sequence[Reason], top: int
) -> dict[str, Any]:
    told = [reason.reason for reason in reasons] + [""] * (top - len(reasons))
    return {
        **{name: row[name] for name in keys},
        EVENT_TIME: row[EVENT_TIME],
        "class": row["class"],
        "score": row["score"],
        "threshold": row["threshold"],
        **{f"reason_{place}": text for place, text in enumerate(told, start=1)},
        "model_version": row["model_version"],
        "bundle_sha256": row["bundle_sha256"],
    }
