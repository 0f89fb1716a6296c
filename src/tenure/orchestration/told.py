"""What a step made as a table and a sentence: what a scheduler shows beside its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from tenure.domain.artefacts import Bronze, Monitoring
from tenure.domain.decisions import Promotion, Reason, RetrainDecision, Verdict
from tenure.domain.findings import Finding, found
from tenure.domain.incidents import Alerting
from tenure.domain.measurements import MeasurementVerdict
from tenure.domain.models import Candidate
from tenure.domain.report import Report
from tenure.orchestration.words import summary

MOST_ROWS = 100

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, and the rows it rests on, as JSON values."""

    sentence: str
    rows: tuple[Row, ...]


def tell_artefact(artefact: Any) -> Told:
    """What is worth showing of an artefact: at most 100 rows, and no value of a raw table.

    Examples
    --------
    >>> from datetime import date
    >>> from tenure.domain.artefacts import Audit
    >>> tell_artefact(Audit(date(2024, 1, 31), ()))
    Told(sentence='audit clean (0 findings)', rows=())
    """
    return Told(summary(artefact), tuple(rows_of(artefact))[:MOST_ROWS])


@singledispatch
def rows_of(artefact: Any) -> Sequence[Row]:
    """The rows of an artefact: what it found, if nothing more is to be shown of its kind."""
    return _findings(getattr(artefact, "findings", ()))


@rows_of.register
def _(bronze: Bronze) -> Sequence[Row]:
    taken = [{"table": part.table, "rows": part.n_rows} for part in bronze.slices]
    return [*taken, *_findings(bronze.findings)]


@rows_of.register
def _(monitoring: Monitoring) -> Sequence[Row]:
    alerts = [each for each in monitoring.measurements if each.verdict is MeasurementVerdict.ALERT]
    return [
        {
            "scope": each.scope.value,
            "feature": each.feature,
            "metric": each.metric,
            "value": each.value,
            "limit": each.threshold,
            "rows": each.n,
        }
        for each in alerts
    ]


@rows_of.register
def _(decision: RetrainDecision) -> Sequence[Row]:
    return _reasons(decision.reasons)


@rows_of.register
def _(candidate: Candidate) -> Sequence[Row]:
    return [
        {"rows": evaluation.rows, "metric": metric.name, "value": metric.value}
        for evaluation in candidate.evaluations
        for metric in evaluation.metrics
    ]


@rows_of.register
def _(verdict: Verdict) -> Sequence[Row]:
    return _reasons(verdict.reasons)


@rows_of.register
def _(promotion: Promotion) -> Sequence[Row]:
    replaced = promotion.replaced.version if promotion.replaced else None
    return [{"version": promotion.promoted.version, "replaces": replaced}]


@rows_of.register
def _(alerting: Alerting) -> Sequence[Row]:
    return [
        {
            "since": each.since.isoformat(),
            "state": each.state.value,
            "severity": each.severity.value,
            "what": each.title,
            "how large": each.summary,
        }
        for each in alerting.incidents
    ]


@rows_of.register
def _(report: Report) -> Sequence[Row]:
    return [{"concern": report.headline.concern.value, "sentence": report.headline.sentence}]


def _findings(findings: Iterable[Finding]) -> Sequence[Row]:
    return [
        {
            "code": each.code,
            "severity": each.severity.value,
            "scope": each.scope,
            "column": each.column,
            "rows": each.n_rows,
            "what": each.message,
        }
        for each in found(tuple(findings))
    ]


def _reasons(reasons: Iterable[Reason]) -> Sequence[Row]:
    return [
        {
            "rule": each.rule,
            "favours": each.favours,
            "value": each.value,
            "limit": each.threshold,
            "what": each.message,
        }
        for each in reasons
    ]
