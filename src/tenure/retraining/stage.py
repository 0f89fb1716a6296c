"""The shell: what is known by the end of the period, put to the rule."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from statistics import median_high
from typing import Any

from tenure.domain.artefacts import Gold, Monitoring
from tenure.domain.decisions import RetrainDecision
from tenure.domain.findings import Outcome
from tenure.domain.incidents import Incident, incident_of
from tenure.domain.office import office_history
from tenure.domain.periods import Period, PeriodUnit, periods_between
from tenure.domain.splits import SplitPolicy
from tenure.domain.tables import (
    AS_OF,
    DECISIONS,
    EVENT_TIME,
    FINDINGS,
    INCIDENTS,
    KNOWN_AT,
    LABEL,
    LABELS,
    RUNS,
)
from tenure.ports import Engine, TableStore
from tenure.retraining.config import RetrainPolicy
from tenure.retraining.incidents import KIND_OF_FINDING, DataIncident, Key, find_incidents
from tenure.retraining.rule import Evidence, decide_retraining

TRAINING = "train"
"""The step that has run in the periods in which somebody was trained."""


def decide(
    gold: Gold,
    monitoring: Monitoring,
    *,
    retrain: RetrainPolicy,
    split: SplitPolicy,
    unit: PeriodUnit,
    store: TableStore,
    engine: Engine,
) -> RetrainDecision:
    """Whether to train a candidate on what is known by the end of the period, with the reasons.

    Reads the labels that have matured, the findings of the period, and decisions, trainings and incidents
    of earlier ones; writes nothing.
    """
    as_of = monitoring.period.as_of
    decisions = store.read(DECISIONS, until=as_of)
    history = [office for office in office_history(decisions) if office.since < as_of]
    labels = _labels(as_of, store, engine)
    incidents = find_incidents(
        gold.columns,
        monitoring.measurements,
        monitoring.causes,
        found=tuple(_found(as_of, store)),
        before=_left_open(as_of, store),
        as_of=as_of,
    )
    felt = [incident for incident in incidents if incident.features]
    evidence = Evidence(
        as_of=as_of,
        in_office=bool(history),
        n_labels=labels["n"],
        n_label_times=labels["times"],
        n_label_classes=labels["classes"],
        measurements=monitoring.measurements,
        periods_since_training=_since_training(as_of, unit, store),
        periods_in_office=periods_between(history[-1].since, as_of, unit) if history else None,
        incidents=_with_labels(felt, as_of, unit, store, engine) if felt else (),
        n_wanted=labels_wanted(labels["n"], split=split, least=retrain.min_labels),
    )
    return decide_retraining(evidence, policy=retrain)


def labels_wanted(n_labels: int, *, split: SplitPolicy, least: int) -> int:
    """How many labels are half of the test rows, when a model is trained on `n_labels` of them.

    Where the split states days, nobody can tell how many rows they will hold: `least`.

    Examples
    --------
    >>> labels_wanted(9_500, split=SplitPolicy(), least=500)
    713
    """
    if isinstance(split.test, tuple):
        return least
    return max(math.ceil(round(n_labels * split.test / 2, 6)), 1)


def _found(as_of: date, store: TableStore) -> Iterator[Key]:
    """The outages and changed deliveries that findings of the period tell of."""
    columns = ["code", "outcome", "scope", AS_OF]
    rows = store.read(FINDINGS, columns=columns, after=as_of - timedelta(days=1), until=as_of).to_pylist()
    for row in rows:
        if row["code"] in KIND_OF_FINDING and row["outcome"] == Outcome.FOUND.value:
            yield KIND_OF_FINDING[row["code"]], row["scope"]


def _left_open(as_of: date, store: TableStore) -> tuple[Incident, ...]:
    """The incidents that the period before left open: each has a row in every period until it is over."""
    rows = store.read(INCIDENTS, until=as_of - timedelta(days=1)).to_pylist()
    newest = max((row[AS_OF] for row in rows), default=None)
    incidents = [incident_of(row) for row in rows if row[AS_OF] == newest]
    return tuple(incident for incident in incidents if incident.is_open)


def _with_labels(
    incidents: Sequence[DataIncident], as_of: date, unit: PeriodUnit, store: TableStore, engine: Engine
) -> tuple[DataIncident, ...]:
    """The incidents with the labels of events since, and when the first of them matures.

    A label is expected to take as many periods as the labels so far took: the median over their days.
    """
    if not store.exists(LABELS):
        return tuple(incidents)
    labels = engine.scan(store.snapshot(LABELS, until=as_of))
    by_day = labels.group_by(day=labels[EVENT_TIME].date())
    days = engine.arrow(by_day.aggregate(n=labels.count(), known=labels[KNOWN_AT].max().date())).to_pylist()
    lags = [periods_between(row["day"], row["known"], unit) for row in days]
    lag = median_high(lags) if lags else None
    return tuple(
        replace(
            each,
            n_labels=sum(row["n"] for row in days if row["day"] > Period(each.since, unit).start),
            matures=None if lag is None else _later(each.since, lag, unit),
        )
        for each in incidents
    )


def _later(as_of: date, n_periods: int, unit: PeriodUnit) -> date:
    period = Period(as_of, unit)
    for _ in range(n_periods):
        period = period.next()
    return period.as_of


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


def _since_training(as_of: date, unit: PeriodUnit, store: TableStore) -> int | None:
    """Periods since somebody was trained: one that was decided on, and put off, is no training."""
    rows: list[dict[str, Any]] = store.read(RUNS, columns=["step", AS_OF], until=as_of).to_pylist()
    trained = [row[AS_OF] for row in rows if row["step"] == TRAINING and row[AS_OF] < as_of]
    return periods_between(max(trained), as_of, unit) if trained else None
