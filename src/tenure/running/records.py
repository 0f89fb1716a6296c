"""Values as rows: findings, measurements and decisions as ``gold`` tables."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import date
from functools import singledispatch
from typing import Any

import pyarrow as pa

from tenure.domain.artefacts import Audit, Monitoring
from tenure.domain.decisions import DecisionKind, Promotion, Reason, RetrainDecision, Rollback, Verdict
from tenure.domain.findings import Finding
from tenure.domain.incidents import Alerting, Incident, incident_row
from tenure.domain.measurements import Measurement
from tenure.domain.models import ModelVersion
from tenure.domain.tables import DECISIONS, FINDINGS, INCIDENTS, MONITORING
from tenure.ports import TableStore

_FINDING_SCHEMA = pa.schema(
    [
        ("stage", pa.string()),
        ("code", pa.string()),
        ("severity", pa.string()),
        ("outcome", pa.string()),
        ("scope", pa.string()),
        ("column", pa.string()),
        ("message", pa.string()),
        ("n_rows", pa.int64()),
        ("examples", pa.list_(pa.string())),
        ("hint", pa.string()),
    ]
)
_MEASUREMENT_SCHEMA = pa.schema(
    [
        ("scope", pa.string()),
        ("feature", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("n", pa.int64()),
        ("verdict", pa.string()),
    ]
)
_INCIDENT_SCHEMA = pa.schema(
    [
        ("incident", pa.string()),
        ("kind", pa.string()),
        ("subject", pa.string()),
        ("state", pa.string()),
        ("severity", pa.string()),
        ("since", pa.date32()),
        ("summary", pa.string()),
        ("advice", pa.string()),
        ("metric", pa.string()),
        ("feature", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("n", pa.int64()),
        ("signals", pa.string()),
        ("n_signals", pa.int64()),
        ("n_at_stake", pa.int64()),
        ("at_stake", pa.string()),
        ("cost_low", pa.float64()),
        ("cost_high", pa.float64()),
        ("answer", pa.string()),
        ("link", pa.string()),
        ("telling", pa.string()),
        ("last_told", pa.date32()),
        ("last_telling", pa.string()),
        ("told_severity", pa.string()),
    ]
)
_DECISION_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("outcome", pa.string()),
        ("model", pa.string()),
        ("model_version", pa.int64()),
        ("replaced_version", pa.int64()),
        ("bundle_sha256", pa.string()),
        ("reasons", pa.string()),
        ("evidence", pa.string()),
    ]
)


def record(stage: str, artefact: Any, *, as_of: date, store: TableStore) -> None:
    """Write what an artefact says to the gold tables; saying the same again changes nothing."""
    record_findings(stage, getattr(artefact, "findings", ()), as_of=as_of, store=store)
    if isinstance(artefact, Monitoring):
        _record_measurements(artefact.measurements, as_of=as_of, store=store)
    if isinstance(artefact, Alerting):
        record_incidents(artefact.incidents, as_of=as_of, store=store)
    record_decision(artefact, as_of=as_of, store=store)


def record_findings(stage: str, findings: Sequence[Finding], *, as_of: date, store: TableStore) -> None:
    """Put a stage's findings in the place of those it had for the period."""
    rows = [{"stage": stage} | dataclasses.asdict(finding) for finding in findings]
    if rows or store.exists(FINDINGS):
        table = pa.Table.from_pylist(rows, schema=_FINDING_SCHEMA)
        store.replace(FINDINGS, table, as_of=as_of, where={"stage": stage})


def record_incidents(incidents: Sequence[Incident], *, as_of: date, store: TableStore) -> None:
    """Put the period's incidents in the place of those it had."""
    rows = [incident_row(incident) for incident in incidents]
    if rows or store.exists(INCIDENTS):
        store.replace(INCIDENTS, pa.Table.from_pylist(rows, schema=_INCIDENT_SCHEMA), as_of=as_of)


def record_decision(artefact: Any, *, as_of: date, store: TableStore) -> None:
    """Write the decision that an artefact is; nothing for other artefacts."""
    row = decision_row(artefact)
    if row is None:
        return
    rows = [*_earlier_rollbacks(as_of, store), row] if isinstance(artefact, Rollback) else [row]
    table = pa.Table.from_pylist(rows, schema=_DECISION_SCHEMA)
    store.replace(DECISIONS, table, as_of=as_of, where={"kind": row["kind"]})


@singledispatch
def decision_row(artefact: Any) -> dict[str, Any] | None:  # noqa: ARG001 - dispatched on
    """The row of ``gold/decisions`` that an artefact is worth; None for other artefacts."""
    return None


@decision_row.register
def _(decision: RetrainDecision) -> dict[str, Any]:
    outcome = "retrain" if decision.retrain else "keep"
    return _row(DecisionKind.RETRAIN, outcome, decision.reasons, {"n_labels": decision.n_labels})


@decision_row.register
def _(audit: Audit) -> dict[str, Any]:
    evidence = {"n_checks": len(audit.findings), "muted": list(audit.muted)}
    reasons = tuple(Reason(f.code, not f.blocks, f.message) for f in audit.findings if f.blocks)
    return _row(DecisionKind.AUDIT, "clean" if audit.proceeds else "blocked", reasons, evidence)


@decision_row.register
def _(verdict: Verdict) -> dict[str, Any]:
    difference = dataclasses.asdict(verdict.difference) if verdict.difference else None
    row = _row(
        DecisionKind.VERDICT,
        "passed" if verdict.passed else "refused",
        verdict.reasons,
        {"difference": difference, **({"awaits_approval": True} if verdict.awaits_approval else {})},
    )
    return row | _about(verdict.candidate, verdict.champion)


@decision_row.register
def _(promotion: Promotion) -> dict[str, Any]:
    approval = {"approved_by": promotion.approved_by, "note": promotion.note}
    row = _row(DecisionKind.PROMOTION, "promoted", (), approval if promotion.approved_by else {})
    return row | _about(promotion.promoted, promotion.replaced)


@decision_row.register
def _(rollback: Rollback) -> dict[str, Any]:
    row = _row(DecisionKind.ROLLBACK, "rolled back", (), {"why": rollback.why})
    return row | _about(rollback.restored, rollback.removed)


def _earlier_rollbacks(as_of: date, store: TableStore) -> list[dict[str, Any]]:
    """Rollbacks of the same period: each is kept, in the order they happened."""
    rows = store.read(DECISIONS, until=as_of).to_pylist()
    return [row for row in rows if row["as_of"] == as_of and row["kind"] == DecisionKind.ROLLBACK.value]


def _row(
    kind: DecisionKind, outcome: str, reasons: Sequence[Reason], evidence: dict[str, Any]
) -> dict[str, Any]:
    listed = [dataclasses.asdict(reason) for reason in reasons]
    return {
        "kind": kind.value,
        "outcome": outcome,
        "reasons": json.dumps(listed, ensure_ascii=False),
        "evidence": json.dumps(evidence, ensure_ascii=False, sort_keys=True),
    }


def _about(version: ModelVersion, other: ModelVersion | None) -> dict[str, Any]:
    return {
        "model": version.name,
        "model_version": version.version,
        "replaced_version": other.version if other else None,
        "bundle_sha256": version.bundle_sha256,
    }


def _record_measurements(measurements: Sequence[Measurement], *, as_of: date, store: TableStore) -> None:
    rows = [dataclasses.asdict(measurement) for measurement in measurements]
    table = pa.Table.from_pylist(rows, schema=_MEASUREMENT_SCHEMA)
    store.replace(MONITORING, table, as_of=as_of)
