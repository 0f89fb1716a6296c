"""What pages show, against the tables that they are made from."""

from __future__ import annotations

from datetime import date

import pytest

from tenure.dashboard.contents.drift import matching, read_drift
from tenure.dashboard.contents.models import read_models, read_version
from tenure.dashboard.contents.office import read_office
from tenure.dashboard.contents.performance import read_performance
from tenure.dashboard.contents.quality import read_quality
from tenure.dashboard.contents.telling import stopped
from tenure.dashboard.contents.timeline import read_timeline
from tenure.domain.artefacts import Validation
from tenure.domain.findings import Finding, Severity
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.report import Concern
from tenure.domain.triggers import Circumstances, Trigger, TriggerKind
from tenure.flow import step_named
from tenure.running.ledger import forget, save_artefact

TURKISH = ("İlçe", "Brüt_m²", "Güneş_Açısı")


def periods(made):
    return [period.as_of for period in made.periods]


def read_all(made, as_of):
    """Every page that is made from tables and registry alone."""
    return {
        "office": read_office(as_of, unit=PeriodUnit.MONTH, store=made.store),
        "quality": read_quality(as_of, store=made.store),
        "drift": read_drift(as_of, store=made.store),
        "performance": read_performance(as_of, store=made.store),
        "models": read_models(as_of, store=made.store, registry=made.registry),
        "timeline": read_timeline(as_of, store=made.store),
    }


def is_sentence(text):
    return len(text) > 10 and (text[0] == "`" or text[0].isupper() or text[0].isdigit()) and text[-1] == "."


@pytest.mark.parametrize(
    "settings",
    [
        {"trained_at": None},
        {"labels": False, "trained_at": None},
        {"classes": ("az", "orta", "çok")},
        {"features": TURKISH},
        {"n_periods": 1, "trained_at": None},
    ],
    ids=["nobody", "no labels", "three classes", "turkish", "one period"],
)  # fmt: skip
def test_every_page_opens_with_a_sentence_in_every_period(lend, tables, settings):
    made = lend(store=tables(), **({"n_periods": 12, "trained_at": 8} | settings))
    for day in (periods(made)[0], periods(made)[-1]):
        for name, page in read_all(made, day).items():
            assert is_sentence(page.headline.sentence), (name, day, page.headline)


def test_the_office_says_what_the_report_says(recession):
    last = recession.reports[-1]
    page = read_office(last.as_of, unit=PeriodUnit.MONTH, store=recession.store)
    assert page.headline == last.headline
    facts = {fact.name: fact.value for fact in page.facts}
    assert facts["in office"] == "version 3"
    assert facts["alerts"] == str(last.monitored.n_alerts)
    assert facts["next period"] == "2025-01-31"


def test_the_office_of_an_earlier_period_knows_nothing_of_later_ones(recession):
    page = read_office(periods(recession)[12], unit=PeriodUnit.MONTH, store=recession.store)
    assert [term.version for term in page.terms] == [1]
    assert page.terms[0].until is None
    assert page.terms[0].n_periods == 4


def test_somebody_who_left_scored_the_periods_in_between(recession):
    terms = read_office(periods(recession)[-1], unit=PeriodUnit.MONTH, store=recession.store).terms
    assert [(term.version, term.n_periods) for term in terms] == [(1, 12), (3, 3)]


def test_features_are_ranked_as_the_report_ranks_them(recession):
    last = recession.reports[-1]
    page = read_drift(last.as_of, store=recession.store)
    assert page.ranked == last.monitored.drift


def test_a_search_finds_letters_of_any_alphabet_in_any_case(lend, tables):
    made = lend(store=tables(), features=TURKISH, n_periods=12)
    ranked = read_drift(periods(made)[-1], store=made.store).ranked
    assert len(ranked) == 3
    assert [row.feature for row in matching(ranked, "GÜNEŞ", top=9)] == ["Güneş_Açısı"]
    assert len(matching(ranked, "", top=2)) == 2
    assert matching(ranked, "nothing", top=9) == ()


def test_200_features_are_ranked_and_narrowed(lend, tables, datamart):
    names = datamart.Lender().features_named(200)
    made = lend(store=tables(), features=names, n_periods=10)
    ranked = read_drift(periods(made)[-1], store=made.store).ranked
    assert len(ranked) == 200
    assert len(matching(ranked, "", top=50)) == 50
    assert {row.feature for row in matching(ranked, "occupation_7", top=50)} == {"attributes_occupation_7"}


def test_the_registry_tells_who_was_refused_and_who_is_in_office(recession):
    page = read_models(periods(recession)[-1], store=recession.store, registry=recession.registry)
    assert {each.version.version: each.standing for each in page.versions} == {
        1: "held office",
        2: "refused",
        3: "in office",
    }


def test_a_registry_that_says_otherwise_than_the_decisions_is_to_worry_about(lend, tables):
    made = lend(store=tables(), n_periods=12)
    day = periods(made)[-1]
    agreeing = read_models(day, store=made.store, registry=made.registry)
    made.registry.promote(1, expected=None)
    promoted = read_models(day, store=made.store, registry=made.registry)
    assert agreeing.headline.concern is Concern.WORRY
    assert "nobody at `production`" in agreeing.headline.sentence
    assert promoted.headline.concern is Concern.CALM


def test_a_version_shows_its_verdict_and_the_steps_that_made_it(recession):
    day = periods(recession)[-1]
    page = read_models(day, store=recession.store, registry=recession.registry)
    refused = next(each for each in page.versions if each.standing == "refused")
    shown = read_version(refused, None, as_of=day, store=recession.store)
    assert shown.judged.passed is False
    assert shown.judged.against == 1
    assert any(not reason.favours for reason in shown.judged.reasons)
    assert [step.step for step in shown.steps][:2] == ["ingest", "validate"]
    assert {"train", "judge"} <= {step.step for step in shown.steps}
    built = next(step for step in shown.steps if step.step == "build")
    assert {part.table for part in built.tables} == {"gold/features", "gold/labels"}


def test_a_version_is_not_there_before_it_was_trained(recession):
    page = read_models(periods(recession)[10], store=recession.store, registry=recession.registry)
    assert [each.version.version for each in page.versions] == [1]


def test_alerts_of_the_time_line_are_those_of_the_reports(recession):
    page = read_timeline(periods(recession)[-1], store=recession.store)
    counted = {each.as_of: (each.n_alerts, each.n_warnings) for each in page.alarms}
    told = {r.as_of: (r.monitored.n_alerts, r.monitored.n_warnings) for r in recession.reports}
    assert counted == told


def test_decisions_come_newest_first(recession):
    changes = read_timeline(periods(recession)[-1], store=recession.store).changes
    assert [change.as_of for change in changes] == sorted((c.as_of for c in changes), reverse=True)
    assert changes == tuple(reversed(recession.reports[-1].timeline))


def test_rows_received_are_told_beside_those_of_the_period_before(recession):
    day = periods(recession)[-1]
    page = read_quality(day, store=recession.store)
    last, before = recession.reports[-1].intake.received, recession.reports[-2].intake.received
    assert [(d.source, d.n_rows) for d in page.deliveries] == [(r.source, r.n_rows) for r in last]
    assert [d.n_before for d in page.deliveries] == [r.n_rows for r in before]
    first = read_quality(periods(recession)[0], store=recession.store)
    assert {delivery.n_before for delivery in first.deliveries} == {None}


def test_what_monitors_found_is_not_among_the_findings_of_quality(recession):
    for day in periods(recession)[::6]:
        page = read_quality(day, store=recession.store)
        assert "monitor" not in {each.stage for each in page.noticed}
        assert "monitor" not in {each.stage for each in page.checked}


def test_a_period_that_was_stopped_says_why(lend, tables):
    made = lend(store=tables(), n_periods=3, trained_at=None)
    day = periods(made)[-1]
    forget(day, store=made.store)
    error = Finding("VAL003", Severity.ERROR, "`income` is null in 80 % of the rows")
    validation = Validation(Period(day), (error,))
    asked = Circumstances(Trigger(TriggerKind.MANUAL, "somebody"), "0" * 64, "0" * 64)
    save_artefact(step_named("validate"), validation, as_of=day, circumstances=asked, store=made.store)
    for name in ("office", "quality", "performance"):
        headline = read_all(made, day)[name].headline
        assert headline.concern is Concern.WORRY
        assert headline.sentence == (f"The period {day} was stopped: `income` is null in 80 % of the rows.")


def test_a_period_that_has_not_run_to_its_end_says_how_far_it_came():
    told = stopped({"bronze": object(), "silver": object()}, date(2024, 1, 31))
    assert told.sentence == "The period 2024-01-31 has not run to its end: silver is the last it made."
