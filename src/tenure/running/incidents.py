"""``gold/incidents`` read again: those of a period, and each of them from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from tenure.domain.incidents import Incident, IncidentSeverity, incident_of
from tenure.domain.tables import INCIDENTS
from tenure.ports import TableStore


@dataclass(frozen=True, slots=True)
class Course:
    """One incident from when it was opened to when it was resolved."""

    id: str
    title: str
    severity: IncidentSeverity
    """The gravest that it ever had."""
    since: date
    until: date | None
    """The period in which it was resolved; None while it is open."""
    n_periods: int
    """Periods in which it was open."""
    summary: str
    """What it was when it was gravest."""
    answers: tuple[str, ...]
    """What the loop did about the model in those periods, each thing once."""


def incidents_of(as_of: date, store: TableStore) -> tuple[Incident, ...]:
    """The incidents of a period, open ones first, the gravest of them first."""
    rows = store.read(INCIDENTS, after=as_of - timedelta(days=1), until=as_of).to_pylist()
    return tuple(sorted(map(incident_of, rows), key=lambda i: (not i.is_open, -i.severity.rank, i.id)))


COURSE_COLUMNS = ("since", "until", "severity", "what", "how large")
"""What `course_lines` gives of each."""


def courses(store: TableStore, *, until: date | None = None) -> tuple[Course, ...]:
    """Every incident so far, the oldest first."""
    rows = [incident_of(row) for row in store.read(INCIDENTS, until=until).to_pylist()]
    rows.sort(key=lambda each: (each.since, each.id, each.as_of))
    return tuple(_course(list(part)) for _, part in groupby(rows, key=lambda each: each.id))


def course_lines(told: Sequence[Course]) -> Iterator[tuple[str, ...]]:
    """What a person is shown of each: since, until, severity, what, how large."""
    for each in told:
        until = each.until.isoformat() if each.until else "open"
        yield (each.since.isoformat(), until, each.severity.value, each.title, each.summary)


def _course(rows: list[Incident]) -> Course:
    last = rows[-1]
    gravest = max(rows, key=lambda each: (each.severity.rank, -rows.index(each)))
    return Course(
        id=last.id,
        title=last.title,
        severity=gravest.severity,
        since=last.since,
        until=None if last.is_open else last.as_of,
        n_periods=sum(each.is_open for each in rows),
        summary=gravest.summary,
        answers=tuple(dict.fromkeys(each.answer for each in rows if each.answer)),
    )
