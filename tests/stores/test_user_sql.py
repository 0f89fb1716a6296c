import pytest

from tenure.errors import ProjectError
from tenure.stores.usersql import bind_tables

VIEWS = {"loans": "view_1", "clicks": "view_2"}


def test_tables_are_renamed_and_keep_their_name_as_alias():
    bound, used = bind_tables("SELECT loans.id FROM loans JOIN clicks c ON c.id = loans.id", VIEWS)
    assert "FROM view_1 AS loans" in bound
    assert "view_2 AS c" in bound
    assert used == ("clicks", "loans")


def test_names_are_found_whatever_their_case():
    assert bind_tables("SELECT * FROM LOANS", VIEWS)[1] == ("loans",)


def test_a_table_that_the_query_defines_itself_is_left_alone():
    bound, used = bind_tables("WITH mine AS (SELECT * FROM loans) SELECT * FROM mine", VIEWS)
    assert used == ("loans",)
    assert "FROM mine" in bound


def test_tables_in_subqueries_are_renamed():
    bound, _ = bind_tables("SELECT * FROM loans WHERE id IN (SELECT id FROM clicks)", VIEWS)
    assert "view_2" in bound


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('secret.csv')",
        "SELECT * FROM 'secret.csv'",
        "SELECT * FROM loan",
        "SELECT * FROM information_schema.tables",
    ],
)
def test_a_query_sees_nothing_but_its_tables(query):
    with pytest.raises(ProjectError, match="it may read clicks, loans"):
        bind_tables(query, VIEWS)


def test_a_table_that_is_misspelt_is_suggested():
    with pytest.raises(ProjectError) as caught:
        bind_tables("SELECT * FROM loanz", VIEWS)
    assert "did you mean `loans`?" in caught.value.hint


@pytest.mark.parametrize(
    "query", ["SELECT now() FROM loans", "SELECT current_date FROM loans", "SELECT today() FROM loans"]
)
def test_a_query_that_asks_for_the_clock_is_refused(query):
    with pytest.raises(ProjectError, match="asks for the clock"):
        bind_tables(query, VIEWS)


@pytest.mark.parametrize("query", ["DROP TABLE loans", "SELECT 1; SELECT 2", "", "SELEC * FROM loans"])
def test_anything_but_one_select_is_refused(query):
    with pytest.raises(ProjectError):
        bind_tables(query, VIEWS)
