"""One prediction, back to everything it rests on: model, rows, code, gate, office, what was watched then."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pyarrow.compute as pc

from tenure.bundle import Bundle, load_bundle
from tenure.bundle.reasons import MOST_REASONS, Reason, load_explainer
from tenure.domain.decisions import DecisionKind
from tenure.domain.measurements import MeasurementVerdict
from tenure.domain.tables import AS_OF, DECISIONS, MONITORING, PREDICTIONS
from tenure.domain.triggers import Trigger
from tenure.errors import StoreError
from tenure.lineage.rows import of_period, personal_columns, reasons_of, scored_by_loop, values_of
from tenure.running.incidents import incidents_of
from tenure.running.ledger import load_artefacts, load_circumstances
from tenure.running.runtime import Runtime

_OF_TRAINING = ("features", "labels")
_ALERTS_TOLD = 10


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a prediction said, and all that it rests on."""

    prediction: Mapping[str, Any]
    """Its row of ``gold/predictions``."""
    reasons: tuple[Reason, ...] | None
    """What pushed the score up, the strongest first; None where the row's features or the bundle's reasons
    are not there any more."""
    trained_as_of: date
    trained_by: Trigger | None
    """What set the training off, and who it was; None where that was not recorded."""
    algorithm: str
    split: Mapping[str, Any]
    """The rows it was fitted, chosen and tested on."""
    rows: Mapping[str, Any]
    """Fingerprints of those rows."""
    tables: Mapping[str, int]
    """Versions of the gold tables that the training's period wrote."""
    versions: Mapping[str, str]
    """Of this package and those that fitted the model."""
    seed: int | None
    verdict: Mapping[str, Any] | None
    """What the gate said of the version: outcome and reasons."""
    promotion: Mapping[str, Any] | None
    """When it took office, whom it replaced, who approved."""
    alerts: tuple[str, ...]
    """Alerts of the period that the prediction belongs to."""
    incidents: tuple[str, ...]
    """Incidents that were open at the end of it."""

    def as_json(self) -> dict[str, Any]:
        """The lineage as one JSON value."""
        told = asdict(self)
        told["reasons"] = None if self.reasons is None else [each.to_json() for each in self.reasons]
        value: dict[str, Any] = json.loads(json.dumps(told, default=str))
        return value


def trace(
    runtime: Runtime,
    *,
    request_id: str | None = None,
    keys: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> Lineage:
    """The lineage of one prediction.

    Parameters
    ----------
    runtime
        The project, opened.
    request_id
        Of an answer that was served, once it is in ``gold/predictions``; ``ID/3`` is row 3 of a batch.
    keys, as_of
        Of what the loop scored: the entity's keys as text, and the period; the last one when None.

    Raises
    ------
    StoreError
        If there is no such prediction; the message says what was looked for.
    """
    row = _served(runtime, request_id) if request_id else _scored(runtime, keys or {}, as_of)
    bundle = load_bundle(runtime.registry.bundle(row["model_version"]), sha256=row["bundle_sha256"])
    decisions = runtime.store.read(DECISIONS).to_pylist()
    provenance, trained = bundle.provenance, bundle.schema.as_of
    return Lineage(
        prediction=row,
        reasons=_reasons(runtime, row, bundle),
        trained_as_of=trained,
        trained_by=_trained_by(runtime, trained),
        algorithm=bundle.schema.algorithm,
        split=provenance.get("split", {}),
        rows=provenance.get("rows", {}),
        tables=_tables(runtime, trained),
        versions=provenance.get("versions", {}),
        seed=provenance.get("seed"),
        verdict=_decision(decisions, DecisionKind.VERDICT, row["model_version"]),
        promotion=_decision(decisions, DecisionKind.PROMOTION, row["model_version"]),
        alerts=tuple(_alerts(runtime, row[AS_OF])),
        incidents=tuple(each.title for each in incidents_of(row[AS_OF], runtime.store) if each.is_open),
    )


def _served(runtime: Runtime, request_id: str) -> dict[str, Any]:
    name, _, place = request_id.partition("/")
    rows = runtime.store.read(PREDICTIONS)
    found = rows.filter(pc.equal(rows["request_id"], name)).to_pylist() if rows.num_rows else []
    asked = [row for row in found if row["request_row"] == int(place or 0) and row["arm"] != "shadow"]
    if not asked:
        raise StoreError(
            f"`{PREDICTIONS}` has no answer {request_id}",
            hint="answers land with the next `tenure ingest`; `name=value` finds what the loop scored.",
        )
    answer: dict[str, Any] = asked[0]
    return answer


def _scored(runtime: Runtime, keys: Mapping[str, str], as_of: date | None) -> dict[str, Any]:
    periods = runtime.store.periods(PREDICTIONS)
    if not (as_of or periods):
        raise StoreError("nobody has been scored yet", hint="`tenure status` tells what is due.")
    day = as_of or periods[-1]
    rows = scored_by_loop(runtime, day)
    if unknown := sorted(set(keys) - set(rows.column_names)):
        raise StoreError(
            f"predictions of {day} have no key {', '.join(unknown)}", hint="name the entity's keys."
        )
    found = [row for row in rows.to_pylist() if all(str(row[name]) == value for name, value in keys.items())]
    if not found:
        told = ", ".join(f"{name}={value}" for name, value in keys.items())
        raise StoreError(
            f"nobody with {told} was scored in the period {day}", hint="name another one with `--as-of`."
        )
    last: dict[str, Any] = found[-1]
    return last


def _reasons(runtime: Runtime, row: Mapping[str, Any], bundle: Bundle) -> tuple[Reason, ...] | None:
    explainer, values = load_explainer(bundle), values_of(runtime, row, bundle)
    if explainer is None or values is None:
        return None
    hidden = personal_columns(runtime)
    return reasons_of(explainer, bundle, values, row["class"], top=MOST_REASONS, hidden=hidden)


def _trained_by(runtime: Runtime, as_of: date) -> Trigger | None:
    trained = load_circumstances(as_of, store=runtime.store).get("train")
    return trained.trigger if trained else None


def _tables(runtime: Runtime, as_of: date) -> dict[str, int]:
    """Versions of the tables that the training's period wrote, as the ledger has them."""
    gold = load_artefacts(as_of, store=runtime.store).get("gold")
    if gold is None:
        return {}
    return {f"gold/{name}": getattr(gold, name).version for name in _OF_TRAINING}


def _decision(
    decisions: Sequence[Mapping[str, Any]], kind: DecisionKind, version: int
) -> dict[str, Any] | None:
    """The last decision of that kind on the version, its reasons as sentences."""
    found = [row for row in decisions if row["kind"] == kind.value and row["model_version"] == version]
    if not found:
        return None
    last = max(found, key=lambda row: row[AS_OF])
    return {
        AS_OF: last[AS_OF],
        "outcome": last["outcome"],
        "replaced_version": last["replaced_version"],
        "reasons": [reason["message"] for reason in json.loads(last["reasons"])],
        "evidence": json.loads(last["evidence"]),
    }


def _alerts(runtime: Runtime, as_of: date) -> Iterator[str]:
    rows = of_period(runtime, MONITORING, as_of).to_pylist()
    alerts = [row for row in rows if row["verdict"] == MeasurementVerdict.ALERT.value]
    for row in alerts[:_ALERTS_TOLD]:
        yield f"{row['scope']} {row['feature']} {row['metric']} {row['value']:.3g}"
    if len(alerts) > _ALERTS_TOLD:
        yield f"{len(alerts) - _ALERTS_TOLD} more"
