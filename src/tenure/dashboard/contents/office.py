"""Who is in office, since when, how it does, what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tenure.dashboard.contents.telling import stopped
from tenure.domain.decisions import Reason
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.report import Concern, Headline, Report
from tenure.domain.wording import counted
from tenure.ports import TableStore
from tenure.render.history import History, Term, read_history
from tenure.render.words import metric_name, number
from tenure.reporting.performance import main_metric
from tenure.running.ledger import load_artefacts

NOBODY = "Labels have to mature first; `retrain` in the project file says how many are enough."


@dataclass(frozen=True, slots=True)
class Fact:
    """One number with its name, and what it rests on."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """One term of office."""

    version: int
    since: date
    until: date | None
    """None while it goes on."""
    n_periods: int
    """Periods that it scored, of those that are shown."""


@dataclass(frozen=True, slots=True)
class OfficePage:
    """What the page shows."""

    headline: Headline
    hint: str
    facts: tuple[Fact, ...]
    terms: tuple[Served, ...]
    reasons: tuple[Reason, ...]
    """What was asked when it was decided whether to train."""
    report: Report | None
    """None where the period has not run to its end."""
    history: History


def read_office(as_of: date, *, unit: PeriodUnit, store: TableStore) -> OfficePage:
    """Who was in office at the end of a period that ran, and how it did by then."""
    made = load_artefacts(as_of, store=store)
    report: Report | None = made.get("report")
    trained = report.holder.trained if report and report.holder else None
    classes, cuts = (trained.classes, trained.cuts) if trained else ((), None)
    history = read_history(store, as_of=as_of, classes=classes, cuts=cuts)
    decision = made.get("decision")
    return OfficePage(
        headline=(report.headline if report else None) or stopped(made, as_of) or _unknown(as_of),
        hint="" if history.terms else NOBODY,
        facts=_facts(report, history, as_of, unit) if report else (),
        terms=tuple(_served(term, history) for term in history.terms),
        reasons=decision.reasons if decision else (),
        report=report,
        history=history,
    )


def _unknown(as_of: date) -> Headline:
    return Headline(Concern.WATCH, f"Nothing is recorded of the period {as_of}.")


def _served(term: Term, history: History) -> Served:
    scored = [d for d in history.periods if term.since < d and (term.until is None or d <= term.until)]
    return Served(term.version, term.since, term.until, len(scored))


def _facts(report: Report, history: History, as_of: date, unit: PeriodUnit) -> tuple[Fact, ...]:
    upcoming = Period(as_of, unit).next().end
    last = Fact("alerts", f"{report.monitored.n_alerts:,}", counted(report.monitored.n_warnings, "warning"))
    return (_who(report), *_how(report, history), last, Fact("next period", str(upcoming), _next(report)))


def _who(report: Report) -> Fact:
    if report.holder is None:
        return Fact("in office", "nobody", "nothing is scored")
    office, trained = report.holder.office, report.holder.trained
    made = "" if trained is None else f"{trained.algorithm}, {counted(trained.n_features, 'feature')}, "
    return Fact("in office", f"version {office.version.version}", f"{made}since {office.since}")


def _how(report: Report, history: History) -> tuple[Fact, ...]:
    trained = report.holder.trained if report.holder else None
    test = main_metric(trained.test) if trained else None
    shown = (
        [] if test is None or trained is None else [_metric("on its test rows", test, trained.test.n_rows)]
    )
    cohorts = [(cohort, main_metric(cohort)) for cohort in history.cohorts]
    measured = [(cohort, metric) for cohort, metric in cohorts if metric is not None]
    if measured:
        cohort, metric = measured[-1]
        shown.append(_metric(f"cohort {cohort.cohort}", metric, cohort.n_rows))
    return tuple(shown)


def _metric(where: str, metric: tuple[str, float], n_rows: int) -> Fact:
    return Fact(f"{metric_name(metric[0])} {where}", number(metric[1]), f"n={n_rows:,}")


def _next(report: Report) -> str:
    decision = report.decided.retraining
    if decision is None:
        return ""
    if report.decided.promotion is not None:
        return f"scored by version {report.decided.promotion.promoted.version}"
    against = [reason.message for reason in decision.reasons if not reason.favours]
    return "" if decision.retrain or not against else against[-1]
