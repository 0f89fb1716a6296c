"""Rule: how much a trouble matters."""

from __future__ import annotations

from collections.abc import Sequence

from tenure.alerting.config import AlertPolicy
from tenure.alerting.evidence import Evidence, StageFinding
from tenure.domain.findings import Severity
from tenure.domain.incidents import IncidentKind, IncidentSeverity
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope

_OF_SCORES = frozenset({Scope.SCORE, Scope.CLASS})
_NEW_COLUMNS = "ING004"
_ROW_COUNT = "VAL012"
GRAVE = 2.0
"""Performance so many times beyond its limit is critical."""


def severity_of(
    key: tuple[IncidentKind, str],
    found: Sequence[StageFinding],
    measured: Sequence[Measurement],
    *,
    evidence: Evidence,
    policy: AlertPolicy,
) -> IncidentSeverity:
    """How much it matters.

    ======================  ==============================================================================
    critical                the scores or classes moved with it; a feed outage or changed delivery that hits
                            `critical_share` of the importance; performance at twice its limit; a leak; a
                            finding of severity error
    warning                 any other feed outage, missing column, drift, or performance of the version in
                            office; a number of rows that is not usual
    info                    columns that nobody knows, new categories without drift, other warnings of what
                            was delivered; the performance of a version that is not in office any more
    ======================  ==============================================================================
    """
    kind, subject = key
    if any(each.finding.severity is Severity.ERROR for each in found):
        return IncidentSeverity.CRITICAL
    if any(m.scope in _OF_SCORES for m in measured):
        return IncidentSeverity.CRITICAL
    if kind is IncidentKind.PERFORMANCE:
        return _of_performance(subject, measured, evidence)
    if kind is IncidentKind.QUALITY:
        is_count = any(each.finding.code == _ROW_COUNT for each in found)
        return IncidentSeverity.WARNING if is_count else IncidentSeverity.INFO
    if kind is IncidentKind.DRIFT:
        drifted = any(m.verdict is MeasurementVerdict.ALERT for m in measured)
        return IncidentSeverity.WARNING if drifted else IncidentSeverity.INFO
    return _of_delivery(found, measured, evidence, policy)


def _of_delivery(
    found: Sequence[StageFinding], measured: Sequence[Measurement], evidence: Evidence, policy: AlertPolicy
) -> IncidentSeverity:
    if not measured:
        harmless = all(each.finding.code == _NEW_COLUMNS for each in found)
        return IncidentSeverity.INFO if harmless else IncidentSeverity.WARNING
    share = sum(evidence.importance.get(name, 0.0) for name in {m.feature for m in measured})
    return IncidentSeverity.CRITICAL if share >= policy.critical_share else IncidentSeverity.WARNING


def _of_performance(subject: str, measured: Sequence[Measurement], evidence: Evidence) -> IncidentSeverity:
    if subject != f"version {evidence.in_office}":
        return IncidentSeverity.INFO
    grave = any(abs(m.value or 0.0) >= GRAVE * (m.threshold or float("inf")) for m in measured)
    return IncidentSeverity.CRITICAL if grave else IncidentSeverity.WARNING
