"""Who is in office, since when, trained on what, how it does by matured cohort, what is due next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from tenure.domain.incidents import IncidentSeverity
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.models import Candidate, Office
from tenure.domain.office import office_history
from tenure.domain.periods import Period
from tenure.domain.tables import DECISIONS, MONITORING
from tenure.domain.triggers import Trigger
from tenure.promotion import waiting
from tenure.running.incidents import incidents_of
from tenure.running.ledger import load_artefacts, load_circumstances, recorded_periods
from tenure.running.period import is_finished
from tenure.running.runtime import Runtime

_SHOWN_METRICS = ("roc_auc", "f1", "precision", "recall", "accuracy")


@dataclass(frozen=True, slots=True)
class Cohort:
    """How the champions of the time did on one cohort whose labels have matured."""

    cohort: str
    n_rows: int
    metrics: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One decision, with the reasons that spoke for its outcome."""

    as_of: date
    kind: str
    outcome: str
    model_version: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a project, as of the last period that ran."""

    project: str
    last_period: date | None
    next_period: date | None
    last_trigger: Trigger | None
    """What set off the last step of the last period; None where that was not recorded."""
    office: Office | None
    champion: Candidate | None
    """What training recorded of the champion; None when it was trained in another datamart."""
    history: tuple[Office, ...]
    waiting: tuple[int, ...]
    """Versions that passed the gate and wait for approval."""
    cohorts: tuple[Cohort, ...]
    alerts: tuple[str, ...]
    incidents: tuple[str, ...]
    """One line for each that is open at the end of the last period, the gravest first."""
    decisions: tuple[PastDecision, ...]

    def as_json(self) -> dict[str, Any]:
        """The status as one JSON value."""
        value: dict[str, Any] = TypeAdapter(Status).dump_python(self, mode="json")
        return value


def read_status(*, runtime: Runtime) -> Status:
    """The status of a project from its gold tables; an empty project has one, too."""
    recorded = recorded_periods(store=runtime.store)
    decisions = runtime.store.read(DECISIONS)
    history = office_history(decisions)
    office = history[-1] if history else None
    last = recorded[-1] if recorded else None
    return Status(
        project=runtime.project.project,
        last_period=last,
        next_period=_next_period(last, runtime) if last else None,
        last_trigger=_last_trigger(last, runtime) if last else None,
        office=office,
        champion=_trained(office, runtime),
        history=history,
        waiting=waiting(decisions.to_pylist(), office.version if office else None),
        cohorts=tuple(_cohorts(runtime)),
        alerts=tuple(_alerts(last, runtime)) if last else (),
        incidents=tuple(_incidents(last, runtime)) if last else (),
        decisions=tuple(_past(row) for row in _in_order(decisions.to_pylist())),
    )


def _next_period(last: date, runtime: Runtime) -> date:
    """The end of the period that runs next: the last one again, if it has not been finished."""
    period = Period(last, runtime.project.period)
    return period.next().end if is_finished(period, runtime=runtime) else last


def _last_trigger(last: date, runtime: Runtime) -> Trigger | None:
    ran = load_circumstances(last, store=runtime.store)
    return list(ran.values())[-1].trigger if ran else None


def status_lines(status: Status) -> Iterator[str]:
    """The status as a person reads it: first the one thing to know."""
    yield from _office_lines(status)
    for version in status.waiting:
        yield f"  version {version} passed the gate and waits: `tenure approve {version} --by NAME`"
    if status.cohorts:
        yield ""
        yield "matured cohorts (scored when they happened, labels since):"
        yield from (_cohort_line(cohort) for cohort in status.cohorts[-12:])
    if status.incidents:
        yield ""
        yield f"open incidents at {status.last_period}:"
        yield from (f"  {incident}" for incident in status.incidents)
    if status.alerts:
        yield ""
        yield f"alerts of {status.last_period}:"
        yield from (f"  {alert}" for alert in status.alerts[:12])
    yield ""
    if status.last_trigger is not None:
        yield f"last: the period {status.last_period}, set off by {status.last_trigger}"
    yield f"next: the period {status.next_period}" if status.next_period else "next: the first period"


def _office_lines(status: Status) -> Iterator[str]:
    if status.office is None:
        yield f"{status.project}: nobody is in office (last period: {status.last_period or 'none has run'})"
        return
    version, since = status.office.version, status.office.since
    yield f"{status.project}: version {version.version} is in office since {since}"
    if status.champion is not None:
        split = status.champion.split
        test = status.champion.test
        shown = ", ".join(f"{m} {test.value(m):.3f}" for m in _SHOWN_METRICS if m in test.names)
        yield (
            f"  {status.champion.algorithm}, trained on {split.train.n_rows:,} rows "
            f"({split.train.first} to {split.train.last}); "
            f"test {split.test.first} to {split.test.last}: {shown}"
        )
        if status.champion.cuts is not None:
            yield f"  classes: {'; '.join(status.champion.cuts.words)}"
    if len(status.history) > 1:
        terms = ", ".join(f"version {o.version.version} from {o.since}" for o in status.history)
        yield f"  offices held: {terms}"


def _cohort_line(cohort: Cohort) -> str:
    shown = "  ".join(f"{name} {value:.3f}" for name, value in cohort.metrics.items() if value is not None)
    return f"  {cohort.cohort}  {cohort.n_rows:>7,} rows  {shown}"


def _trained(office: Office | None, runtime: Runtime) -> Candidate | None:
    """What training recorded of the version in office: in the ledger, under the period of its training."""
    if office is None:
        return None
    candidate = load_artefacts(office.version.as_of, store=runtime.store).get("candidate")
    same = candidate is not None and candidate.version.bundle_sha256 == office.version.bundle_sha256
    return candidate if same else None


def _cohorts(runtime: Runtime) -> Iterator[Cohort]:
    rows = runtime.store.read(MONITORING).to_pylist()
    performance = [row for row in rows if row["scope"] == Scope.PERFORMANCE.value]
    for cohort in sorted({row["feature"] for row in performance}):
        of_cohort = [row for row in performance if row["feature"] == cohort]
        values = {row["metric"]: row["value"] for row in sorted(of_cohort, key=lambda row: row["as_of"])}
        yield Cohort(cohort, max(row["n"] for row in of_cohort), {m: values.get(m) for m in _SHOWN_METRICS})


def _alerts(last: date, runtime: Runtime) -> Iterator[str]:
    rows = runtime.store.read(MONITORING, until=last).to_pylist()
    for row in rows:
        if row["as_of"] == last and row["verdict"] == MeasurementVerdict.ALERT.value:
            limit = "" if row["threshold"] is None else f" (limit {row['threshold']:.3g})"
            what = f"{row['scope']} {row['feature']}: {row['metric']}"
            yield f"{what} {row['value']:.3g}{limit}, n={row['n']:,}"


def _incidents(last: date, runtime: Runtime) -> Iterator[str]:
    for each in incidents_of(last, runtime.store):
        if each.is_open and each.severity is not IncidentSeverity.INFO:
            yield f"{each.severity:<8}  {each.title} since {each.since}: {each.summary}"


def _in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    order = ("retrain", "audit", "verdict", "promotion", "rollback")
    return sorted(rows, key=lambda row: (row["as_of"], order.index(row["kind"])))


def _past(row: dict[str, Any]) -> PastDecision:
    positive = row["outcome"] in {"retrain", "passed", "promoted", "rolled back"}
    reasons = [reason for reason in json.loads(row["reasons"]) if reason["favours"] is positive]
    return PastDecision(
        row["as_of"],
        row["kind"],
        row["outcome"],
        row["model_version"],
        tuple(reason["message"] for reason in reasons),
    )
