"""What was received in a period, what was repaired, and what the checks found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tenure.dashboard.contents.telling import stopped
from tenure.domain.artefacts import Bronze, Repair
from tenure.domain.findings import Outcome, Severity
from tenure.domain.report import Checked, Concern, Headline, Noticed
from tenure.domain.tables import FINDINGS
from tenure.domain.wording import counted
from tenure.flow import step_named
from tenure.ports import TableStore
from tenure.render.history import MAX_PERIODS
from tenure.reporting.noticed import MONITORED, count_checks, notice
from tenure.running.ledger import load_artefact, load_artefacts, recorded_periods

MAX_NOTICED = 500
"""Findings of one period that are listed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Rows of one source that became known in the period, and in the one before."""

    source: str
    n_rows: int
    n_before: int | None
    """None where the period before has not run."""


@dataclass(frozen=True, slots=True)
class FoundCount:
    """How many findings of a severity a period has."""

    as_of: date
    severity: str
    n: int


@dataclass(frozen=True, slots=True)
class QualityPage:
    """What the page shows."""

    headline: Headline
    hint: str
    deliveries: tuple[Delivery, ...]
    repairs: tuple[Repair, ...]
    """The most first."""
    checked: tuple[Checked, ...]
    noticed: tuple[Noticed, ...]
    """The gravest first, a bounded number of them."""
    n_noticed: int
    counts: tuple[FoundCount, ...]
    """Of the last periods, oldest first; the monitors' findings are not among them."""


def read_quality(as_of: date, *, store: TableStore) -> QualityPage:
    """What was received, repaired and found in a period that ran."""
    made = load_artefacts(as_of, store=store)
    rows = _rows(as_of, store)
    noticed, checked = notice(rows), count_checks([row for row in rows if row["stage"] != MONITORED])
    deliveries = _deliveries(made.get("bronze"), _before(as_of, store))
    silver = made.get("silver")
    repairs = sorted(silver.repairs if silver else (), key=lambda r: (-r.n_values, r.source, r.column))
    return QualityPage(
        headline=stopped(made, as_of) or _headline(as_of, noticed, checked, deliveries),
        hint=next((each.finding.hint for each in noticed if each.finding.hint), ""),
        deliveries=deliveries,
        repairs=tuple(repairs),
        checked=checked,
        noticed=noticed[:MAX_NOTICED],
        n_noticed=len(noticed),
        counts=_counts(as_of, store),
    )


def _headline(
    as_of: date, noticed: Sequence[Noticed], checked: Sequence[Checked], deliveries: Sequence[Delivery]
) -> Headline:
    """Errors are to worry about, warnings to look at; what is only told is neither."""
    grave = Counter(each.finding.severity for each in noticed)
    n_rows = sum(delivery.n_rows for delivery in deliveries)
    size = f"{counted(n_rows, 'row')} of {counted(len(deliveries), 'source')}"
    for severity, concern in ((Severity.ERROR, Concern.WORRY), (Severity.WARNING, Concern.WATCH)):
        if grave[severity]:
            told = f"{counted(grave[severity], severity.value)} in {size} of {as_of}"
            return Headline(concern, f"{told}: {noticed[0].finding.message.rstrip('.')}.")
    n_passed, n_silent = sum(each.n_passed for each in checked), sum(each.n_not_run for each in checked)
    notes = f", {counted(grave[Severity.INFO], 'note')}" if grave[Severity.INFO] else ""
    idle = f", {n_silent:,} did not run" if n_silent else ""
    return Headline(
        Concern.CALM,
        f"Nothing is wrong with the {size} of {as_of}: {counted(n_passed, 'check')} passed{idle}{notes}.",
    )


def _deliveries(bronze: Bronze | None, before: Bronze | None) -> tuple[Delivery, ...]:
    earlier = {} if before is None else {part.table: part.n_rows for part in before.slices}
    return tuple(
        Delivery(
            part.table.partition("/")[2], part.n_rows, None if before is None else earlier.get(part.table, 0)
        )
        for part in (bronze.slices if bronze else ())
    )


def _before(as_of: date, store: TableStore) -> Bronze | None:
    earlier = [day for day in recorded_periods(store=store) if day < as_of]
    found: Bronze | None = load_artefact(step_named("ingest"), earlier[-1], store=store) if earlier else None
    return found


def _rows(as_of: date, store: TableStore) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = store.read(
        FINDINGS, after=as_of - timedelta(days=1), until=as_of
    ).to_pylist()
    return found


def _counts(as_of: date, store: TableStore) -> tuple[FoundCount, ...]:
    known = [day for day in recorded_periods(store=store) if day <= as_of][-MAX_PERIODS:]
    if not known or not store.exists(FINDINGS):
        return ()
    columns = ("as_of", "stage", "severity", "outcome")
    table = store.read(FINDINGS, columns=columns, after=known[0] - timedelta(days=1), until=as_of)
    rows = [row for row in table.to_pylist() if _is_told(row)]
    counts = Counter((row["as_of"], row["severity"]) for row in rows)
    return tuple(
        FoundCount(day, severity.value, counts[day, severity.value]) for day in known for severity in Severity
    )


def _is_told(row: Mapping[str, Any]) -> bool:
    return bool(row["outcome"] == Outcome.FOUND.value and row["stage"] != MONITORED)
