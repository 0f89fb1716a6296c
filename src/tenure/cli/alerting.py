"""``tenure alerts``: who is told of incidents, and which there are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from tenure.cli.console import print_json, print_table, say
from tenure.cli.options import AsOfOption, JsonOption, ProjectOption, as_day
from tenure.domain.incidents import (
    AlertMessage,
    Incident,
    IncidentSeverity,
    Telling,
    incident_row,
)
from tenure.errors import NotifyError, ReplayError
from tenure.orchestration.telling import tell
from tenure.ports import Notifier
from tenure.running.incidents import COURSE_COLUMNS, course_lines, courses, incidents_of
from tenure.running.ledger import recorded_periods
from tenure.running.notifying import Delivery, Notification
from tenure.running.runtime import Runtime, open_runtime
from tenure.stores.channels import VARIABLE, open_channels

alerts = typer.Typer(no_args_is_help=True, help="Who is told of incidents, and which there are.")

NotifyOption = Annotated[
    bool, typer.Option("--notify/--no-notify", help=f"Tell of incidents on the channels of {VARIABLE}.")
]
QuietOption = Annotated[
    bool, typer.Option("--notify", help="Tell of the incidents of each period; a replay tells nobody else.")
]


@alerts.callback()
def _about() -> None:
    """Who is told of incidents, and which there are."""


@alerts.command("test")
def send_test(project: ProjectOption = Path(), json: JsonOption = False) -> None:
    """Send a test message to every channel, and say who got it: exit code 0, 75 when somebody did not."""
    runtime = open_runtime(project)
    tried = [_try(channel, runtime) for channel in open_channels(runtime.reports)]
    rows = [(one.channel, "got it" if one.outcome is Delivery.SENT else "FAILED", one.why) for one in tried]
    if json:
        print_json([dict(zip(("channel", "outcome", "why"), row, strict=True)) for row in rows])
    else:
        print_table("a test message", ("channel", "outcome", "why"), rows)
    failed = [one.channel for one in tried if one.outcome is Delivery.FAILED]
    if failed:
        raise NotifyError(
            f"{len(failed)} of {len(tried)} channels did not take the message: {', '.join(failed)}",
            hint=f"the addresses stand in {VARIABLE}; docs/guides/alerts.md shows one of each kind.",
            transient=True,
        )


@alerts.command("list")
def list_incidents(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="Every incident so far, each from its beginning to its end.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the incidents of a period, the last one that ran if --as-of is absent."""
    runtime = open_runtime(project)
    day = _period(as_day(as_of), runtime)
    if history:
        _show_history(day, runtime, json=json)
        return
    found = incidents_of(day, runtime.store)
    if json:
        print_json([_as_json(each) for each in found])
        return
    rows = [
        (
            each.state,
            each.severity,
            each.since,
            each.title,
            told_of(each),
        )
        for each in found
    ]
    print_table(
        f"incidents of {day}", ("state", "severity", "since", "what", "how large, what was done"), rows
    )


def told_of(incident: Incident) -> str:
    """What happened, and what the loop did about it."""
    return "; ".join(part for part in (incident.summary, incident.answer) if part)


@alerts.command()
def send(project: ProjectOption = Path(), as_of: AsOfOption = None) -> None:
    """Tell of the incidents of a period that have not been told yet; a second time tells nothing."""
    runtime = open_runtime(project)
    tell(_period(as_day(as_of), runtime), runtime=runtime, say=say)


def _try(channel: Notifier, runtime: Runtime) -> Notification:
    message = AlertMessage(
        id="test",
        title=f"[test] {runtime.project.project}: a test of the alerts",
        body=f"`tenure alerts test` sent this to the channel {channel.name}. Nothing is wrong.",
        severity=IncidentSeverity.INFO,
        telling=Telling.OPENED,
        incident="test",
        as_of=max(recorded_periods(store=runtime.store), default=date.min),
    )
    try:
        channel.send(message)
    except NotifyError as error:
        return Notification(message, channel.name, Delivery.FAILED, error.message)
    return Notification(message, channel.name, Delivery.SENT)


def _period(as_of: date | None, runtime: Runtime) -> date:
    recorded = recorded_periods(store=runtime.store)
    if as_of is None and not recorded:
        raise ReplayError("no period has run yet", hint="`tenure run --as-of D` first.")
    return as_of or recorded[-1]


def _show_history(day: date, runtime: Runtime, *, json: bool) -> None:
    told = courses(runtime.store, until=day)
    if json:
        print_json([asdict(course) for course in told])
        return
    print_table(f"incidents up to {day}", COURSE_COLUMNS, course_lines(told))


def _as_json(incident: Incident) -> dict[str, Any]:
    return {"as_of": incident.as_of.isoformat()} | incident_row(incident)
