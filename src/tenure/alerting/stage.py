"""The shell: what the period measured, found and decided, and the incidents that were open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from tenure.alerting.config import AlertPolicy
from tenure.alerting.evidence import Evidence, ProjectFacts, StageFinding, Trouble, made_of
from tenure.alerting.states import follow, last_rows
from tenure.alerting.telling import advise, summarise, tell_answer
from tenure.alerting.troubles import find_troubles
from tenure.domain.artefacts import Gold, Monitoring
from tenure.domain.decisions import Promotion, RetrainDecision, Verdict
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.incidents import (
    Alerting,
    Incident,
    IncidentKind,
    IncidentSeverity,
    incident_of,
)
from tenure.domain.measurements import Scope
from tenure.domain.office import in_office, office_history
from tenure.domain.periods import Period
from tenure.domain.tables import DECISIONS, FINDINGS, INCIDENTS
from tenure.ports import TableStore


def alert(
    gold: Gold,
    monitoring: Monitoring,
    decision: RetrainDecision | None,
    verdict: Verdict | None,
    promotion: Promotion | None,
    *,
    alert: AlertPolicy,
    facts: ProjectFacts,
    store: TableStore,
) -> Alerting:
    """Gather what is wrong in the period into incidents: one per trouble, followed from period to period.

    Reads the findings of the period, the decisions so far and the incidents of earlier periods; writes
    and sends nothing.
    """
    as_of = gold.period.as_of
    findings = sorted(_of_period(FINDINGS, as_of, store), key=_place)
    decisions = store.read(DECISIONS, until=as_of)
    origins, inputs = made_of(gold.columns, facts.blocks)
    evidence = Evidence(
        as_of=as_of,
        measurements=monitoring.measurements,
        findings=tuple(_found(row) for row in findings if row["outcome"] == Outcome.FOUND.value),
        stages=frozenset(row["stage"] for row in findings),
        sources=tuple(sorted({source for sources in facts.blocks.values() for source in sources})),
        origins=origins,
        inputs=inputs,
        in_office=_in_office(decisions),
        scorers=_scorers(monitoring, decisions),
        costs=facts.costs,
        answer=tell_answer(decision, verdict, promotion),
        earlier=earlier_incidents(as_of, store),
    )
    troubles = find_troubles(evidence, policy=alert)
    incidents = follow(troubles, evidence, policy=alert, unit=gold.period.unit, link=_page(as_of))
    return Alerting(gold.period, incidents)


def stopped_period(
    period: Period, findings: Sequence[Finding], *, stage: str, alert: AlertPolicy, store: TableStore
) -> Alerting:
    """The incidents of a period that ingestion or validation stopped: that one, and those that were open.

    Nothing was measured in it, so that what was open goes on. The rows are replaced when the period runs.
    """
    evidence = Evidence(as_of=period.as_of, earlier=earlier_incidents(period.as_of, store))
    found = [StageFinding(stage, finding) for finding in findings]
    key = (IncidentKind.STOPPED, "period")
    trouble = Trouble(
        *key,
        IncidentSeverity.CRITICAL,
        summarise(key, found, ()),
        advise(*key, found),
        tuple(each.signal for each in found),
    )
    incidents = follow([trouble], evidence, policy=alert, unit=period.unit)
    kept = [replace(each, telling=None) if each.key != key else each for each in incidents if each.is_open]
    return Alerting(period, tuple(kept))


def earlier_incidents(as_of: date, store: TableStore) -> tuple[Incident, ...]:
    """The last row, before the period, of everything that there was ever an incident about."""
    rows = store.read(INCIDENTS, until=as_of - timedelta(days=1)).to_pylist()
    return last_rows([incident_of(row) for row in rows])


def _found(row: Mapping[str, Any]) -> StageFinding:
    finding = Finding(
        code=row["code"],
        severity=Severity(row["severity"]),
        message=row["message"],
        scope=row["scope"] or "",
        column=row["column"] or "",
        n_rows=row["n_rows"] or 0,
        hint=row["hint"] or "",
    )
    return StageFinding(row["stage"], finding)


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a finding comes in what is told: a store keeps rows in no order."""
    return tuple(str(row[name]) for name in ("code", "scope", "column", "message"))


def _in_office(decisions: pa.Table) -> int | None:
    history = office_history(decisions)
    return history[-1].version.version if history else None


def _scorers(monitoring: Monitoring, decisions: pa.Table) -> dict[str, int]:
    cohorts = {m.feature for m in monitoring.measurements if m.scope in {Scope.PERFORMANCE, Scope.ESTIMATE}}
    held = {cohort: in_office(decisions, date.fromisoformat(cohort)) for cohort in cohorts}
    return {cohort: office.version.version for cohort, office in held.items() if office is not None}


def _page(as_of: date) -> str:
    return f"{as_of}/report.html"


def _of_period(table: str, as_of: date, store: TableStore) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = store.read(table, after=as_of - timedelta(days=1), until=as_of).to_pylist()
    return rows
