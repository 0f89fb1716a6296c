"""incident -> message: what happened, since when, how large, what it may cost, what to do, where to look."""

from __future__ import annotations

from collections.abc import Iterator

from tenure.domain.incidents import AlertMessage, Cost, Incident, Telling
from tenure.domain.periods import PeriodUnit, periods_between
from tenure.domain.wording import counted

MAX_SUMMARY = 600
"""Characters of a summary; a channel may cut a message that is longer."""


def write_message(
    incident: Incident, *, project: str, telling: Telling, unit: PeriodUnit, reports: str
) -> AlertMessage:
    """The message of an incident, the same for every channel.

    Parameters
    ----------
    incident
        The row that is told.
    project
        The project's name.
    telling
        Why it is told.
    unit
        How long a period is.
    reports
        Where the reports lie: a folder, or the address under which they are served.
    """
    word = telling.value if telling is Telling.RESOLVED else incident.severity.value
    return AlertMessage(
        id=f"{incident.id}@{incident.as_of}/{telling}",
        title=f"[{word}] {project}: {incident.title}",
        body="\n".join(_lines(incident, telling, unit, reports)),
        severity=incident.severity,
        telling=telling,
        incident=incident.id,
        as_of=incident.as_of,
    )


def _lines(incident: Incident, telling: Telling, unit: PeriodUnit, reports: str) -> Iterator[str]:
    summary = incident.summary
    yield summary if len(summary) <= MAX_SUMMARY else f"{summary[: MAX_SUMMARY - 3]}..."
    n_periods = periods_between(incident.since, incident.as_of, unit) + 1
    yield f"since: {incident.since} (period {incident.as_of}, number {n_periods} of it; told: {telling})"
    if incident.worst is not None and incident.worst.value is not None:
        worst = incident.worst
        limit = "" if worst.threshold is None else f" (limit {worst.threshold:g})"
        yield (
            f"how large: {worst.name} {worst.value:.3g}{limit} of {worst.about} on {worst.n:,} rows; "
            f"{counted(incident.n_signals, 'measurement or finding', 'measurements and findings')} in all"
        )
    if incident.cost is not None:
        yield f"may cost: {tell_cost(incident.cost)}"
    if incident.answer:
        yield f"answered: {incident.answer}"
    if telling is not Telling.RESOLVED and incident.advice:
        yield f"do: {incident.advice}"
    if incident.link:
        yield f"look at: {reports.rstrip('/')}/{incident.link}"


def tell_cost(cost: Cost) -> str:
    """The cost in words.

    Examples
    --------
    >>> tell_cost(Cost(60, "decisions fell otherwise than before", 60.0, 300.0))
    '60 decisions fell otherwise than before; 60 to 300 by the cost table, if each is wrong'
    """
    told = f"{cost.n_rows:,} {cost.meaning}"
    if cost.low is None or cost.high is None:
        return told
    return f"{told}; {cost.low:,.4g} to {cost.high:,.4g} by the cost table, if each is wrong"
