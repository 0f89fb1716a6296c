"""Alerts, incidents and decisions, period by period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow.compute as pc

from tenure.domain.incidents import Incident, IncidentSeverity, incident_of
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.report import Concern, Headline, Milestone
from tenure.domain.tables import AS_OF, DECISIONS, INCIDENTS, MONITORING
from tenure.domain.wording import counted
from tenure.ports import TableStore
from tenure.render.history import History, read_history
from tenure.reporting.drift import summarise
from tenure.reporting.telling import tell_alert
from tenure.reporting.timeline import milestones


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many measurements of a period were alerts and warnings."""

    as_of: date
    n_alerts: int
    n_warnings: int


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """What the page shows."""

    headline: Headline
    alarms: tuple[Alarms, ...]
    """Of the last periods, oldest first."""
    alerts: tuple[Measurement, ...]
    """Of the period, the gravest first, a bounded number of them."""
    told: tuple[str, ...]
    """Each of them as a sentence."""
    incidents: tuple[Incident, ...]
    """Each as it last stood: open ones first, then the gravest."""
    changes: tuple[Milestone, ...]
    """The newest first."""
    history: History


def read_timeline(as_of: date, *, store: TableStore) -> TimelinePage:
    """What alarmed and what was decided, up to the end of a period."""
    history = read_history(store, as_of=as_of)
    measured = _measured(as_of, store)
    monitored = summarise(measured)
    alarms = _alarms(history.periods, store)
    incidents = _incidents(as_of, store)
    changes = milestones(store.read(DECISIONS, until=as_of).to_pylist())
    return TimelinePage(
        headline=_headline(as_of, alarms, incidents, changes),
        alarms=alarms,
        alerts=monitored.alerts,
        told=tuple(tell_alert(alert, monitored.drift, ()) for alert in monitored.alerts),
        incidents=incidents,
        changes=tuple(reversed(changes)),
        history=history,
    )


def _headline(
    as_of: date, alarms: Sequence[Alarms], incidents: Sequence[Incident], changes: Sequence[Milestone]
) -> Headline:
    now = alarms[-1] if alarms and alarms[-1].as_of == as_of else Alarms(as_of, 0, 0)
    before = alarms[-2].n_alerts if len(alarms) > 1 and now is alarms[-1] else None
    than = "" if before is None else f" ({now.n_alerts - before:+,} on the period before)"
    last = f"; last change: {_change(changes[-1])}" if changes else "; nothing was ever decided but to wait"
    open_ones = [incident for incident in incidents if incident.is_open]
    if open_ones:
        grave = open_ones[0].severity is IncidentSeverity.CRITICAL
        told = f"{counted(len(open_ones), 'incident')} open, first: {open_ones[0].summary.rstrip('.')}"
        return Headline(Concern.WORRY if grave else Concern.WATCH, f"{told}{last}.")
    if now.n_alerts:
        return Headline(Concern.WATCH, f"{counted(now.n_alerts, 'alert')} in {as_of}{than}{last}.")
    return Headline(Concern.CALM, f"No alert in {as_of}{than}{last}.")


def _change(change: Milestone) -> str:
    who = f" version {change.model_version}" if change.model_version is not None else ""
    return f"{change.kind}{who} {change.outcome} on {change.as_of}"


def _alarms(periods: Sequence[date], store: TableStore) -> tuple[Alarms, ...]:
    if not periods:
        return ()
    before = periods[0] - timedelta(days=1)
    table = store.read(MONITORING, columns=(AS_OF, "verdict"), after=before, until=periods[-1])
    grouped = table.group_by([AS_OF, "verdict"]).aggregate([([], "count_all")]).to_pylist()
    counts = Counter({(row[AS_OF], row["verdict"]): row["count_all"] for row in grouped})
    alert, warning = MeasurementVerdict.ALERT.value, MeasurementVerdict.WARNING.value
    return tuple(Alarms(day, counts[day, alert], counts[day, warning]) for day in periods)


def _measured(as_of: date, store: TableStore) -> list[Measurement]:
    table = store.read(MONITORING, after=as_of - timedelta(days=1), until=as_of)
    if not table.num_rows:
        return []
    shown = pc.or_(
        pc.equal(table["verdict"], MeasurementVerdict.ALERT.value), pc.equal(table["metric"], "importance")
    )
    return [_measurement(row) for row in table.filter(shown).to_pylist()]


def _measurement(row: Mapping[str, Any]) -> Measurement:
    scope, verdict = Scope(row["scope"]), MeasurementVerdict(row["verdict"])
    told = (row["feature"], row["metric"], row["value"], row["threshold"], row["n"])
    return Measurement(row[AS_OF], scope, *told, verdict)


def _incidents(as_of: date, store: TableStore) -> tuple[Incident, ...]:
    rows = sorted(store.read(INCIDENTS, until=as_of).to_pylist(), key=lambda row: row[AS_OF])
    latest = {row["incident"]: incident_of(row) for row in rows}
    return tuple(sorted(latest.values(), key=_rank))


def _rank(incident: Incident) -> tuple[bool, int, date, str]:
    return (not incident.is_open, -incident.severity.rank, incident.since, incident.subject)
