"""gold tables, project file → what an independent validator of one version reads beside its card."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tenure.domain.decisions import DecisionKind, Difference, Reason
from tenure.domain.findings import Outcome
from tenure.domain.incidents import IncidentState
from tenure.domain.models import ModelVersion
from tenure.domain.tables import AS_OF, DECISIONS, FINDINGS, INCIDENTS, MONITORING
from tenure.errors import RegistryError
from tenure.ports import TableStore
from tenure.project import Project

SIMPLE = ("scorecard", "logistic_regression", "decision_tree")
"""Algorithms that a person can follow: what a candidate has to be better than to be worth its complexity."""
QUALITY = ("ingest", "validate", "clean", "build", "train")
"""Stages whose findings are about the data that a version was made of."""
MAX_FOUND = 40

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """One kind of finding over the periods that a version could learn from."""

    stage: str
    code: str
    severity: str
    where: str
    """The source, with the column where it is about one."""
    n_periods: int
    last: date
    message: str
    """Of the last period."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How one check of the leakage audit ended."""

    code: str
    outcome: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """A column that no feature may be made of."""

    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate said of the version."""

    as_of: date
    outcome: str
    champion: int | None
    reasons: tuple[Reason, ...]
    difference: Difference | None
    awaits_approval: bool


@dataclass(frozen=True, slots=True)
class Drifted:
    """Alerts on features in one period in which the version was in office."""

    as_of: date
    n_features: int
    n_alerts: int
    score_psi: float | None


@dataclass(frozen=True, slots=True)
class Validation:
    """What is known of a version besides its card; every number is from a gold table."""

    project: str
    version: ModelVersion
    told_as_of: date
    judged: Judged | None
    """The last verdict; None when it was never judged."""
    promoted: tuple[tuple[date, str, str], ...]
    """When it took office, who approved it and what they said."""
    audit: tuple[Checked, ...]
    found: tuple[Found, ...]
    n_checks: int
    """Checks of the data that ended in those periods, whatever their end."""
    excluded: tuple[Excluded, ...]
    drifted: tuple[Drifted, ...]
    incidents: tuple[str, ...]
    """Those that are open at the end of the period."""
    limits: tuple[str, ...]
    roles: tuple[tuple[str, str], ...]

    @property
    def groups(self) -> tuple[Reason, ...]:
        """What the gate said of groups of people."""
        reasons = self.judged.reasons if self.judged else ()
        return tuple(reason for reason in reasons if reason.rule.startswith("fairness"))

    @property
    def open_points(self) -> tuple[str, ...]:
        """What a validator has to ask about first: everything that is not as it should be."""
        return tuple(_open_points(self))


def read_validation(store: TableStore, *, project: Project, version: int, as_of: date) -> Validation:
    """What the gold tables say of a version, as known at the end of a period.

    Parameters
    ----------
    store
        Where the gold tables are.
    project
        The project file: what is excluded, and who has which role.
    version
        A version that the gate has judged.
    as_of
        The last period that is read.

    Raises
    ------
    RegistryError
        If the gate has judged no such version by then.
    """
    decisions = store.read(DECISIONS, until=as_of).to_pylist() if store.exists(DECISIONS) else []
    own = [row for row in decisions if row["model_version"] == version]
    verdicts = [row for row in own if row["kind"] == DecisionKind.VERDICT.value]
    if not verdicts:
        known = sorted({row["model_version"] for row in decisions if row["model_version"] is not None})
        listed = ", ".join(str(number) for number in known) or "none"
        raise RegistryError(
            f"version {version} has not been judged by {as_of}", hint=f"versions that have been: {listed}."
        )
    last = max(verdicts, key=lambda row: row[AS_OF])
    trained = min(row[AS_OF] for row in verdicts)
    findings = store.read(FINDINGS, until=as_of).to_pylist()
    before = [row for row in findings if row[AS_OF] <= trained and row["stage"] in QUALITY]
    promoted = [row for row in own if row["kind"] == DecisionKind.PROMOTION.value]
    return Validation(
        project=project.project,
        version=ModelVersion(last["model"], version, last["bundle_sha256"], trained),
        told_as_of=as_of,
        judged=_judged(last),
        promoted=tuple(_promotion(row) for row in promoted),
        audit=tuple(_checked(row) for row in findings if row["stage"] == "audit" and row[AS_OF] == trained),
        found=tuple(_found(before))[:MAX_FOUND],
        n_checks=len(before),
        excluded=tuple(_excluded(project)),
        drifted=tuple(_drifted(store, _in_office(decisions, version, as_of))),
        incidents=tuple(_incidents(store, as_of)),
        limits=project.report.deck.risks,
        roles=tuple((role, who) for role, who in project.report.sop.roles.model_dump().items()),
    )


def simple_rival(trials: Mapping[str, Mapping[str, Any]]) -> tuple[str, float] | None:
    """The best of the simple algorithms that were tried, with its score on validation; None without any.

    Examples
    --------
    >>> simple_rival({"xgboost": {"best_score": 0.8}, "decision_tree": {"best_score": 0.7}})
    ('decision_tree', 0.7)
    >>> simple_rival({"xgboost": {"best_score": 0.8}}) is None
    True
    """
    tried = [(name, trials[name]["best_score"]) for name in SIMPLE if name in trials]
    return max(tried, key=lambda each: each[1]) if tried else None


def _judged(row: Mapping[str, Any]) -> Judged:
    evidence = json.loads(row["evidence"] or "{}")
    difference = evidence.get("difference")
    return Judged(
        row[AS_OF],
        row["outcome"],
        row["replaced_version"],
        tuple(Reason(**reason) for reason in json.loads(row["reasons"])),
        Difference(**difference) if difference else None,
        bool(evidence.get("awaits_approval")),
    )


def _promotion(row: Mapping[str, Any]) -> tuple[date, str, str]:
    evidence = json.loads(row["evidence"] or "{}")
    return row[AS_OF], evidence.get("approved_by", ""), evidence.get("note", "")


def _checked(row: Mapping[str, Any]) -> Checked:
    return Checked(row["code"], row["outcome"], row["severity"], row["message"])


def _found(rows: Rows) -> Iterator[Found]:
    """Findings of the same code about the same place as one, those of the most periods first."""
    kinds: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["outcome"] == Outcome.FOUND.value:
            place = ".".join(part for part in (row["scope"], row["column"]) if part)
            kinds.setdefault((row["stage"], row["code"], place), []).append(row)
    for (stage, code, place), same in sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0])):
        last = max(same, key=lambda row: row[AS_OF])
        n_periods = len({row[AS_OF] for row in same})
        yield Found(stage, code, last["severity"], place, n_periods, last[AS_OF], last["message"])


def _excluded(project: Project) -> Iterator[Excluded]:
    for name, source in project.sources.items():
        for column, rule in (source.columns or {}).items():
            why = [("personal", rule.pii), ("protected", rule.protected), ("no feature", not rule.feature)]
            told = [word for word, holds in why if holds]
            if told:
                yield Excluded(f"{name}.{column}", ", ".join(told))


def _in_office(decisions: Rows, version: int, as_of: date) -> tuple[tuple[date, date], ...]:
    """The spans in which it scored: after the first day, up to the second and with it."""
    kinds = (DecisionKind.PROMOTION.value, DecisionKind.ROLLBACK.value)
    terms = [(row[AS_OF], row["kind"], row["model_version"]) for row in decisions if row["kind"] in kinds]
    terms.sort()
    ends = [day for day, _, _ in terms[1:]] + [as_of]
    return tuple((day, end) for (day, _, held), end in zip(terms, ends, strict=False) if held == version)


def _drifted(store: TableStore, spans: Sequence[tuple[date, date]]) -> Iterator[Drifted]:
    columns = ["scope", "feature", "metric", "value", "verdict", AS_OF]
    for after, until in spans:
        rows = store.read(MONITORING, columns=columns, after=after, until=until).to_pylist()
        for day in sorted({row[AS_OF] for row in rows}):
            psi = [row for row in rows if row[AS_OF] == day and row["metric"] == "psi"]
            of_features = [row for row in psi if row["scope"] == "feature"]
            of_score = [row["value"] for row in psi if row["scope"] == "score" and row["value"] is not None]
            n_alerts = sum(row["verdict"] == "alert" for row in of_features)
            yield Drifted(day, len(of_features), n_alerts, max(of_score, default=None))


def _incidents(store: TableStore, as_of: date) -> Iterator[str]:
    if not store.exists(INCIDENTS):
        return
    for row in store.read(INCIDENTS, after=as_of - timedelta(days=1), until=as_of).to_pylist():
        if row["state"] != IncidentState.RESOLVED.value:
            of = f"{row['kind']} of {row['subject']} ({row['severity']}, since {row['since']})"
            yield f"{of}: {row['summary']}"


def _open_points(told: Validation) -> Iterator[str]:
    if told.judged and told.judged.outcome != "passed":
        refused = [reason.message for reason in told.judged.reasons if not reason.favours]
        yield f"the gate refused it: {refused[0]}" if refused else "the gate refused it"
    if told.judged and told.judged.awaits_approval and not told.promoted:
        yield "it passed the gate and waits for approval by a person"
    for check in told.audit:
        if check.outcome in {Outcome.FOUND.value, Outcome.MUTED.value, Outcome.SKIPPED.value}:
            yield f"leakage audit, {check.code} {check.outcome}: {check.message}"
    if not told.audit:
        yield "the findings of the leakage audit before its training are not in gold/findings"
    if not told.groups:
        yield "how it treats groups of people has not been measured: no column is marked protected"
    if not told.limits:
        yield "the project file states no known limits (report.deck.risks)"
    yield from (f"the {role} is not stated (report.sop.roles.{role})" for role, who in told.roles if not who)
    yield from (f"open incident: {incident}" for incident in told.incidents)
