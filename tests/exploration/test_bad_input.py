"""What cannot be explored is said in one paragraph with a hint; odd files do not break a page."""

import json

import pytest
import typer
from typer.testing import CliRunner

from tenure.cli import main
from tenure.cli.exploring import profile
from tenure.errors import ProjectError, SourceError, StoreError
from tenure.exploration import explore_folder
from tenure.render import render_exploration


@pytest.fixture
def run():
    """Run `profile` as a command."""
    app = typer.Typer()
    app.command()(profile)
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def loans(files, csv_of):
    rows = [(n, n % 7, "a" if n % 2 else "b") for n in range(60)]
    return files({"loans.csv": csv_of(["loan_id", "x", "y"], rows), "empty.csv": ""})


def test_an_empty_folder_is_an_error_with_a_hint(tmp_path, engine):
    with pytest.raises(SourceError, match="it is empty") as caught:
        explore_folder(tmp_path, engine=engine)
    assert ".csv" in caught.value.hint


def test_a_folder_that_is_not_there_is_an_error_with_a_hint(tmp_path, engine):
    with pytest.raises(SourceError, match="no folder") as caught:
        explore_folder(tmp_path / "nowhere", engine=engine)
    assert caught.value.hint


def test_files_that_cannot_be_read_are_an_error_where_there_are_no_others(files, engine):
    with pytest.raises(SourceError, match=r"loans\.parquet"):
        explore_folder(files({"loans.parquet": b"this is no parquet"}), engine=engine)


def test_the_command_ends_with_2_and_one_paragraph(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["tenure", "profile", str(tmp_path)])
    with pytest.raises(SystemExit) as caught:
        main()
    said = capsys.readouterr().err
    assert caught.value.code == 2
    assert "Traceback" not in said
    assert "hint:" in said


def test_a_file_is_answered_with_its_folder(run, loans, tmp_path):
    result = run(loans / "loans.csv", "--out", tmp_path / "pages")
    assert isinstance(result.exception, SourceError)
    assert str(loans) in result.exception.hint


def test_a_day_needs_a_project(run, loans, tmp_path):
    result = run(loans, "--out", tmp_path / "pages", "--as-of", "2024-01-01")
    assert isinstance(result.exception, ProjectError)
    assert not (tmp_path / "pages").exists()


def test_pages_that_cannot_be_written_are_an_error(run, loans, tmp_path):
    (tmp_path / "taken").write_text("a file")
    result = run(loans, "--out", tmp_path / "taken")
    assert isinstance(result.exception, StoreError)


def test_the_pages_are_written_and_files_left_out_are_told(run, loans, tmp_path):
    result = run(loans, "--out", tmp_path / "pages")
    assert result.exit_code == 0, result.exception
    assert (tmp_path / "pages" / "index.html").is_file()
    assert (tmp_path / "pages" / "sources" / "loans.html").is_file()
    assert "left out: empty.csv: empty (0 bytes)" in result.stdout


def test_the_same_as_json(run, loans, tmp_path):
    said = json.loads(run(loans, "--out", tmp_path / "pages", "--json").stdout)
    assert said["sources"][0]["n_rows"] == 60
    assert said["sources"][0]["columns"][1]["name"] == "x"
    assert said["left_out"] == [{"file": "empty.csv", "why": "empty (0 bytes)"}]


def test_a_cell_of_a_megabyte_does_not_make_the_page_large(explored, csv_of):
    rows = [(n, "ş" * 500_000 if n % 2 else f"{n}<b>") for n in range(6)]
    found = explored({"notes.csv": csv_of(["note_id", "words"], rows)})
    assert all(len(page) < 100_000 for page in render_exploration(found).values())


def test_three_hundred_columns_with_turkish_names_are_one_page(explored, csv_of):
    names = ["müşteri_id", *(f"Isıtma Tipi İç <{n}> {'ğ' * 80}" for n in range(300))]
    rows = [(n, *((n * k) % 23 for k in range(300))) for n in range(80)]
    found = explored({"ilanlar.csv": csv_of(names, rows)})
    page = render_exploration(found)["sources/ilanlar.html"]
    assert page.count('<details class="column"') == 301
    assert "Isıtma Tipi İç &lt;7&gt;" in page
    assert "ğ" * 60 not in page
    assert len(page) < 3_000_000
