import os

import pytest

from tenure.drafting import write_draft
from tenure.errors import ProjectError


@pytest.fixture
def small(draft, csv_of):
    return draft({"apps.csv": csv_of(["app_id", "x"], [(n, n % 2) for n in range(40)])})


def test_three_files_are_written(small, tmp_path):
    written = write_draft(small, tmp_path / "new" / "project")
    assert [path.relative_to(tmp_path / "new" / "project").as_posix() for path in written] == [
        "tenure.yaml",
        "sql/population.sql",
        "sql/label.sql",
    ]
    assert all(path.read_text(encoding="utf-8").endswith("\n") for path in written)


@pytest.mark.parametrize("there", ["tenure.yaml", "sql/population.sql", "sql/label.sql"])
def test_no_file_that_is_there_is_replaced_and_nothing_else_is_written(small, tmp_path, there):
    target = tmp_path / "project"
    (target / there).parent.mkdir(parents=True)
    (target / there).write_text("mine")
    with pytest.raises(ProjectError, match=there):
        write_draft(small, target)
    assert [path for path in target.rglob("*") if path.is_file()] == [target / there]
    assert (target / there).read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_an_error(small, tmp_path):
    (tmp_path / "project").write_text("a file")
    with pytest.raises(ProjectError, match="cannot be written"):
        write_draft(small, tmp_path / "project")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_an_error(small, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ProjectError, match="cannot be written"):
        write_draft(small, tmp_path / "project")
