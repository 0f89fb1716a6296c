"""Tell of a period's incidents on the channels that the environment names."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date

from tenure.domain.wording import counted
from tenure.errors import NotifyError
from tenure.running.notifying import Delivery, Wording, notify
from tenure.running.runtime import Runtime
from tenure.stores.channels import open_channels

REPORTS_URL = "TENURE_REPORTS_URL"
"""The address under which the folder of the reports is served; links in messages begin with it."""


def tell(as_of: date, *, runtime: Runtime, say: Callable[[str], None]) -> None:
    """Send what is worth a message in the period; a channel that fails is a warning, never the run's end.

    Parameters
    ----------
    as_of
        The end of the period.
    runtime
        The project, opened.
    say
        Takes one line on what was sent, and one per warning.
    """
    try:
        channels = open_channels(runtime.reports)
    except NotifyError as error:
        say(f"warning: {error.message}; nobody is told but the file")
        channels = open_channels(runtime.reports, environment={})
    tried = notify(as_of, channels, wording=_wording(runtime), store=runtime.store)
    for one in tried:
        if one.outcome is Delivery.FAILED:
            say(f"warning: {one.why}; `{one.message.title}` is sent again by the next run")
    sent = [one for one in tried if one.outcome is Delivery.SENT]
    if sent:
        messages, names = {one.message.id for one in sent}, dict.fromkeys(one.channel for one in sent)
        told = counted(len(messages), "message")
        say(f"told of incidents: {told} on {', '.join(names)}")


def _wording(runtime: Runtime) -> Wording:
    reports = os.environ.get(REPORTS_URL) or str(runtime.reports)
    return Wording(runtime.project.project, runtime.project.period, reports)
