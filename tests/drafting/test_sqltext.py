import duckdb
import pytest

from tenure.drafting import render_draft
from tenure.stores.usersql import bind_tables

MONTHS = [f"2024-{month:02d}-01" for month in range(1, 13)]


def run(query, path, source):
    """The rows of a drafted query over the raw file."""
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW \"{source}\" AS SELECT * FROM read_csv('{path}')")
    result = connection.execute(query)
    return [column[0] for column in result.description], result.fetchall()


@pytest.fixture
def queries(files, draft):
    """The two queries of a draft of one file, run over that file."""

    def both(name, text):
        found = draft({f"{name}.csv": text})
        texts = render_draft(found)
        path = files({}) / f"{name}.csv"
        source = found.population.source
        return tuple(run(texts[each], path, source) for each in ("sql/population.sql", "sql/label.sql"))

    return both


def test_the_population_has_one_row_per_event_and_the_label_the_same_ones(queries, csv_of):
    rows = [(f"L{n}", MONTHS[n % 3], MONTHS[n % 3 + k], k) for n in range(30) for k in range(5)]
    text = csv_of(["loan_id", "start_date", "snapshot_date", "balance"], rows)
    (columns, events), (label_columns, labels) = queries("loans", text)
    assert columns == ["loan_id", "event_time"]
    assert len(events) == len(set(events)) == 30
    assert label_columns == ["loan_id", "event_time", "label"]
    assert {row[:2] for row in labels} == set(events)
    assert {row[2] for row in labels} == {None}, "nothing is labelled until somebody says how"


def test_a_column_named_like_a_label_is_the_label(queries, csv_of):
    _, (columns, labels) = queries("apps", csv_of(["app_id", "TARGET"], [(n, n % 2) for n in range(40)]))
    assert columns[-1] == "label"
    assert {row[-1] for row in labels} == {0, 1}


def test_without_any_time_everybody_is_scored_at_one(queries, csv_of):
    (_, events), _ = queries("apps", csv_of(["app_id", "x"], [(n, n % 2) for n in range(40)]))
    assert len({row[1] for row in events}) == 1


@pytest.mark.parametrize("name", ["Müşteri No", "order_id", 'a"id', "the.id", "line\nid"])
def test_any_key_is_named_as_it_must_be(queries, name):
    quoted = '"' + name.replace('"', '""') + '"'
    (columns, events), _ = queries("select", f"{quoted},x\n" + "".join(f"K{n},{n % 3}\n" for n in range(30)))
    assert columns[0] == name
    assert len(events) == 30


def test_the_engine_accepts_the_queries_as_one_select_over_one_source(draft, csv_of):
    texts = render_draft(draft({"apps.csv": csv_of(["app_id", "x"], [(n, n % 2) for n in range(40)])}))
    for name in ("sql/population.sql", "sql/label.sql"):
        _, used = bind_tables(texts[name], {"apps": "view_1"})
        assert used == ("apps",)
