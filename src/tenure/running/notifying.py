"""Tell of a period's incidents: each message once to each channel, at least once if killed in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import pyarrow as pa

from tenure.alerting import write_message
from tenure.domain.incidents import AlertMessage, Incident
from tenure.domain.periods import PeriodUnit
from tenure.domain.tables import AS_OF, NOTIFICATIONS
from tenure.errors import NotifyError
from tenure.ports import Notifier, TableStore
from tenure.running.incidents import incidents_of

_SCHEMA = pa.schema(
    [
        ("message", pa.string()),
        ("incident", pa.string()),
        ("telling", pa.string()),
        ("channel", pa.string()),
        ("outcome", pa.string()),
    ]
)


class Delivery(StrEnum):
    """How far a message has come on a channel."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notification:
    """A message on its way to a channel, and how that ended."""

    message: AlertMessage
    channel: str
    outcome: Delivery
    why: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a message is told of the project."""

    project: str
    unit: PeriodUnit
    reports: str
    """Where the reports lie: a folder, or the address under which they are served."""


def notify(
    as_of: date, channels: Sequence[Notifier], *, wording: Wording, store: TableStore
) -> tuple[Notification, ...]:
    """Send what is worth a message in the period, and what did not arrive in earlier ones.

    Before anything is sent it is written down as pending, and after it was sent as sent: a run that is
    killed in between sends again, so that a message arrives at least once. A message of an earlier period
    is sent only if that period was notified, too: a replay of the past tells nobody.

    Returns
    -------
    What was tried, in order. A channel that fails is told there, and is tried again by the next call.
    """
    names = {channel.name: channel for channel in channels}
    tried = []
    for day in (*_unfinished_before(as_of, names, store), as_of):
        outcomes = _begin(day, tuple(names), store)
        for incident in _told(day, store):
            message = _message(incident, wording)
            for name, channel in names.items():
                if outcomes.get((message.id, name)) is not Delivery.SENT:
                    tried.append(_send(message, channel))
                    outcomes[message.id, name] = tried[-1].outcome
                    _write(day, outcomes, store)
    return tuple(tried)


def _told(as_of: date, store: TableStore) -> tuple[Incident, ...]:
    return tuple(each for each in incidents_of(as_of, store) if each.telling is not None)


def _message(incident: Incident, wording: Wording) -> AlertMessage:
    if incident.telling is None:
        raise ValueError(f"{incident.id} is not worth a message in {incident.as_of}")
    return write_message(
        incident,
        project=wording.project,
        telling=incident.telling,
        unit=wording.unit,
        reports=wording.reports,
    )


def _send(message: AlertMessage, channel: Notifier) -> Notification:
    try:
        channel.send(message)
    except NotifyError as error:
        return Notification(message, channel.name, Delivery.FAILED, error.message)
    return Notification(message, channel.name, Delivery.SENT)


def _begin(as_of: date, channels: Iterable[str], store: TableStore) -> dict[tuple[str, str], Delivery]:
    """How far each message has come; those that have not begun are written down as pending."""
    before = as_of - timedelta(days=1)
    rows = store.read(NOTIFICATIONS, after=before, until=as_of).to_pylist()
    known = {(row["message"], row["channel"]): Delivery(row["outcome"]) for row in rows}
    wanted = {
        (f"{each.id}@{as_of}/{each.telling}", channel): Delivery.PENDING
        for each in _told(as_of, store)
        for channel in channels
    }
    begun = wanted | known
    if begun != known:
        _write(as_of, begun, store)
    return begun


def _unfinished_before(as_of: date, channels: Iterable[str], store: TableStore) -> tuple[date, ...]:
    """The earlier periods with a message that one of the channels did not get."""
    names = set(channels)
    rows = store.read(NOTIFICATIONS, until=as_of - timedelta(days=1)).to_pylist()
    return tuple(
        sorted({row[AS_OF] for row in rows if row["channel"] in names and row["outcome"] != Delivery.SENT})
    )


def _write(as_of: date, outcomes: dict[tuple[str, str], Delivery], store: TableStore) -> None:
    rows = [
        {
            "message": message,
            "incident": message.partition("@")[0],
            "telling": message.rpartition("/")[2],
            "channel": channel,
            "outcome": outcome.value,
        }
        for (message, channel), outcome in outcomes.items()
    ]
    store.replace(NOTIFICATIONS, pa.Table.from_pylist(rows, schema=_SCHEMA), as_of=as_of)
