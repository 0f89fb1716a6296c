"""How the scores did: what they promised, and what the labels showed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tenure.dashboard.contents.telling import stopped
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.report import Concern, Headline, Report
from tenure.ports import TableStore
from tenure.render.history import History, read_history
from tenure.render.vintages import Estimated, Realised, Vintages, read_vintages
from tenure.render.words import metric_name, number
from tenure.reporting.performance import MAIN_METRICS
from tenure.reporting.telling import tell_alert
from tenure.running.ledger import load_artefacts

_SCOPES = {Scope.PERFORMANCE, Scope.ESTIMATE}
_GRAVE = (MeasurementVerdict.ALERT, MeasurementVerdict.WARNING)
NO_LABELS = "The truth comes with the labels: a cohort is measured when its outcome window has closed."


@dataclass(frozen=True, slots=True)
class PerformancePage:
    """What the page shows."""

    headline: Headline
    hint: str
    metrics: tuple[str, ...]
    """What can be drawn, the one that sums the model up first."""
    vintages: Vintages
    history: History
    report: Report | None
    """None where the period has not run to its end."""


def read_performance(as_of: date, *, store: TableStore) -> PerformancePage:
    """Estimates and outcomes as known at the end of a period that ran."""
    made = load_artefacts(as_of, store=store)
    report: Report | None = made.get("report")
    trained = report.holder.trained if report and report.holder else None
    classes, cuts = (trained.classes, trained.cuts) if trained else ((), None)
    vintages = read_vintages(store, as_of=as_of)
    metrics = _main_first(vintages.metrics)
    monitoring = made.get("monitoring")
    measured = monitoring.measurements if monitoring else ()
    return PerformancePage(
        headline=stopped(made, as_of) or _headline(as_of, measured, vintages, metrics, report),
        hint="" if vintages.realised else NO_LABELS,
        metrics=metrics,
        vintages=vintages,
        history=read_history(store, as_of=as_of, classes=classes, cuts=cuts),
        report=report,
    )


def _headline(
    as_of: date,
    measured: Sequence[Measurement],
    vintages: Vintages,
    metrics: Sequence[str],
    report: Report | None,
) -> Headline:
    """To worry about where a cohort that matured now is an alert."""
    told = [m for m in measured if m.scope in _SCOPES]
    for verdict, concern in zip(_GRAVE, (Concern.WORRY, Concern.WATCH), strict=True):
        of_verdict = [m for m in told if m.verdict is verdict]
        if of_verdict:
            worst = tell_alert(of_verdict[0], (), report.performance if report else ())
            more = f", and {len(of_verdict) - 1:,} more" if len(of_verdict) > 1 else ""
            return Headline(concern, f"{worst}{more}.")
    return _quiet(as_of, vintages, metrics)


def _quiet(as_of: date, vintages: Vintages, metrics: Sequence[str]) -> Headline:
    if not metrics:
        return Headline(
            Concern.WATCH, f"Nothing is known of performance by {as_of}: nobody has scored a period yet."
        )
    metric = metrics[0]
    truth, promised = vintages.latest(metric), [e for e in vintages.estimates if e.metric == metric]
    if not truth:
        said = f"; its scores promise {_interval(metric, promised[-1])}" if promised else ""
        return Headline(Concern.WATCH, f"No cohort's labels have matured by {as_of}{said}.")
    said = (
        f"; the scores of {promised[-1].cohort} promise {_interval(metric, promised[-1])}" if promised else ""
    )
    return Headline(
        Concern.CALM,
        f"The last cohort with labels, {truth[-1].cohort}, did as expected: "
        f"{_interval(metric, truth[-1])}{said}.",
    )


def _interval(metric: str, point: Estimated | Realised) -> str:
    bounds = "" if point.low is None else f" ({number(point.low)} to {number(point.high)})"
    return f"{metric_name(metric)} {number(point.value)}{bounds}"


def _main_first(metrics: Sequence[str]) -> tuple[str, ...]:
    first = next((name for name in MAIN_METRICS if name in metrics), None)
    return tuple(metrics) if first is None else (first, *(name for name in metrics if name != first))
