"""The validation report: what the tables say of a version, and what is still open."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from tenure.domain.decisions import Reason, Verdict
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.tables import DECISIONS, FINDINGS, MONITORING
from tenure.errors import RegistryError
from tenure.governance.validation import read_validation
from tenure.render import read_history
from tenure.render.card import read_version
from tenure.render.validation import gaps, limits, render_validation, write_validation
from tenure.render.words import number
from tenure.running.records import record, record_findings


@pytest.fixture
def told(recession, project):
    """Version 3 at the end of the recession."""
    return read_validation(recession.store, project=project(), version=3, as_of=recession.periods[-1].as_of)


def card_of(lender, told):
    history = read_history(lender.store, as_of=told.told_as_of)
    bundle = lender.registry.bundle(told.version.version)
    return read_version(bundle, version=told.version, since=None, history=history, as_of=told.told_as_of)


@pytest.fixture
def page(recession, told):
    """Its report."""
    return render_validation(told, card_of(recession, told))


def rows_of(lender, table, **where):
    rows = lender.store.read(table).to_pylist()
    return [row for row in rows if all(row[name] == value for name, value in where.items())]


def test_the_verdict_is_that_of_the_decisions(recession, told):
    [row] = rows_of(recession, DECISIONS, kind="verdict", model_version=3)
    assert told.judged.outcome == row["outcome"] == "passed"
    assert [reason.message for reason in told.judged.reasons] == [
        r["message"] for r in json.loads(row["reasons"])
    ]
    assert told.judged.difference.low == json.loads(row["evidence"])["difference"]["low"]
    assert told.version.bundle_sha256 == row["bundle_sha256"]


def test_a_refused_version_has_a_report_that_begins_with_why(recession, project):
    told = read_validation(recession.store, project=project(), version=2, as_of=recession.periods[-1].as_of)
    assert told.promoted == ()
    assert told.open_points[0].startswith("the gate refused it: the gain in f1 may be luck")
    assert "refused by the gate" in render_validation(told, card_of(recession, told))


def test_data_quality_is_of_the_periods_that_it_could_learn_from(recession, told):
    found = [
        row
        for row in rows_of(recession, FINDINGS, outcome="found")
        if row["as_of"] <= told.version.as_of
        and row["stage"] in {"ingest", "validate", "clean", "build", "train"}
    ]
    assert sum(one.n_periods for one in told.found) == len(found)
    assert all(one.last <= told.version.as_of for one in told.found)


def test_drift_is_of_the_periods_in_which_it_was_in_office(recession, told):
    [promoted] = rows_of(recession, DECISIONS, kind="promotion", model_version=3)
    days = sorted(
        {row["as_of"] for row in rows_of(recession, MONITORING) if row["as_of"] > promoted["as_of"]}
    )
    assert [one.as_of for one in told.drifted] == days
    last = rows_of(recession, MONITORING, scope="feature", metric="psi", as_of=days[-1])
    assert told.drifted[-1].n_alerts == sum(row["verdict"] == "alert" for row in last)


def test_a_version_that_was_replaced_is_told_of_until_then(recession, project):
    told = read_validation(recession.store, project=project(), version=1, as_of=recession.periods[-1].as_of)
    replaced = recession.periods[20].as_of
    assert {one.as_of for one in told.drifted} == {
        p.as_of for p in recession.periods if recession.periods[8].as_of < p.as_of <= replaced
    }


def test_columns_that_are_left_out_say_why(told):
    assert {one.column: one.why for one in told.excluded} == {
        "attributes.SSN": "personal", "attributes.Sex": "protected", "attributes.balance": "no feature",
    }  # fmt: skip


def test_the_page_has_the_numbers_of_bundle_and_tables_and_says_where_from(recession, told, page):
    metrics = json.loads((recession.registry.bundle(3) / "metrics.json").read_bytes())
    for name in metrics["test"]:
        low, high = metrics["intervals"]["test"][name]
        assert f"{number(low)} to {number(high)}" in page
    assert number(told.judged.difference.candidate) in page
    assert page.count('<p class="note">From ') >= 14
    assert not re.search(r"(src|href)=.?https?:", page)


def test_a_simple_model_is_asked_for_where_none_was_tried(page):
    assert "None was tried" in page


def test_the_gap_to_the_rows_fitted_on_is_test_less_train(recession, told):
    by_name = {gap.name: gap for gap in gaps(card_of(recession, told))}
    assert by_name["roc_auc"].difference == pytest.approx(0.815 - 0.93)


def test_limits_tell_what_was_not_measured(recession, told):
    said = " ".join(limits(told, card_of(recession, told)))
    assert "groups of people has not been measured" in said
    assert "17 rows took no part" in said


def test_what_waits_is_muted_or_found_is_an_open_point(lend, project):
    lender = lend(n_periods=9)
    day = lender.periods[-1].as_of
    [row] = [r for r in rows_of(lender, DECISIONS, kind="verdict") if r["model_version"] == 1]
    candidate = read_validation(lender.store, project=project(), version=1, as_of=day).version
    fair = Reason("fairness Sex", favours=True, message="impact ratio 0.91 (at least 0.8)")
    verdict = Verdict(row["as_of"], candidate, None, passed=True, reasons=(fair,), awaits_approval=True)
    record("judge", verdict, as_of=row["as_of"], store=lender.store)
    muted = Finding("LEAK004", Severity.ERROR, "`age` ranks too well", outcome=Outcome.MUTED)
    record_findings("audit", (muted,), as_of=row["as_of"], store=lender.store)
    told = read_validation(lender.store, project=project(), version=1, as_of=day)
    assert [reason.rule for reason in told.groups] == ["fairness Sex"]
    assert any("LEAK004 muted" in point for point in told.open_points)
    assert not any("groups of people" in point for point in told.open_points)


def test_a_version_that_nobody_judged_is_an_error_that_names_the_others(recession, project):
    with pytest.raises(RegistryError, match="version 7 has not been judged") as caught:
        read_validation(recession.store, project=project(), version=7, as_of=date(2031, 1, 31))
    assert "1, 2, 3" in caught.value.hint


def test_it_is_written_under_its_number(recession, told, tmp_path):
    page = write_validation(told, card_of(recession, told), tmp_path)
    assert page.name == "validation-3.html"
