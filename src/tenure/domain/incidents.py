"""An incident: one thing that is wrong, whatever the number of measurements that show it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from tenure.domain.periods import Period
from tenure.domain.tables import AS_OF

E = TypeVar("E", bound=StrEnum)


class IncidentKind(StrEnum):
    """What an incident is about: its cause, as far as the period's rows tell it."""

    FEED = "feed outage"
    DELIVERY = "changed delivery"
    DRIFT = "drift"
    SCORES = "score drift"
    PERFORMANCE = "performance"
    QUALITY = "data quality"
    RULE = "rule"
    LEAKAGE = "leakage"
    STOPPED = "period stopped"


class IncidentSeverity(StrEnum):
    """How much an incident matters, the gravest first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """The larger, the graver.

        Examples
        --------
        >>> IncidentSeverity.CRITICAL.rank > IncidentSeverity.INFO.rank
        True
        """
        return -list(IncidentSeverity).index(self)


class IncidentState(StrEnum):
    """Where an incident stands at the end of a period."""

    OPENED = "opened"
    ONGOING = "ongoing"
    RESOLVED = "resolved"


class Telling(StrEnum):
    """Why a period's row of an incident is worth a message."""

    OPENED = "opened"
    WORSE = "worse"
    REMINDER = "reminder"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Signal:
    """One measurement or finding that an incident rests on."""

    name: str
    """The metric of a measurement, or the code of a finding."""
    about: str
    """The feature, class or cohort; the column of a finding."""
    value: float | None = None
    threshold: float | None = None
    n: int = 0
    """Rows it was measured on, or concerns."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an incident may cost."""

    n_rows: int
    """Rows at stake."""
    meaning: str
    """What is at stake of them."""
    low: float | None = None
    """In the unit of the project's cost table; None where it has none, or the rows are not yet decisions."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident in one period: a row of ``gold/incidents``."""

    id: str
    """``<kind>:<subject>:<since>``: the same in every period it goes on."""
    kind: IncidentKind
    subject: str
    """The source, or ``scores``, ``version 3``, a rule, ``training``, ``period``."""
    state: IncidentState
    severity: IncidentSeverity
    since: date
    as_of: date
    summary: str
    """What happened, with its number, limit and rows."""
    advice: str = ""
    worst: Signal | None = None
    """The signal that is furthest beyond its limit."""
    signals: tuple[Signal, ...] = ()
    """The worst first, a bounded number of them."""
    n_signals: int = 0
    cost: Cost | None = None
    answer: str = ""
    """What the loop did about it in this period."""
    link: str = ""
    """The period's page, relative to the project."""
    telling: Telling | None = None
    """Why this row is worth a message; None when it is not."""
    last_told: date | None = None
    last_telling: Telling | None = None
    told_severity: IncidentSeverity | None = None

    @property
    def is_open(self) -> bool:
        """Whether it goes on after the period."""
        return self.state is not IncidentState.RESOLVED

    @property
    def key(self) -> tuple[IncidentKind, str]:
        """What it is about: at most one incident of a key is open."""
        return self.kind, self.subject

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return incident_title(self.kind, self.subject)


def incident_title(kind: IncidentKind, subject: str) -> str:
    """What an incident is, in a few words.

    Examples
    --------
    >>> incident_title(IncidentKind.FEED, "clickstream")
    'feed outage of `clickstream`'
    """
    joined = {
        IncidentKind.SCORES: "drift of the scores",
        IncidentKind.STOPPED: "the period was stopped",
        IncidentKind.LEAKAGE: "leakage: nothing may be trained",
        IncidentKind.PERFORMANCE: f"performance of {subject}",
    }
    return joined.get(kind, f"{kind} of `{subject}`")


@dataclass(frozen=True, slots=True)
class Alerting:
    """Every incident of the period: opened, going on, resolved."""

    period: Period
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """What is sent of an incident: the same text to every channel."""

    id: str
    """The incident, the period and why it is told: sent once to each channel."""
    title: str
    body: str
    severity: IncidentSeverity
    telling: Telling
    incident: str
    as_of: date


def incident_row(incident: Incident) -> dict[str, Any]:
    """The incident as a row of ``gold/incidents``, without its ``as_of``."""
    worst, cost = incident.worst, incident.cost
    return {
        "incident": incident.id,
        "kind": incident.kind.value,
        "subject": incident.subject,
        "state": incident.state.value,
        "severity": incident.severity.value,
        "since": incident.since,
        "summary": incident.summary,
        "advice": incident.advice,
        "metric": worst.name if worst else None,
        "feature": worst.about if worst else None,
        "value": worst.value if worst else None,
        "threshold": worst.threshold if worst else None,
        "n": worst.n if worst else None,
        "signals": json.dumps([asdict(signal) for signal in incident.signals], ensure_ascii=False),
        "n_signals": incident.n_signals,
        "n_at_stake": cost.n_rows if cost else None,
        "at_stake": cost.meaning if cost else None,
        "cost_low": cost.low if cost else None,
        "cost_high": cost.high if cost else None,
        "answer": incident.answer,
        "link": incident.link,
        "telling": incident.telling.value if incident.telling else None,
        "last_told": incident.last_told,
        "last_telling": incident.last_telling.value if incident.last_telling else None,
        "told_severity": incident.told_severity.value if incident.told_severity else None,
    }


def incident_of(row: Mapping[str, Any]) -> Incident:
    """The incident that a row of ``gold/incidents`` tells of."""
    at_stake = row["n_at_stake"]
    return Incident(
        id=row["incident"],
        kind=IncidentKind(row["kind"]),
        subject=row["subject"],
        state=IncidentState(row["state"]),
        severity=IncidentSeverity(row["severity"]),
        since=row["since"],
        as_of=row[AS_OF],
        summary=row["summary"],
        advice=row["advice"],
        worst=_worst(row),
        signals=tuple(Signal(**signal) for signal in json.loads(row["signals"])),
        n_signals=row["n_signals"],
        cost=None if at_stake is None else Cost(at_stake, row["at_stake"], row["cost_low"], row["cost_high"]),
        answer=row["answer"],
        link=row["link"],
        telling=_member(Telling, row["telling"]),
        last_told=row["last_told"],
        last_telling=_member(Telling, row["last_telling"]),
        told_severity=_member(IncidentSeverity, row["told_severity"]),
    )


def _worst(row: Mapping[str, Any]) -> Signal | None:
    if row["metric"] is None:
        return None
    return Signal(row["metric"], row["feature"], row["value"], row["threshold"], row["n"])


def _member(kind: type[E], text: str | None) -> E | None:
    return None if text is None else kind(text)
