"""What an error looks like, and the code a scheduler gets."""

import contextlib
import sqlite3

import pytest

from tenure.cli import commands
from tenure.errors import StoreError


def test_a_folder_without_a_project_file_is_named_with_a_hint(tenure, tmp_path):
    for command in (("status",), ("run", "--as-of", "2024-05-01"), ("audit",), ("rollback",)):
        answer = tenure(*command, "-p", tmp_path)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.splitlines() == [
            f"error: there is no project file at {tmp_path / 'tenure.yaml'}",
            "",
            "hint: `tenure init DIR --from FOLDER` drafts one.",
        ]


def test_an_error_in_a_log_is_not_broken_into_lines(tenure, tmp_path):
    folder = tmp_path / ("a folder with a long name " * 6)
    answer = tenure("status", "-p", folder)
    assert f"there is no project file at {folder}\n" in answer.err


def test_every_problem_of_a_project_file_is_told_at_once(untouched):
    untouched.declare(gait={}, features=[{"source": "lonas"}], label={"select": "SELECT", "horizon": "soon"})
    answer = untouched.tenure("status")
    assert answer.code == 2
    assert "`gait` is not a key; did you mean `gate`?" in answer.told
    assert "`soon` is not a duration" in answer.told
    untouched.declare(label={"select": "SELECT * FROM lone", "horizon": "1 month"})
    del untouched.project["gait"]
    untouched.declare()
    told = untouched.tenure("status").told
    assert "tenure.yaml has 2 problems" in told
    assert "there is no source `lonas`; did you mean `loans`?" in told
    assert "the query reads `lone`, which is not a source" in told


@pytest.mark.parametrize("day", ["2024-13-01", "01/05/2024", "yesterday", ""])
def test_a_wrong_date_is_refused_with_the_format(tenure, day):
    answer = tenure("run", "--as-of", day)
    assert (answer.code, answer.out) == (2, "")
    assert "%Y-%m-%d" in answer.told


@pytest.mark.parametrize("given", [("nonsense",), ("run", "--jobs", 0), ("backfill",), ("init",)])
def test_a_wrong_command_line_ends_with_2_and_prints_no_data(tenure, given):
    answer = tenure(*given)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err


def test_an_error_is_a_paragraph_and_with_debug_a_traceback_before_it(tenure, tmp_path):
    plain = tenure("status", "-p", tmp_path)
    debug = tenure("--debug", "status", "-p", tmp_path)
    assert "Traceback" not in plain.err
    assert debug.err.startswith("Traceback (most recent call last)")
    assert debug.err.endswith(plain.err)
    assert debug.code == plain.code == 2


def test_an_error_that_may_pass_ends_with_75(tenure, tmp_path, monkeypatch):
    def fail(*_arguments, **_settings):
        raise StoreError("another writer was faster", hint="run it again.", transient=True)

    monkeypatch.setattr(commands, "open_runtime", fail)
    answer = tenure("status", "-p", tmp_path)
    assert (answer.code, answer.out) == (75, "")
    assert answer.err.splitlines()[0] == "error: another writer was faster"


def test_a_database_that_is_locked_ends_with_75_and_one_that_is_not_there_with_2(
    untouched, tenure, tmp_path, monkeypatch
):
    path = tmp_path / "do-not-tell.db"
    monkeypatch.setenv("WAREHOUSE", f"sqlite:///{path}?timeout=0.01")
    untouched.source.pop("path")
    untouched.source["database"] = {"uri": "${WAREHOUSE}", "table": "loans"}
    untouched.declare()
    absent = untouched.tenure("ingest", "--as-of", "2024-05-01")
    with contextlib.closing(sqlite3.connect(path)) as held:
        held.execute("CREATE TABLE loans (id)")
        held.execute("BEGIN EXCLUSIVE")
        locked = untouched.tenure("ingest", "--as-of", "2024-05-01")
        debug = tenure("--debug", "ingest", "-p", untouched.root, "--as-of", "2024-05-01")
    assert (absent.code, locked.code) == (2, 75)
    for answer in (absent, locked, debug):
        assert "`WAREHOUSE`" in answer.told
        assert "do-not-tell" not in answer.err
