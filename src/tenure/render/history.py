"""Gold tables → the periods so far, as the points that charts and tables show."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tenure.domain.cuts import LabelCuts, class_names
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.models import Office
from tenure.domain.office import office_history
from tenure.domain.report import Matured, Milestone
from tenure.domain.tables import DECISIONS, EVENT_TIME, LABEL, LABELS, MONITORING
from tenure.ports import TableStore
from tenure.reporting.drift import gravest
from tenure.reporting.performance import matured_cohorts
from tenure.reporting.timeline import milestones

MAX_PERIODS = 36
"""How far back a page looks."""
_COLUMNS = ("as_of", "scope", "feature", "metric", "value", "threshold", "n", "verdict")
_SHOWN = {
    Scope.FEATURE.value: ("psi", "null_increase"),
    Scope.SCORE.value: ("mean",),
    Scope.POPULATION.value: ("n_rows", "n_matured"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One term of office: the periods after `since`, up to and including `until`."""

    version: int
    since: date
    until: date | None
    """None while it goes on."""


@dataclass(frozen=True, slots=True)
class DriftPoint:
    """One feature in one period, against the reference of the champion of the time."""

    as_of: date
    feature: str
    psi: float
    limit: float | None
    """PSI above which it is an alert."""
    verdict: MeasurementVerdict


@dataclass(frozen=True, slots=True)
class ClassPoint:
    """Share of a class among the events of one period: as it came out, or as the model expected."""

    as_of: date
    name: str
    observed: bool
    value: float
    n: int


@dataclass(frozen=True, slots=True)
class CountPoint:
    """Events of one period, and labels that matured in it."""

    as_of: date
    n_population: int
    n_labels: int


@dataclass(frozen=True, slots=True)
class History:
    """The last periods, oldest first."""

    periods: tuple[date, ...]
    n_before: int
    """Periods before these."""
    counts: tuple[CountPoint, ...]
    cohorts: tuple[Matured, ...]
    drift: tuple[DriftPoint, ...]
    classes: tuple[ClassPoint, ...]
    terms: tuple[Term, ...]
    milestones: tuple[Milestone, ...]


def is_monthly(periods: Sequence[date]) -> bool:
    """Whether the month tells each of the periods from the others."""
    return len({(day.year, day.month) for day in periods}) == len(periods)


def read_history(
    store: TableStore, *, as_of: date, classes: Sequence[str] = (), cuts: LabelCuts | None = None
) -> History:
    """The last periods up to `as_of`, read from ``gold``.

    Parameters
    ----------
    store
        Where the tables are.
    as_of
        The last period to look at.
    classes
        In the order of the model's probabilities; in that of their names when nobody is in office.
    cuts
        Where labels are numbers, how the model in office makes classes of them; without them no class
        is counted.
    """
    known = [day for day in store.periods(MONITORING) if day <= as_of]
    periods = tuple(known[-MAX_PERIODS:])
    measured = _measured(store, periods)
    decisions = store.read(DECISIONS, until=as_of)
    offices = office_history(decisions)
    return History(
        periods=periods,
        n_before=len(known) - len(periods),
        counts=tuple(_counts(periods, measured)),
        cohorts=_cohorts(measured, offices),
        drift=tuple(_drift(measured)),
        classes=(*_observed(store, known, periods, classes, cuts), *_expected(measured, classes)),
        terms=_terms(offices),
        milestones=milestones(decisions.to_pylist()),
    )


Rows = Sequence[Mapping[str, Any]]


def _measured(store: TableStore, periods: Sequence[date]) -> Rows:
    """The rows of ``gold/monitoring`` that a page shows over time."""
    if not periods:
        return ()
    before = periods[0] - timedelta(days=1)
    table = store.read(MONITORING, columns=_COLUMNS, after=before, until=periods[-1])
    wanted = pc.equal(table["scope"], Scope.PERFORMANCE.value)
    for scope, metrics in _SHOWN.items():
        named = pc.is_in(table["metric"], value_set=pc.cast(list(metrics), table["metric"].type))
        wanted = pc.or_(wanted, pc.and_(pc.equal(table["scope"], scope), named))
    rows: Rows = table.filter(wanted).sort_by([("as_of", "ascending"), ("feature", "ascending")]).to_pylist()
    return rows


def _terms(history: Sequence[Office]) -> tuple[Term, ...]:
    """Terms that began; of two in one period, the second is the one that scores."""
    ends = [later.since for _, later in pairwise(history)]
    terms = zip(history, [*ends, None], strict=True) if history else ()
    return tuple(Term(office.version.version, office.since, until) for office, until in terms)


def _counts(periods: Sequence[date], measured: Rows) -> Iterator[CountPoint]:
    values = {(r["as_of"], r["metric"]): r["value"] for r in measured if r["scope"] == Scope.POPULATION.value}
    for day in periods:
        yield CountPoint(day, int(values.get((day, "n_rows")) or 0), int(values.get((day, "n_matured")) or 0))


def _cohorts(measured: Rows, history: Sequence[Office]) -> tuple[Matured, ...]:
    """Each cohort as it was last measured."""
    performance = [row for row in measured if row["scope"] == Scope.PERFORMANCE.value]
    last = {row["feature"]: row["as_of"] for row in performance}
    newest = [_measurement(row) for row in performance if row["as_of"] == last[row["feature"]]]
    return matured_cohorts(newest, history)


def _measurement(row: Mapping[str, Any]) -> Measurement:
    scope, verdict = Scope(row["scope"]), MeasurementVerdict(row["verdict"])
    return Measurement(
        row["as_of"], scope, row["feature"], row["metric"], row["value"], row["threshold"], row["n"], verdict
    )


def _drift(measured: Rows) -> Iterator[DriftPoint]:
    verdicts: dict[tuple[date, str], list[MeasurementVerdict]] = defaultdict(list)
    of_features = [row for row in measured if row["scope"] == Scope.FEATURE.value]
    for row in of_features:
        verdicts[row["as_of"], row["feature"]].append(MeasurementVerdict(row["verdict"]))
    for row in of_features:
        if row["metric"] == "psi" and row["value"] is not None:
            verdict = gravest(verdicts[row["as_of"], row["feature"]])
            yield DriftPoint(row["as_of"], row["feature"], row["value"], row["threshold"], verdict)


def _expected(measured: Rows, classes: Sequence[str]) -> Iterator[ClassPoint]:
    """The mean score: of the last of two classes, of each of more."""
    for row in measured:
        if row["scope"] == Scope.SCORE.value and row["value"] is not None:
            named = row["feature"].removeprefix("score").strip()
            name = named or (classes[-1] if classes else "")
            yield ClassPoint(row["as_of"], name, observed=False, value=row["value"], n=row["n"])


def _observed(
    store: TableStore,
    known: Sequence[date],
    periods: Sequence[date],
    classes: Sequence[str],
    cuts: LabelCuts | None,
) -> tuple[ClassPoint, ...]:
    """What came out, by the period of the event: labels are counted one period at a time."""
    counted: dict[date, Counter[str]] = defaultdict(Counter)
    for day in store.periods(LABELS):
        if periods and periods[0] <= day <= periods[-1]:
            _count_labels(_classed(store, day, cuts), known, counted)
    names = tuple(classes) or tuple(sorted({name for counts in counted.values() for name in counts}))
    return tuple(
        _came_out(day, name, counted[day])
        for day in periods
        if day in counted
        for name in (names[-1:] if len(names) == 2 else names)
    )


def _came_out(day: date, name: str, counts: Counter[str]) -> ClassPoint:
    return ClassPoint(day, name, observed=True, value=counts[name] / counts.total(), n=counts.total())


def _classed(store: TableStore, day: date, cuts: LabelCuts | None) -> pa.Table:
    """Event time and class of the labels that matured in one period; none where they cannot be classed."""
    rows = store.read(LABELS, columns=[EVENT_TIME, LABEL], after=day - timedelta(days=1), until=day)
    if cuts is None:
        return rows.slice(0, 0) if pa.types.is_floating(rows[LABEL].type) else rows
    names = pa.array(class_names(rows[LABEL], cuts).tolist(), pa.string())
    return rows.set_column(rows.column_names.index(LABEL), LABEL, names)


def _count_labels(rows: pa.Table, known: Sequence[date], counted: Mapping[date, Counter[str]]) -> None:
    """Add labels to the period of their event: the first not to end before."""
    days = pc.cast(pc.floor_temporal(rows[EVENT_TIME], unit="day"), "date32")
    counts = rows.set_column(0, EVENT_TIME, days).group_by([EVENT_TIME, LABEL]).aggregate([([], "count_all")])
    for part in counts.to_pylist():
        place = bisect_left(known, part[EVENT_TIME])
        if place < len(known):
            counted[known[place]][part[LABEL]] += part["count_all"]
