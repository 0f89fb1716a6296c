"""Reports in their folder, and the card of the model in office."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from pydantic import TypeAdapter

from tenure.bundle.tradeoff import Tradeoff
from tenure.domain.report import Report
from tenure.errors import BundleIntegrityError, StoreError
from tenure.render import read_card, read_history, render_card, write_reports
from tenure.render.files import write_file
from tenure.render.words import metric_name, number, percent


@pytest.fixture(scope="module")
def folder(recession, tmp_path_factory):
    """The reports at the end of the recession."""
    reports = tmp_path_factory.mktemp("reports")
    day = recession.periods[-1].as_of
    page = write_reports(
        recession.store, registry=recession.registry, reports=reports, as_of=day, project="cash-loans"
    )
    assert page == reports / str(day) / "report.html"
    return page.parent


@pytest.fixture(scope="module")
def card(recession):
    day = recession.periods[-1].as_of
    history = read_history(recession.store, as_of=day, classes=("paid", "default"))
    office = recession.reports[-1].holder.office
    return read_card(recession.registry.bundle(3), office=office, history=history, as_of=day)


def test_a_period_has_its_page_its_data_and_the_card_of_who_is_in_office(folder):
    assert {path.name for path in folder.iterdir()} == {
        "report.html",
        "report.json",
        "model-card.html",
        "model-card.json",
    }


def test_the_data_beside_the_page_is_the_report(recession, folder):
    assert TypeAdapter(Report).validate_json((folder / "report.json").read_bytes()) == recession.reports[-1]


def test_writing_again_writes_the_same_bytes_and_leaves_nothing_else(recession, folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_reports(
        recession.store,
        registry=recession.registry,
        reports=folder.parent,
        as_of=recession.periods[-1].as_of,
        project="cash-loans",
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_period_without_a_report_is_an_error_that_says_what_to_run(recession, tmp_path):
    with pytest.raises(StoreError, match="no report of 2031-01-31") as caught:
        write_reports(
            recession.store,
            registry=recession.registry,
            reports=tmp_path,
            as_of=date(2031, 1, 31),
            project="cash-loans",
        )
    assert "tenure run --as-of 2031-01-31" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_with_nobody_in_office_there_is_no_card_and_an_old_one_goes(lend, tmp_path):
    made = lend(n_periods=3)
    day = made.periods[-1].as_of
    stale = write_file(tmp_path / str(day) / "model-card.html", b"of an earlier datamart")
    write_reports(made.store, registry=made.registry, reports=tmp_path, as_of=day, project="x")
    assert not stale.exists()
    assert (tmp_path / str(day) / "report.html").exists()


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = write_file(tmp_path / "page.html", b"first")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"second, cut off")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_the_card_has_the_numbers_of_the_bundle(recession, card, read):
    metrics = json.loads((recession.registry.bundle(3) / "metrics.json").read_bytes())
    profile = json.loads((recession.registry.bundle(3) / "profile.json").read_bytes())
    parsed = read(render_card(card))
    told = {row["metric"]: row for row in parsed.rows("metric", "validation")}
    for name, value in metrics["test"].items():
        assert told[metric_name(name)]["test"] == number(value)
        assert told[metric_name(name)]["train"] == number(metrics["train"][name])
        low, high = metrics["intervals"]["test"][name]
        assert told[metric_name(name)]["95 % interval on test"] == f"{number(low)} to {number(high)}"
    weights = {row["feature"]: row["weight"] for row in parsed.rows("feature", "kind")}
    assert weights == {name: percent(share) for name, share in profile["importance"].items()}


def test_the_card_names_the_bundle_the_rows_and_the_office(recession, card, read):
    text = read(render_card(card)).text
    split = recession.reports[-1].holder.trained.split
    assert card.bundle_sha256 in text
    assert f"in office since {recession.periods[20].as_of}" in text
    for span in (split.train, split.validation, split.test):
        assert f"{span.n_rows:,}" in text
    assert "Leakage audit: 0 errors; nothing muted" in text


def test_the_card_holds_the_cohorts_of_its_version_only(recession, card):
    assert card.cohorts == ()
    day = recession.periods[-1].as_of
    history = read_history(recession.store, as_of=day, classes=("paid", "default"))
    first = recession.reports[8].holder.office
    of_first = read_card(recession.registry.bundle(1), office=first, history=history, as_of=day)
    assert len(of_first.cohorts) == 9
    assert {cohort.version for cohort in of_first.cohorts} == {1}


def test_a_bundle_that_was_changed_has_no_card(lend):
    made = lend(n_periods=9)
    bundle = made.registry.bundle(1)
    (bundle / "metrics.json").write_text('{"test": {"roc_auc": 0.99}}')
    history = read_history(made.store, as_of=made.periods[-1].as_of)
    office = made.reports[-1].holder.office
    with pytest.raises(BundleIntegrityError, match=r"metrics\.json"):
        read_card(bundle, office=office, history=history, as_of=made.periods[-1].as_of)


def test_the_bundle_of_another_version_has_no_card_here(recession):
    office = recession.reports[-1].holder.office
    history = read_history(recession.store, as_of=recession.periods[-1].as_of)
    with pytest.raises(BundleIntegrityError, match="was registered"):
        read_card(recession.registry.bundle(1), office=office, history=history, as_of=date(2024, 12, 31))


def test_the_card_asks_for_nothing_outside_itself_and_escapes_names(lend, read):
    made = lend(n_periods=9, features=("<script>alert(1)</script>", "b"), classes=("no", "<b>"))
    day = made.periods[-1].as_of
    history = read_history(made.store, as_of=day)
    page = render_card(
        read_card(made.registry.bundle(1), office=made.reports[-1].holder.office, history=history, as_of=day)
    )
    parsed = read(page)
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert {value for _, attrs in parsed.tags for name, value in attrs.items() if name == "href"} == {
        "report.html"
    }
    assert "<script>alert(1)</script>" in parsed.text


def test_the_card_draws_what_each_threshold_would_have_done(card, read):
    pytest.importorskip("altair", reason="the extra `report` is not installed")
    told = Tradeoff((0.9, 0.5, 0.1), (1.0, 0.7, 0.4), (0.1, 0.6, 1.0), (0.2, 0.65, 0.57), (9.0, 5.0, 7.0))
    drawn = render_card(replace(card, tradeoff=told, threshold=0.5))
    assert "cost per row" in read(drawn).text
    without = render_card(replace(card, tradeoff=None))
    assert "What each threshold would have done" not in without
