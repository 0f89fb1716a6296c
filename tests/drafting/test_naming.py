import duckdb
import pytest
from pydantic import TypeAdapter

from tenure.domain.sources import Identifier
from tenure.drafting.naming import common_prefix, project_name, quoted, source_name, words_of
from tenure.project.schema import ProjectName


@pytest.mark.parametrize(
    "stem", ["loans", "2024", "a.b c", "İlan-Listesi", "__x__", "данные", "客户", "", "Größe €", "population"]
)
def test_any_file_name_gives_a_name_that_a_project_file_accepts(stem):
    name = source_name(stem)
    assert TypeAdapter(Identifier).validate_python(name) == name
    assert name not in {"population", "features"}


@pytest.mark.parametrize("folder", ["cs611", "Cash loans", "2024", "данные", "", "x_Y.z"])
def test_any_folder_gives_a_name_that_a_project_file_accepts(folder):
    assert TypeAdapter(ProjectName).validate_python(project_name(folder)) == project_name(folder)


def test_names_differ_in_more_than_capitals():
    taken = []
    for stem in ("Loans", "loans", "loans!", "LOANS 2"):
        taken.append(source_name(stem, taken))
    assert len({name.lower() for name in taken}) == 4


@pytest.mark.parametrize(
    "name", ["Age", "Oda Sayısı", 'a"b', "select", "order", "group", "1st", "a.b", "x;--", "Ağaç", "date"]
)
def test_a_quoted_name_is_the_column_it_names(name):
    connection = duckdb.connect()
    connection.execute('CREATE TABLE t ("' + name.replace('"', '""') + '" INTEGER)')
    found = connection.execute(f"SELECT {quoted(name)} FROM t").description
    assert found[0][0] == name


def test_words_are_told_apart_by_case_digits_and_signs():
    assert words_of("applicationDate") == ("application", "date")
    assert words_of("isPaidOff") == ("is", "paid", "off")
    assert words_of("Müşteri.No") == ("musteri", "no")
    assert words_of("SSN") == ("ssn",)


def test_a_prefix_is_common_only_when_all_have_it():
    assert common_prefix(["fe_1", "fe_20"]) == "fe_"
    assert common_prefix(["a", "b"]) == ""
    assert common_prefix(["x1", "y1"]) == ""
