"""The shell: what the gold tables hold of a period, as a bounded number of samples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tenure.domain.incidents import Incident, IncidentSeverity
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.office import office_history
from tenure.domain.samples import Sample
from tenure.domain.tables import DECISIONS, FINDINGS, MONITORING
from tenure.exporting.choosing import chosen
from tenure.ports import TableStore
from tenure.running.incidents import incidents_of
from tenure.running.ledger import recorded_periods

TOP = 20
"""Features, classes and incidents of which there are samples, if nothing else is asked."""
_VERDICTS = {
    MeasurementVerdict.NO_THRESHOLD: 0,
    MeasurementVerdict.OK: 0,
    MeasurementVerdict.WARNING: 1,
    MeasurementVerdict.ALERT: 2,
    MeasurementVerdict.NOT_ENOUGH_ROWS: -1,
}


def newest_period(store: TableStore) -> date | None:
    """The last period of which anything has run; None when none has."""
    return max(recorded_periods(store=store), default=None)


def read_samples(
    as_of: date | None, *, project: str, store: TableStore, top: int = TOP
) -> tuple[Sample, ...]:
    """The samples of a period; only ``tenure_up`` where no period has run.

    Parameters
    ----------
    as_of
        Which period.
    project
        The project's name: a label of every sample.
    store
        Where the gold tables are.
    top
        At most so many features, classes and incidents: the gravest of them, then those that matter most.
        So the number of series does not grow with the project's features or its age.
    """
    labels = {"project": project}
    if as_of is None:
        return (Sample("tenure_up", "Whether a period has run", labels, 0.0),)
    rows = _of_period(MONITORING, as_of, store)
    return (
        Sample("tenure_up", "Whether a period has run", labels, 1.0),
        Sample("tenure_as_of_timestamp_seconds", "End of the newest period", labels, _seconds(as_of)),
        *_monitoring(rows, labels, top),
        *_counts(rows, _of_period(FINDINGS, as_of, store), labels),
        *_incidents(incidents_of(as_of, store), labels, top),
        *_office(as_of, labels, store),
    )


def _monitoring(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str], top: int) -> Iterator[Sample]:
    for row, feature in chosen(rows, top=top):
        named = {**labels, "scope": row["scope"], "feature": feature, "metric": row["metric"]}
        verdict = MeasurementVerdict(row["verdict"])
        if row["value"] is not None:
            yield Sample("tenure_monitoring_value", "What was measured", named, row["value"])
        if row["threshold"] is not None:
            limit = "The limit it is held against"
            yield Sample("tenure_monitoring_threshold", limit, named, row["threshold"])
            said = "0 ok, 1 warning, 2 alert, -1 not enough rows"
            yield Sample("tenure_monitoring_verdict", said, named, _VERDICTS[verdict])
    for row in rows:
        if row["scope"] == Scope.POPULATION.value and row["value"] is not None:
            named = {**labels, "table": row["feature"]}
            yield Sample("tenure_period_rows", "Rows of the period", named, row["value"])


def _counts(
    rows: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
) -> Iterator[Sample]:
    measured = Counter((row["scope"], row["verdict"]) for row in rows)
    for scope in Scope:
        for verdict in (MeasurementVerdict.ALERT, MeasurementVerdict.WARNING):
            named = {**labels, "scope": scope.value, "verdict": verdict.value}
            n = measured[scope.value, verdict.value]
            yield Sample("tenure_measurements", "Measurements that are alerts or warnings", named, n)
    found = Counter((r["stage"], r["severity"]) for r in findings if r["outcome"] == "found")
    for (stage, severity), n in sorted(found.items()):
        named = {**labels, "stage": stage, "severity": severity}
        yield Sample("tenure_findings", "Checks of the period that found something", named, n)


def _incidents(incidents: Sequence[Incident], labels: Mapping[str, str], top: int) -> Iterator[Sample]:
    still = [each for each in incidents if each.is_open]
    for severity in IncidentSeverity:
        n = sum(each.severity is severity for each in still)
        named = {**labels, "severity": severity.value}
        yield Sample("tenure_incidents_open", "Incidents open at the end of the period", named, n)
    for each in still[:top]:
        named = {
            **labels,
            "kind": each.kind.value,
            "subject": each.subject,
            "severity": each.severity.value,
        }
        since = "When the open incident began"
        yield Sample("tenure_incident_since_timestamp_seconds", since, named, _seconds(each.since))


def _office(as_of: date, labels: Mapping[str, str], store: TableStore) -> Iterator[Sample]:
    decisions = store.read(DECISIONS, until=as_of)
    history = office_history(decisions)
    version = history[-1].version.version if history else 0
    yield Sample("tenure_champion_version", "The version in office; 0 when nobody is", labels, version)
    if history:
        since = "When the champion took office"
        yield Sample("tenure_champion_since_timestamp_seconds", since, labels, _seconds(history[-1].since))
    for row in decisions.to_pylist():
        if row["as_of"] == as_of:
            named = {**labels, "kind": row["kind"], "outcome": row["outcome"]}
            yield Sample("tenure_decision", "What was decided in the period", named, 1.0)
            if row["kind"] == "retrain":
                yield from _reasons(json.loads(row["reasons"]), labels)


def _reasons(reasons: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> Iterator[Sample]:
    said = "1 where the rule asks for a retraining, or does not hold it back"
    for reason in reasons:
        named = {**labels, "rule": reason["rule"]}
        yield Sample("tenure_retrain_reason", said, named, float(reason["favours"]))


def _seconds(day: date) -> float:
    return datetime.combine(day, time.min, tzinfo=UTC).timestamp()


def _of_period(table: str, as_of: date, store: TableStore) -> list[dict[str, Any]]:
    before = as_of - timedelta(days=1)
    rows: list[dict[str, Any]] = store.read(table, after=before, until=as_of).to_pylist()
    return rows
