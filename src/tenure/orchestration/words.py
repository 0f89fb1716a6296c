"""Artefacts as a person reads them: one line each, and one line for a period."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from tenure.domain.artefacts import Audit, Bronze, Gold, Monitoring, Predictions, Silver, Validation
from tenure.domain.decisions import Promotion, RetrainDecision, Verdict
from tenure.domain.findings import found
from tenure.domain.incidents import Alerting, IncidentSeverity, IncidentState
from tenure.domain.measurements import MeasurementVerdict
from tenure.domain.models import Candidate
from tenure.domain.wording import counted

_TOLD = ("predictions", "monitoring", "alerting", "decision", "audit", "candidate", "verdict", "promotion")


def headline(artefacts: Mapping[str, Any]) -> str:
    """What a person wants to know of a period: who scored, what was decided, who took office.

    Of a period that ended before anything was scored: what its last step made.
    """
    told = [name for name in _TOLD if name in artefacts] or list(artefacts)[-1:]
    return "  |  ".join(summary(artefacts[name]) for name in told)


@singledispatch
def summary(artefact: Any) -> str:
    """One line that says what the artefact is worth to a person."""
    return type(artefact).__name__.lower()


@summary.register
def _(bronze: Bronze) -> str:
    rows = ", ".join(f"{part.table.split('/')[-1]} {part.n_rows:,}" for part in bronze.slices)
    return f"received: {rows or 'nothing'}"


@summary.register
def _(validation: Validation) -> str:
    return f"{counted(len(validation.findings), 'check')}, {len(found(validation.findings))} found something"


@summary.register
def _(silver: Silver) -> str:
    n_values = sum(repair.n_values for repair in silver.repairs)
    n_rows = sum(part.n_rows for part in silver.slices)
    return f"{counted(n_rows, 'row')} clean, {counted(n_values, 'value')} repaired"


@summary.register
def _(gold: Gold) -> str:
    features = f"{counted(gold.features.n_rows, 'row')} of {counted(len(gold.columns), 'feature')}"
    return f"{features}, {counted(gold.labels.n_rows, 'label')} matured"


@summary.register
def _(predictions: Predictions) -> str:
    if predictions.champion is None or predictions.slice is None:
        return "nobody in office: nothing scored"
    return f"{counted(predictions.slice.n_rows, 'row')} scored by version {predictions.champion.version}"


@summary.register
def _(monitoring: Monitoring) -> str:
    alerts = [m for m in monitoring.measurements if m.verdict is MeasurementVerdict.ALERT]
    return f"{counted(len(monitoring.measurements), 'measurement')}, {counted(len(alerts), 'alert')}"


@summary.register
def _(alerting: Alerting) -> str:
    shown = [each for each in alerting.incidents if each.severity is not IncidentSeverity.INFO]
    changed = [f"{each.title} {each.state}" for each in shown if each.state is not IncidentState.ONGOING]
    n_open = sum(each.is_open for each in shown)
    return "; ".join([f"{counted(n_open, 'incident')} open", *changed])


@summary.register
def _(decision: RetrainDecision) -> str:
    triggers, brakes = decision.triggers, decision.brakes
    asked = [reason.message for reason in triggers if reason.favours]
    if decision.retrain:
        return f"retrain: {'; '.join(asked[:2])}"
    held = [reason.message for reason in brakes if not reason.favours]
    return f"keep: {'; '.join(held[:2]) if asked else 'no trigger'}"


@summary.register
def _(audit: Audit) -> str:
    return (
        f"audit {'clean' if audit.proceeds else 'BLOCKED'} ({counted(len(found(audit.findings)), 'finding')})"
    )


@summary.register
def _(candidate: Candidate) -> str:
    named = ("roc_auc", "f1", "precision", "recall")
    metrics = ", ".join(
        f"{name} {candidate.test.value(name):.3f}" for name in named if name in candidate.test.names
    )
    return f"version {candidate.version.version} ({candidate.algorithm}), test: {metrics}"


@summary.register
def _(verdict: Verdict) -> str:
    against = [reason.message for reason in verdict.reasons if not reason.favours]
    if verdict.passed:
        waits = " and waits for approval" if verdict.awaits_approval else ""
        return f"version {verdict.candidate.version} passed{waits}"
    return f"version {verdict.candidate.version} refused: {'; '.join(against)}"


@summary.register
def _(promotion: Promotion) -> str:
    replaced = f", replaces version {promotion.replaced.version}" if promotion.replaced else ""
    return f"version {promotion.promoted.version} takes office{replaced}"
