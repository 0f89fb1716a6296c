"""The governance document: from the project file and the decisions, every claim shown by an artefact."""

from __future__ import annotations

import re
from datetime import date

import pytest
import typer

from tenure.bundle.reasons.written import FOLDER
from tenure.cli.commands import app
from tenure.cli.reference import commands_of
from tenure.domain import tables
from tenure.domain.decisions import Promotion
from tenure.drafting.reference import sections_of
from tenure.governance import Kind, write_down
from tenure.governance.deploying import OPTIONS
from tenure.governance.facts import Decided, read_decided
from tenure.governance.requirements import NOTES
from tenure.governance.thresholds import conditions, limits, triggers
from tenure.monitoring.config import MonitorPolicy
from tenure.project import Project
from tenure.render import write_reports
from tenure.render.sop import render_sop, write_sop
from tenure.retraining.config import RetrainPolicy
from tenure.running.records import record
from tenure.serving.chain import LAST_GOOD

NOTHING = Decided(None, 0, (), 0, 0, 0, 0)
KEYS = {key.path for page in sections_of(Project) for key in page.keys} | {"sources", "features"}
WRITTEN_BY = {"serving/last_good": LAST_GOOD, "bundle: reasons/": FOLDER}
"""Files that only serving, or only a model that can be explained, writes: the name under which they are."""


@pytest.fixture
def filled(project, stated):
    """The document of a project that states everything."""
    return write_down(project(report=stated), NOTHING, as_of=date(2024, 1, 31))


def of_kind(sop, kind):
    return sorted({one.name for one in sop.shown if one.kind is kind})


def test_every_table_that_is_named_is_a_table(filled):
    known = {value for value in vars(tables).values() if isinstance(value, str) and value.startswith("gold/")}
    assert set(of_kind(filled, Kind.TABLE)) <= known
    assert len(of_kind(filled, Kind.TABLE)) > 5


def test_every_command_that_is_named_is_a_command(filled):
    known = {name for name, _, _ in commands_of(typer.main.get_command(app))}
    assert set(of_kind(filled, Kind.COMMAND)) <= known


@pytest.mark.parametrize("name", ["empty", "filled"])
def test_every_key_that_is_named_is_a_key_of_the_project_file(name, project, filled):
    sop = filled if name == "filled" else write_down(project(), NOTHING, as_of=None)
    assert [key for key in of_kind(sop, Kind.KEY) if key not in KEYS] == []


def test_every_file_that_is_named_is_there_after_a_period(filled, recession, tmp_path):
    page = write_reports(
        recession.store,
        registry=recession.registry,
        reports=tmp_path,
        as_of=recession.periods[-1].as_of,
        project="x",
    )
    there = {path.name for path in page.parent.iterdir()}
    there |= {f"bundle: {path.name}" for path in recession.registry.bundle(3).iterdir()}
    assert set(of_kind(filled, Kind.FILE)) - set(WRITTEN_BY) <= there
    for name, word in WRITTEN_BY.items():
        assert word.rstrip("/") in name


def test_every_claim_has_an_artefact_and_what_has_none_says_that_there_is_nothing(filled):
    assert [one.text for part in filled.sections for one in part.statements if not one.shown] == []
    assert [one.rule for one in filled.requirements if not one.shown and one.given != "nothing"] == []


def test_what_is_not_stated_is_an_open_point_and_what_is_stated_is_none(project, filled):
    assert filled.open_points == ()
    empty = write_down(project(), NOTHING, as_of=None)
    asked = {one.shown[0].name for one in empty.open_points}
    assert asked == {
        "report.sop.purpose", "report.sop.tier", "report.sop.review", "report.sop.retention",
        "report.sop.deployment", "report.deck.risks",
        *(f"report.sop.roles.{role}" for role in ("owner", "developer", "validator", "approver", "operator")),
    }  # fmt: skip


def test_thresholds_are_those_of_the_project_file(project):
    told = project(monitor={"psi": 0.4}, retrain={"cooldown_periods": 5}, gate={"minimum": {"roc_auc": 0.71}})
    assert ("drift of a feature or the score (PSI)", "0.4", "alert", "monitor.psi") in limits(told).rows
    assert any(row[2:] == ("5", "retrain.cooldown_periods") for row in triggers(told).rows)
    assert ("roc_auc", "at least 0.71", "gate.minimum") in conditions(told).rows
    assert any("attributes.Sex" in row[1] for row in conditions(told).rows)


def test_every_limit_and_every_trigger_of_the_project_file_is_in_its_table(project):
    not_limits = {"rules", "significance", "min_rows"}
    told = {row[3].removeprefix("monitor.") for row in limits(project()).rows}
    assert told == set(MonitorPolicy.model_fields) - not_limits
    asked = {row[3].removeprefix("retrain.") for row in triggers(project()).rows}
    assert asked == set(RetrainPolicy.model_fields) - {"matters_share"}


def test_the_ways_to_deploy_are_compared_and_those_in_use_are_marked(filled):
    [part] = [part for part in filled.sections if part.title == "Deployment"]
    assert [row[0] for row in part.table.rows] == ["batch", "online", "shadow", "A/B", "canary"]
    assert [row[4] for row in part.table.rows] == ["yes", "", "yes", "", ""]
    annotation = str(
        Project.model_fields["report"].annotation.model_fields["sop"].annotation.model_fields["deployment"]
    )
    assert all(f"'{name}'" in annotation for name in OPTIONS)


def test_each_set_of_rules_has_its_rows_and_says_what_it_is(filled):
    for name, note in NOTES.items():
        assert [one for one in filled.requirements if one.rule.startswith(name)]
        assert note in render_sop(filled).replace("&#39;", "'")
    assert "Its text was not at hand" in NOTES["SR 26-2"]
    assert "not legal advice" in render_sop(filled)


def test_decisions_are_counted_and_approvals_named(lend, project):
    lender = lend()
    day = lender.periods[-1].as_of
    told = read_decided(lender.store, as_of=day)
    rows = lender.store.read(tables.DECISIONS).to_pylist()
    assert told.n_trainings == sum((r["kind"], r["outcome"]) == ("retrain", "retrain") for r in rows) > 0
    assert (told.office.version.version, told.n_offices, told.n_refused) == (3, 2, 1)
    assert told.approvals == ()
    approved = Promotion(day, told.office.version, None, "R. Officer", "read the card")
    record("promote", approved, as_of=day, store=lender.store)
    again = read_decided(lender.store, as_of=day)
    assert [(one.version, one.by, one.note) for one in again.approvals] == [
        (3, "R. Officer", "read the card")
    ]
    text = render_sop(write_down(project(gate={"approval": "required"}), again, as_of=day))
    assert "R. Officer" in text
    assert "waits until a person approves it" in text


def test_nothing_later_than_the_period_is_told(recession):
    told = read_decided(recession.store, as_of=recession.periods[8].as_of)
    assert (told.office.version.version, told.n_offices, told.n_refused) == (1, 1, 0)


def test_the_page_needs_nothing_else_and_the_same_document_gives_the_same_bytes(filled, tmp_path):
    page = write_sop(filled, tmp_path / "a", theme=None)
    write_sop(filled, tmp_path / "b", theme=None)
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=.?https?:", text)
    assert "<script" not in text
    made = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert made == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    assert {"sop.html", "sop.json"} <= set(made)


def test_the_pdf_says_what_the_page_says(filled, project, tmp_path):
    pytest.importorskip("typst", reason="the extra `report` is not installed")
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    for name, sop in (("filled", filled), ("empty", write_down(project(), NOTHING, as_of=None))):
        write_sop(sop, tmp_path / name, theme=None)
        reader = pypdf.PdfReader(tmp_path / name / "sop.pdf")
        text = "".join("".join(page.extract_text().replace("\u200b", "") for page in reader.pages).split())
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        for part in sop.sections:
            assert "".join(part.title.split()) in text
        for one in sop.open_points:
            assert "".join(one.text.replace("`", "").split()) in text
