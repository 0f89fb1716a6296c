"""The shell: what the steps made of a period, and what the gold tables hold of it, as one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from tenure.domain.artefacts import Bronze, Gold, Monitoring, Silver
from tenure.domain.decisions import DecisionKind, Promotion, RetrainDecision, Verdict
from tenure.domain.models import Candidate, Office
from tenure.domain.office import office_history
from tenure.domain.report import Decided, Holder, Intake, Milestone, Received, Report, Trained
from tenure.domain.tables import AS_OF, DECISIONS, FINDINGS, RUNS
from tenure.ports import TableStore
from tenure.reporting.drift import summarise
from tenure.reporting.headline import headline_of
from tenure.reporting.noticed import MAX_NOTICED, count_checks, notice
from tenure.reporting.performance import matured_cohorts, scorer
from tenure.reporting.timeline import count_kept, milestones


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What ``gold/runs`` holds of one period: artefacts as JSON, by step."""

    texts: Mapping[str, str]

    def get(self, step: str, kind: Any) -> Any:
        return _adapter(kind).validate_json(self.texts[step]) if step in self.texts else None


def report(
    monitoring: Monitoring,
    decision: RetrainDecision | None,
    candidate: Candidate | None,
    verdict: Verdict | None,
    promotion: Promotion | None,
    *,
    name: str,
    store: TableStore,
) -> Report:
    """The period's report: whether to worry, then what that rests on.

    Of the gold tables it reads the findings and the runs of the period, the run that trained whoever
    is in office, and the decisions so far. It writes nothing.
    """
    as_of = monitoring.period.as_of
    decisions = store.read(DECISIONS, until=as_of)
    rows = decisions.to_pylist()
    history = office_history(decisions)
    holder = _holder(history[-1], candidate, store) if history else None
    monitored = summarise(monitoring.measurements)
    performance = matured_cohorts(monitoring.measurements, history)
    changes = milestones(rows)
    decided = Decided(
        decision, _blocked(changes, as_of), _trained(candidate) if candidate else None, verdict, promotion
    )
    return Report(
        as_of=as_of,
        project=name,
        headline=headline_of(holder, monitored, performance, decided),
        scored_by=scorer(history, as_of),
        holder=holder,
        intake=_intake(monitoring, store),
        monitored=monitored,
        performance=performance,
        decided=decided,
        timeline=changes,
        n_kept=count_kept(rows),
    )


def _holder(office: Office, candidate: Candidate | None, store: TableStore) -> Holder:
    made = candidate
    if made is None or made.version != office.version:
        made = _recorded(office.version.as_of, store).get("train", Candidate)
    same = made is not None and made.version.bundle_sha256 == office.version.bundle_sha256
    return Holder(office, _trained(made) if same else None)


def _trained(candidate: Candidate) -> Trained:
    return Trained(
        version=candidate.version,
        algorithm=candidate.algorithm,
        task=candidate.task,
        classes=candidate.classes,
        threshold=candidate.threshold,
        n_features=len(candidate.features),
        split=candidate.split,
        test=candidate.test,
        cuts=candidate.cuts,
    )


def _blocked(changes: tuple[Milestone, ...], as_of: date) -> Milestone | None:
    audits = [m for m in changes if (m.as_of, m.kind) == (as_of, DecisionKind.AUDIT.value)]
    return audits[-1] if audits else None


def _intake(monitoring: Monitoring, store: TableStore) -> Intake:
    as_of = monitoring.period.as_of
    recorded = _recorded(as_of, store)
    bronze, silver, gold = (
        recorded.get(step, kind) for step, kind in (("ingest", Bronze), ("clean", Silver), ("build", Gold))
    )
    findings = _of_period(FINDINGS, as_of, store)
    noticed = notice(findings)
    return Intake(
        received=_received(bronze) if bronze else (),
        repairs=silver.repairs if silver else (),
        n_population=gold.features.n_rows if gold else 0,
        n_labels=gold.labels.n_rows if gold else 0,
        n_matured=monitoring.n_matured,
        checked=count_checks(findings),
        noticed=noticed[:MAX_NOTICED],
        n_noticed=len(noticed),
    )


def _received(bronze: Bronze) -> tuple[Received, ...]:
    return tuple(Received(part.table.partition("/")[2], part.n_rows) for part in bronze.slices)


def _recorded(as_of: date, store: TableStore) -> _Recorded:
    rows = _of_period(RUNS, as_of, store, columns=("step", "artefact"))
    return _Recorded({row["step"]: row["artefact"] for row in rows})


def _of_period(
    table: str, as_of: date, store: TableStore, columns: tuple[str, ...] | None = None
) -> list[dict[str, Any]]:
    """The rows of one period."""
    before = as_of - timedelta(days=1)
    wanted = None if columns is None else [*columns, AS_OF]
    rows: list[dict[str, Any]] = store.read(table, columns=wanted, after=before, until=as_of).to_pylist()
    return rows


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
