"""The page of a period: its numbers are those of the tables, and it needs nothing but itself."""

from __future__ import annotations

import builtins
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter

import tenure
from tenure.domain.report import Report
from tenure.domain.tables import DECISIONS, LABELS, MONITORING
from tenure.render import History, drawing, read_history, render_report
from tenure.render.words import NOTHING, count, metric_name, number, percent, signed_percent

pytest.importorskip("altair", reason="the extra `report` is not installed")
pytest.importorskip("vl_convert", reason="the extra `report` is not installed")

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "a" * 120, "b & c")


@pytest.fixture
def without_extra(monkeypatch):
    """As if the extra had never been installed."""
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name.partition(".")[0] in drawing.EXTRA:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.delitem(sys.modules, "tenure.render.charts", raising=False)


def measured(made, place=-1):
    day = made.periods[place].as_of
    return [row for row in made.store.read(MONITORING, until=day).to_pylist() if row["as_of"] == day]


def test_the_page_begins_with_whether_to_worry(recession, page, read):
    told = read(page)
    sentence = recession.reports[-1].headline.sentence.replace(" %", "\u00a0%")
    assert " ".join(sentence.split()) in told.text
    assert told.text.index("Keep an eye on it") < told.text.index("The office")


def test_every_feature_is_on_the_page_with_the_numbers_of_monitoring(recession, page, read):
    values = {(r["feature"], r["metric"]): r["value"] for r in measured(recession) if r["scope"] == "feature"}
    told = {row["feature"]: row for row in read(page).rows("feature", "PSI")}
    assert set(told) == {feature for feature, _ in values}
    for feature, row in told.items():
        assert row["PSI"] == number(values[feature, "psi"])
        assert row["nulls, points"] == signed_percent(values[feature, "null_increase"])
        assert row["weight"] == percent(values[feature, "importance"])


def test_every_cohort_is_on_the_page_as_it_was_last_measured(recession, page, read):
    rows = recession.store.read(MONITORING).to_pylist()
    values = {(r["feature"], r["metric"]): r for r in rows if r["scope"] == "performance"}
    told = read(page).rows("cohort", "AUC")
    assert [row["cohort"] for row in told] == sorted({cohort for cohort, _ in values}, reverse=True)
    for row in told:
        for metric in ("roc_auc", "f1", "precision", "recall", "accuracy", "brier"):
            assert row[metric_name(metric)] == number(values[row["cohort"], metric]["value"])
        assert row["rows"] == count(values[row["cohort"], "roc_auc"]["n"])


def test_shares_that_came_out_are_those_of_the_labels(recession, page, read):
    labels = recession.store.read(LABELS).to_pylist()
    told = [row for row in read(page).rows("period", "class") if row["class"] == "default"]
    came_out = {row["period"]: row for row in told if row[""] == "came out"}
    for place, period in enumerate(recession.periods[:18]):
        # nine days before its end, every event of a period happened
        of_period = [r["label"] for r in labels if str(r["Customer_ID"]).startswith(f"C{place}-")]
        assert came_out[str(period.as_of)]["share"] == percent(of_period.count("default") / len(of_period))
        assert came_out[str(period.as_of)]["rows"] == count(len(of_period))
    assert len(came_out) == 18


def test_mean_scores_are_those_of_monitoring(recession, page, read):
    rows = recession.store.read(MONITORING).to_pylist()
    means = {str(r["as_of"]): r["value"] for r in rows if (r["scope"], r["metric"]) == ("score", "mean")}
    told = {
        row["period"]: row["share"] for row in read(page).rows("period", "class") if row[""] == "mean score"
    }
    assert told == {day: percent(value) for day, value in means.items()}


def test_every_reason_of_the_decision_is_on_the_page(recession, page, read):
    told = {row["rule"]: row for row in read(page).rows("rule", "because")}
    for reason in recession.reports[-1].decided.retraining.reasons:
        assert told[reason.rule]["because"] == reason.message
        assert told[reason.rule]["says"] == ("for" if reason.favours else "against")


def test_every_change_of_office_is_in_the_time_line(recession, page, read):
    text = read(page).text
    for row in recession.store.read(DECISIONS).to_pylist():
        if row["kind"] == "promotion":
            assert f"took office: version {row['model_version']}" in text
            assert str(row["as_of"]) in text
    assert "the gate refused version 2" in text


def test_counts_of_events_and_labels_are_those_of_monitoring(recession, page, read):
    told = read(page).rows("period", "events")
    assert [row["period"] for row in told] == [str(p.as_of) for p in reversed(recession.periods)]
    assert {row["events"] for row in told} == {"520"}
    assert [row["labels that matured"] for row in told] == ["520"] * 18 + ["0"] * 6


def test_the_page_asks_for_nothing_outside_itself(page, read):
    parsed = read(page)
    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    assert {tag for tag, _ in parsed.tags} & {"script", "link", "iframe", "img", "object", "embed"} == set()
    attributes = [(name, value) for _, attrs in parsed.tags for name, value in attrs.items()]
    assert [value for name, value in attributes if name == "src"] == []
    links = {value for name, value in attributes if name == "href"}
    assert links == {"model-card.html"}
    assert [name for name, _ in attributes if name.startswith("on")] == []
    assert re.findall(r"url\((?!#)|@import", page) == []


def test_ids_are_used_once(page, read):
    ids = [attrs["id"] for _, attrs in read(page).tags if "id" in attrs]
    assert len(ids) == len(set(ids)) > 5


def test_every_chart_is_drawn_and_has_words_for_who_does_not_see_it(page, read):
    figures = [attrs for tag, attrs in read(page).tags if tag == "div" and attrs.get("role") == "img"]
    assert len(figures) == page.count("<svg") == 6
    assert all(len(attrs["aria-label"]) > 20 for attrs in figures)


def test_charts_take_their_colours_from_the_page_so_that_dark_is_dark(page):
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    painted = {c for svg in drawings for c in re.findall(r'(?:fill|stroke)="([^"]+)"', svg)}
    assert {colour for colour in painted if not colour.startswith("var(--")} <= {"none", "transparent"}
    used = set(re.findall(r"var\((--[\w-]+)\)", page))
    assert used <= set(re.findall(r"(--[\w-]+):", page))


def test_the_same_tables_give_the_same_page(recession, page, page_of):
    assert page_of(recession) == page


def test_another_process_gives_the_same_page(recession, page, tmp_path):
    history = read_history(recession.store, as_of=recession.periods[-1].as_of, classes=("paid", "default"))
    for name, kind, value in (("report", Report, recession.reports[-1]), ("history", History, history)):
        (tmp_path / name).write_bytes(TypeAdapter(kind).dump_json(value))
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from pydantic import TypeAdapter\n"
        "from tenure.domain.report import Report\n"
        "from tenure.render import History, render_report\n"
        "kinds = zip((Report, History), sys.argv[1:])\n"
        "read = [TypeAdapter(kind).validate_json(Path(path).read_bytes()) for kind, path in kinds]\n"
        "sys.stdout.buffer.write(render_report(*read).encode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "report"), str(tmp_path / "history")],
        env={**os.environ, "PYTHONPATH": str(Path(tenure.__file__).parents[1]), "PYTHONHASHSEED": "77"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == page


def test_names_are_escaped_in_tables_and_in_charts(lend, page_of, read):
    made = lend(features=HOSTILE, classes=("no", "</svg><script>x</script>"), recession_at=9, n_periods=16)
    text = page_of(made)
    parsed = read(text)
    assert "<script" not in text
    assert "<img" not in text
    assert {row["feature"] for row in parsed.rows("feature", "PSI")} == set(HOSTILE)
    assert "&lt;script&gt;alert(1)" in text
    assert "</svg><script>x</script>" in parsed.text


def test_turkish_names_stay_as_they_are(datamart, lend, page_of, read):
    made = lend(features=datamart.TURKISH, classes=("düşük", "orta", "yüksek"), n_periods=16, name="konut")
    parsed = read(page_of(made))
    assert {row["feature"] for row in parsed.rows("feature", "PSI")} == set(datamart.TURKISH)
    assert {row["class"] for row in parsed.rows("period", "class")} == {"düşük", "orta", "yüksek"}
    drawn = " ".join(re.findall(r"<text[^>]*>([^<]+)</text>", page_of(made)))
    assert "Isıtma_Tipi" in drawn
    assert "Güneş_Açısı" in drawn


def test_two_hundred_features_are_all_there_and_most_of_them_folded(datamart, lend, page_of, read):
    names = datamart.Lender().features_named(200)
    made = lend(features=names, n_periods=14)
    text = page_of(made)
    assert {row["feature"] for row in read(text).rows("feature", "PSI")} == set(names)
    assert "180 more features" in text
    assert len(text) < 600_000


def test_before_anybody_is_in_office_the_page_says_so_and_draws_no_empty_chart(lend, page_of, read):
    parsed = read(page_of(lend(n_periods=4)))
    assert "Nobody is in office yet" in parsed.text
    assert "No cohort that was scored has matured yet." in parsed.text
    assert "Nothing was compared: nobody was in office when the period began." in parsed.text
    assert "No label has matured yet, and nothing was scored." in parsed.text
    assert sum(tag == "svg" for tag, _ in parsed.tags) == 1  # the counts


def test_a_first_period_with_nothing_at_all_is_a_page(lend, page_of, read):
    parsed = read(page_of(lend(n_periods=1, labels=False, trained_at=None)))
    assert "Labels known" in parsed.text
    assert "In 1 period the decision was to leave things as they are" in parsed.text


@pytest.mark.usefixtures("without_extra")
def test_without_the_extra_the_page_has_the_same_numbers_and_says_how_to_get_charts(
    recession, page, page_of, read
):
    bare = read(page_of(recession))
    assert 'pip install "tenure[report]"' in bare.text
    assert "svg" not in {tag for tag, _ in bare.tags}
    assert bare.tables == read(page).tables
    folded = [attrs for tag, attrs in bare.tags if tag == "details"]
    assert sum("open" in attrs for attrs in folded) == 3  # what charts would have shown


def test_a_broken_installation_is_not_taken_for_a_missing_extra(recession, page_of, monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name == "vl_convert":
            raise ModuleNotFoundError("No module named 'inner'", name="inner")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModuleNotFoundError, match="inner"):
        page_of(recession)


def test_a_value_that_is_missing_is_a_dash_and_not_a_zero(recession, read):
    made = recession.reports[-1]
    first, *others = made.monitored.drift
    unknown = dataclasses.replace(first, psi=None, null_increase=None, importance=None)
    monitored = dataclasses.replace(made.monitored, drift=(unknown, *others))
    history = read_history(recession.store, as_of=made.as_of)
    parsed = read(render_report(dataclasses.replace(made, monitored=monitored), history))
    (row,) = [row for row in parsed.rows("feature", "PSI") if row["feature"] == first.feature]
    assert [row[name] for name in ("PSI", "nulls, points", "weight")] == [NOTHING] * 3
