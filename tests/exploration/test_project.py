"""A project, explored as of a day: the simulated lender."""

import json
from datetime import date

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from tenure.cli.exploring import profile
from tenure.errors import ProjectError, SourceError
from tenure.exploration import explore_project
from tenure.project import load_project
from tenure.render import render_exploration
from tenure.simulate import Lender, simulate, write, write_project_files
from tenure.stores.duckdb import DuckDBEngine

LENDER = Lender(n_months=8, n_customers_per_month=120, n_follow_up_months=8)
AS_OF = date(2023, 6, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lender")
    write(simulate(LENDER), folder / "data")
    write_project_files(folder)
    return folder


@pytest.fixture(scope="module")
def opened(folder):
    return load_project(folder)


@pytest.fixture(scope="module")
def found(opened):
    project, root = opened
    return explore_project(project, root, as_of=AS_OF, engine=DuckDBEngine())


def raw(folder, name):
    return pd.concat(pd.read_csv(path) for path in sorted((folder / "data" / name).glob("*.csv")))


def test_only_rows_known_by_the_day_are_read(found, folder):
    clicks = raw(folder, "clickstream")
    assert found.source("clickstream").n_rows == (clicks["snapshot_date"] <= AS_OF.isoformat()).sum()


def test_labels_are_those_that_matured_by_the_day(found):
    events = [date.fromisoformat(f"{period.label}-01") for period in found.label.periods]
    assert max(events) <= date(2022, 12, 31)
    assert sum(bar.n for bar in found.label.classes) == sum(period.n for period in found.label.periods)


def test_columns_are_related_as_last_known_at_the_event(found, column_of):
    relation = column_of(found.source("financials"), "Outstanding_Debt").relation
    assert relation.metric == "AUC"
    assert relation.n == sum(bar.n for bar in found.label.classes)
    assert 0.5 < relation.value < 0.9


def test_features_are_related_the_strongest_first(found):
    aucs = [each.relation.value for each in found.features if each.relation.metric == "AUC"]
    assert len(aucs) > 10
    assert aucs == sorted(aucs, reverse=True)


def test_declared_personal_data_is_counted_only(found, column_of):
    ssn = column_of(found.source("attributes"), "SSN")
    assert ssn.is_personal
    assert (ssn.bars, ssn.relation) == ((), None)


def test_without_a_day_all_rows_are_read_and_a_note_says_how_to_see_more(opened, folder):
    project, root = opened
    found = explore_project(project, root, as_of=None, engine=DuckDBEngine())
    assert found.source("clickstream").n_rows == len(raw(folder, "clickstream"))
    assert found.label is None
    assert "--as-of" in found.notes[0]


def test_before_any_label_is_known_nothing_is_related(opened):
    project, root = opened
    found = explore_project(project, root, as_of=date(2022, 9, 30), engine=DuckDBEngine())
    assert found.label is None
    assert any("nothing can be related" in note for note in found.notes)


def test_a_column_that_was_written_from_the_outcome_is_a_leakage_suspect(opened, folder, tmp_path):
    """The label itself, put beside what is known at the event, is found."""
    project, _ = opened
    ledger = raw(folder, "loan_ledger")
    late = set(ledger.loc[ledger["overdue_amt"] > 0, "Customer_ID"])
    for path in (folder / "data" / "attributes").glob("*.csv"):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows["collector"] = rows["Customer_ID"].isin(late).map({True: "assigned", False: ""})
        (tmp_path / "data" / "attributes").mkdir(parents=True, exist_ok=True)
        rows.to_csv(tmp_path / "data" / "attributes" / path.name, index=False)
    leaky = project.sources["attributes"].model_copy(update={"path": str(tmp_path / "data" / "attributes")})
    sources = {**project.sources, "attributes": leaky}
    found = explore_project(
        project.model_copy(update={"sources": sources}), folder, as_of=AS_OF, engine=DuckDBEngine()
    )
    suspect = found.source("attributes").worries[0]
    assert suspect.column == "collector"
    assert "may know the outcome" in suspect.sentence


def test_before_the_first_row_is_known_a_page_says_that_there_are_none(opened):
    project, root = opened
    found = explore_project(project, root, as_of=date(2000, 1, 1), engine=DuckDBEngine())
    assert {source.n_rows for source in found.sources} == {0}
    assert "`attributes` has no rows to look at." in render_exploration(found)["index.html"].replace(
        "<code>", "`"
    ).replace("</code>", "`")


def test_what_the_project_file_does_not_say_is_a_worry(opened):
    """Numbers without a type are read as text, and personal data without `pii` is still not shown."""
    project, root = opened
    bare = {
        name: source.model_copy(update={"columns": {}}) if name == "attributes" else source
        for name, source in project.sources.items()
    }
    found = explore_project(
        project.model_copy(update={"sources": bare}), root, as_of=None, engine=DuckDBEngine()
    ).source("attributes")
    sentences = [worry.sentence for worry in found.worries]
    assert "`SSN` looks like personal data and is not declared `pii`" in sentences
    assert any(each.startswith("`Age` is read as text, and its values are numbers") for each in sentences)


def test_a_missing_file_is_an_error_with_a_hint(opened, tmp_path):
    project, _ = opened
    with pytest.raises(SourceError) as caught:
        explore_project(project, tmp_path, as_of=None, engine=DuckDBEngine())
    assert caught.value.hint


def test_a_query_that_does_not_fit_is_said(opened):
    project, root = opened
    broken = project.model_copy(
        update={
            "label": project.label.model_copy(update={"sql": "", "select": "SELECT nothing FROM loan_ledger"})
        }
    )
    with pytest.raises(ProjectError, match="label query"):
        explore_project(broken, root, as_of=AS_OF, engine=DuckDBEngine())


def test_the_command_writes_below_the_reports_of_the_project(folder):
    app = typer.Typer()
    app.command()(profile)
    result = CliRunner().invoke(app, [str(folder), "--as-of", AS_OF.isoformat(), "--json"])
    assert result.exit_code == 0, result.exception
    said = json.loads(result.stdout)
    assert said["as_of"] == AS_OF.isoformat()
    assert (folder / "reports" / "profile" / "index.html").is_file()
    assert len(said["written"]) == 1 + len(said["sources"])
