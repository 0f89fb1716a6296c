import json

import pytest
import typer
from typer.testing import CliRunner

from tenure.cli.drafting import folder_of, init
from tenure.errors import ProjectError


@pytest.fixture
def run():
    """Run `init` as a command."""
    app = typer.Typer()
    app.command()(init)
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def apps(files, csv_of):
    return files(
        {"apps.csv": csv_of(["app_id", "paid", "x"], [(n, n % 2, n % 3) for n in range(40)]), "no.csv": ""}
    )


def test_a_project_is_written_and_what_is_left_to_do_is_said(run, apps, tmp_path):
    result = run(tmp_path / "project", "--from", apps)
    assert result.exit_code == 0
    assert (tmp_path / "project" / "tenure.yaml").is_file()
    assert "apps" in result.stdout
    assert "left out: no.csv: empty (0 bytes)" in result.stdout
    assert "write the label" in result.stdout
    assert "apps.paid" in result.stdout


def test_the_same_as_json(run, apps, tmp_path):
    said = json.loads(run(tmp_path / "project", "--from", apps, "--json").stdout)
    assert said["sources"][0] | {"path": "", "event_time": ""} == {
        "name": "apps",
        "path": "",
        "n_rows": 40,
        "role": "entity",
        "keys": ["app_id"],
        "event_time": "",
    }
    assert said["left_out"][0]["file"] == "no.csv"
    assert said["population"] == "apps"


def test_nothing_is_replaced(run, apps, tmp_path):
    run(tmp_path / "project", "--from", apps)
    result = run(tmp_path / "project", "--from", apps)
    assert isinstance(result.exception, ProjectError)


def test_without_from_the_projects_own_data_is_looked_at(tmp_path):
    assert folder_of(tmp_path, None) == tmp_path
    (tmp_path / "data").mkdir()
    assert folder_of(tmp_path, None) == tmp_path / "data"
    assert folder_of(tmp_path, tmp_path / "x") == tmp_path / "x"
