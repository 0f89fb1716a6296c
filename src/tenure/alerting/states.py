"""Rule: troubles of this period, incidents of earlier ones -> incidents opened, going on, resolved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tenure.alerting.config import AlertPolicy
from tenure.alerting.cost import cost_of
from tenure.alerting.evidence import Evidence, Trouble
from tenure.domain.incidents import (
    Incident,
    IncidentKind,
    IncidentSeverity,
    IncidentState,
    Telling,
)
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.periods import PeriodUnit, periods_between

MAX_SIGNALS = 20
_OF_MODEL = frozenset({IncidentKind.DRIFT, IncidentKind.SCORES, IncidentKind.PERFORMANCE})
"""What a retraining may answer."""


def follow(
    troubles: Sequence[Trouble], evidence: Evidence, *, policy: AlertPolicy, unit: PeriodUnit, link: str = ""
) -> tuple[Incident, ...]:
    """Every incident of the period, the gravest first.

    A trouble without an open incident opens one, unless its incident was resolved at most
    `cooldown_periods` ago: then that one is opened again, under its name. An open incident without a trouble
    is resolved if what it is about was looked at in this period, and goes on if it was not: what could not
    be measured has not passed.

    Told are incidents of at least the severity `least`: when opened, when graver than when last told, when
    they go on `cooldown_periods` after they were last told, and when resolved. One that was opened again is
    told only if it is critical or graver than when last told.
    """
    earlier = {each.key: each for each in evidence.earlier}
    here = [_of_trouble(trouble, earlier.get(trouble.key), evidence, unit, policy) for trouble in troubles]
    shown = {trouble.key for trouble in troubles}
    gone = [
        _without_trouble(each, evidence)
        for each in evidence.earlier
        if each.is_open and each.key not in shown
    ]
    told = [_tell(each, earlier.get(each.key), policy, unit) for each in (*here, *gone)]
    linked = [replace(each, link=link) for each in told]
    return tuple(sorted(linked, key=_rank))


def _of_trouble(
    trouble: Trouble, before: Incident | None, evidence: Evidence, unit: PeriodUnit, policy: AlertPolicy
) -> Incident:
    same = before is not None and (before.is_open or _is_recent(before, evidence, unit, policy))
    since = before.since if before is not None and same else evidence.as_of
    goes_on = before is not None and before.is_open
    return Incident(
        id=f"{trouble.kind}:{trouble.subject}:{since}",
        kind=trouble.kind,
        subject=trouble.subject,
        state=IncidentState.ONGOING if goes_on else IncidentState.OPENED,
        severity=trouble.severity,
        since=since,
        as_of=evidence.as_of,
        summary=trouble.summary,
        advice=trouble.advice,
        worst=next((s for s in trouble.signals if s.value is not None), None),
        signals=trouble.signals[:MAX_SIGNALS],
        n_signals=len(trouble.signals),
        cost=cost_of(trouble.kind, trouble.signals, measurements=evidence.measurements, costs=evidence.costs),
        answer=evidence.answer if trouble.kind in _OF_MODEL else "",
        last_told=before.last_told if before is not None and same else None,
        last_telling=before.last_telling if before is not None and same else None,
        told_severity=before.told_severity if before is not None and same else None,
    )


def _is_recent(before: Incident, evidence: Evidence, unit: PeriodUnit, policy: AlertPolicy) -> bool:
    return periods_between(before.as_of, evidence.as_of, unit) <= policy.cooldown_periods


def _without_trouble(before: Incident, evidence: Evidence) -> Incident:
    """The incident in a period in which nothing shows it."""
    if was_looked_at(before, evidence):
        state, summary = IncidentState.RESOLVED, f"{before.title} is over: nothing of it shows any more"
    else:
        state, summary = IncidentState.ONGOING, f"{before.title}: not measured in this period, so not over"
    return replace(
        before,
        state=state,
        summary=summary,
        as_of=evidence.as_of,
        worst=None if state is IncidentState.RESOLVED else before.worst,
        signals=() if state is IncidentState.RESOLVED else before.signals,
        n_signals=0,
        cost=None,
        answer=evidence.answer if before.kind in _OF_MODEL else "",
        telling=None,
    )


def was_looked_at(incident: Incident, evidence: Evidence) -> bool:
    """Whether the period measured what the incident is about, on rows enough to tell."""
    measured = set(_measured(evidence, incident))
    match incident.kind:
        case IncidentKind.LEAKAGE:
            return "audit" in evidence.stages
        case IncidentKind.PERFORMANCE:
            in_office = incident.subject == f"version {evidence.in_office}"
            return not in_office or any(evidence.scorers.get(each) == evidence.in_office for each in measured)
        case IncidentKind.RULE:
            return incident.subject in measured
        case IncidentKind.DRIFT | IncidentKind.SCORES:
            return bool(measured)
        case IncidentKind.FEED | IncidentKind.DELIVERY:
            return bool(measured) or not _has_features(incident)
    return True


def _has_features(incident: Incident) -> bool:
    return any(signal.value is not None for signal in incident.signals)


def _measured(evidence: Evidence, incident: Incident) -> Iterator[str]:
    """What measurements of the incident's kind are about, where they rest on rows enough."""
    scopes = {
        IncidentKind.PERFORMANCE: {Scope.PERFORMANCE},
        IncidentKind.RULE: {Scope.RULE},
        IncidentKind.SCORES: {Scope.SCORE, Scope.CLASS},
    }.get(incident.kind, {Scope.FEATURE})
    for measured in evidence.measurements:
        if measured.scope in scopes and measured.verdict in _JUDGED:
            yield measured.feature


_JUDGED = frozenset({MeasurementVerdict.OK, MeasurementVerdict.WARNING, MeasurementVerdict.ALERT})


def _tell(incident: Incident, before: Incident | None, policy: AlertPolicy, unit: PeriodUnit) -> Incident:
    telling = telling_of(incident, before, policy=policy, unit=unit)
    if telling is None:
        return incident
    told = incident.told_severity if telling is Telling.RESOLVED else incident.severity
    return replace(
        incident, telling=telling, last_told=incident.as_of, last_telling=telling, told_severity=told
    )


def telling_of(
    incident: Incident, before: Incident | None, *, policy: AlertPolicy, unit: PeriodUnit
) -> Telling | None:
    """Why the incident is worth a message in this period; None when it is not."""
    if incident.state is IncidentState.RESOLVED:
        was_told = incident.last_telling not in {None, Telling.RESOLVED}
        return Telling.RESOLVED if was_told else None
    if incident.severity.rank < policy.least.rank:
        return None
    told = incident.told_severity
    if incident.last_told is None or told is None:
        return Telling.OPENED
    if incident.severity.rank > told.rank:
        return Telling.WORSE
    came_back = before is not None and not before.is_open
    if came_back and incident.severity is IncidentSeverity.CRITICAL:
        return Telling.OPENED
    waited = periods_between(incident.last_told, incident.as_of, unit)
    return Telling.REMINDER if waited >= policy.cooldown_periods else None


def _rank(incident: Incident) -> tuple[bool, int, str, str]:
    return (not incident.is_open, -incident.severity.rank, incident.kind, incident.subject)


def last_rows(incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """The last row of everything that there was ever an incident about."""
    newest: dict[tuple[IncidentKind, str], Incident] = {}
    for each in sorted(incidents, key=lambda i: i.as_of):
        newest[each.key] = each
    return tuple(newest.values())
