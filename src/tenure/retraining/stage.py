"""The shell: what is known by the end of the period, put to the rule."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from tenure.domain.artefacts import Monitoring
from tenure.domain.causes import CauseKind
from tenure.domain.decisions import RetrainDecision
from tenure.domain.findings import Outcome
from tenure.domain.office import office_history
from tenure.domain.periods import PeriodUnit, periods_between
from tenure.domain.tables import AS_OF, DECISIONS, EVENT_TIME, FINDINGS, LABEL, LABELS
from tenure.ports import Engine, TableStore
from tenure.retraining.config import RetrainPolicy
from tenure.retraining.rule import Evidence, decide_retraining

OUTAGE = "MON009"
"""The finding of a source that has stopped delivering."""


def decide(
    monitoring: Monitoring, *, retrain: RetrainPolicy, unit: PeriodUnit, store: TableStore, engine: Engine
) -> RetrainDecision:
    """Whether to train a candidate on what is known by the end of the period, with the reasons.

    Reads decisions of earlier periods and the labels that have matured; writes nothing.
    """
    as_of = monitoring.period.as_of
    decisions = store.read(DECISIONS, until=as_of)
    earlier = [row for row in decisions.to_pylist() if row["as_of"] < as_of]
    history = [office for office in office_history(decisions) if office.since < as_of]
    labels = _labels(as_of, store, engine)
    evidence = Evidence(
        as_of=as_of,
        in_office=bool(history),
        n_labels=labels["n"],
        n_label_times=labels["times"],
        n_label_classes=labels["classes"],
        measurements=monitoring.measurements,
        periods_since_training=_since_training(earlier, as_of, unit),
        periods_in_office=periods_between(history[-1].since, as_of, unit) if history else None,
        causes=monitoring.causes,
        outages=_outages(monitoring, unit, store),
    )
    return decide_retraining(evidence, policy=retrain)


def _outages(monitoring: Monitoring, unit: PeriodUnit, store: TableStore) -> dict[str, int]:
    """For how many periods on end, this one among them, each source that has stopped had stopped."""
    stopped = {cause.subject for cause in monitoring.causes if cause.kind is CauseKind.OUTAGE}
    if not stopped:
        return {}
    as_of = monitoring.period.as_of
    rows = store.read(FINDINGS, columns=["code", "outcome", "scope", AS_OF], until=as_of).to_pylist()
    told = [row for row in rows if row["code"] == OUTAGE and row["outcome"] == Outcome.FOUND.value]
    ages = {source: {periods_between(row[AS_OF], as_of, unit) for row in told if row["scope"] == source}
            for source in stopped}  # fmt: skip
    return {source: next(n for n in count(1) if n not in ages[source]) for source in stopped}


def _labels(as_of: date, store: TableStore, engine: Engine) -> dict[str, int]:
    """Matured labels, and the different event times and classes among them."""
    if not store.exists(LABELS):
        return {"n": 0, "times": 0, "classes": 0}
    labels = engine.scan(store.snapshot(LABELS, until=as_of))
    counts = labels.aggregate(
        n=labels.count(), times=labels[EVENT_TIME].nunique(), classes=labels[LABEL].nunique()
    )
    row: dict[str, int] = engine.arrow(counts).to_pylist()[0]
    return row


def _since_training(earlier: list[dict[str, Any]], as_of: date, unit: PeriodUnit) -> int | None:
    trained = [row["as_of"] for row in earlier if row["kind"] == "retrain" and row["outcome"] == "retrain"]
    return periods_between(max(trained), as_of, unit) if trained else None
