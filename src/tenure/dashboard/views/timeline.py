"""Alerts and decisions on a time line."""

from __future__ import annotations

from datetime import date

import streamlit as st

from tenure.dashboard.contents.timeline import TimelinePage
from tenure.dashboard.views.parts import draw, say, show_points, show_rows
from tenure.domain.incidents import Incident
from tenure.domain.report import Milestone
from tenure.render.charts import specifications
from tenure.render.live_charts import alarms_chart, spans_chart

MAX_CHANGES = 12
"""Decisions that are told as sentences; the table has all of them."""


def draw_timeline(page: TimelinePage) -> None:
    """The page."""
    say(page.headline)
    periods = page.history.periods
    draw(
        alarms_chart([(each.as_of, each.n_alerts, each.n_warnings) for each in page.alarms]),
        "Alerts and warnings of each period",
        otherwise="Nothing to draw: no alert and no warning in any period.",
    )
    draw(
        specifications(None, page.history, ("office",)).get("office"),
        "Who scored which period, and who was refused",
        otherwise="Nothing to draw: nobody has held the office yet.",
    )
    draw(
        spans_chart([_span(each) for each in page.incidents], periods),
        "Incidents: what was wrong from when to when",
        otherwise="Nothing to draw: there was no incident.",
    )
    open_ones = [each for each in page.incidents if each.is_open]
    if open_ones:
        st.markdown("**Open incidents, and what to do**")
        show_points(_told(each) for each in open_ones)
    if page.told:
        st.markdown("**Alerts of this period, the gravest first**")
        show_points(page.told)
    _show_incidents(page)
    st.markdown("**Decisions that changed something**")
    show_points(_changed(change) for change in page.changes[:MAX_CHANGES])
    show_rows(
        [
            {
                "period": change.as_of,
                "what": change.kind,
                "outcome": change.outcome,
                "version": change.model_version,
                "instead of": change.replaced_version,
            }
            for change in page.changes
        ],
        otherwise="None so far.",
    )


def _told(incident: Incident) -> str:
    what = f"{incident.severity.value} since {incident.since}: {incident.summary.rstrip('.')}."
    return f"{what} {incident.advice}".rstrip()


def _changed(change: Milestone) -> str:
    who = "" if change.model_version is None else f" of version {change.model_version}"
    why = f": {'; '.join(change.why)}" if change.why else ""
    return f"{change.as_of}, {change.kind}{who}: {change.outcome}{why}"


def _span(incident: Incident) -> tuple[str, str, date, date]:
    return (incident.title.replace("`", ""), incident.severity.value, incident.since, incident.as_of)


def _show_incidents(page: TimelinePage) -> None:
    st.markdown("**Incidents**")
    show_rows(
        [
            {
                "state": incident.state.value,
                "severity": incident.severity.value,
                "what": incident.summary,
                "since": incident.since,
                "last seen": incident.as_of,
                "what to do": incident.advice,
                "what the loop did": incident.answer,
            }
            for incident in page.incidents
        ],
        otherwise="None so far.",
    )
