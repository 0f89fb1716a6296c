"""Every number of a deck is the answer of its stated query on the gold tables; there is no other number."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date

import duckdb
import pytest

from tenure.domain.tables import DECISIONS, FINDINGS, LABELS, MONITORING, RUNS
from tenure.flow import LOOP
from tenure.render.deck.files import sources_of, write_deck
from tenure.render.deck.model import Cited, Flow, Plot, Stated, texts_of
from tenure.render.deck.words import score, share, told
from tenure.stores.delta import DeltaStore

METRICS = re.compile(r"\bF1\b")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def on_disk(lend, tmp_path_factory):
    """The lender's tables as Delta tables."""
    root = tmp_path_factory.mktemp("datamart")
    return root, lend(store=DeltaStore(root))


@pytest.fixture(scope="module")
def written(on_disk, project, tmp_path_factory):
    """The folder of the deck of its last period."""
    _, made = on_disk
    reports = tmp_path_factory.mktemp("reports")
    told_of = project(about="Who will default?", owners=["Risk: Ayşe"], risks=["The ledger is late."])
    path = write_deck(
        made.store, project=told_of, root=reports, reports=reports, as_of=made.periods[-1].as_of
    )
    return path.parent


@pytest.fixture(scope="module")
def gold(on_disk):
    """DuckDB over the files of the Delta tables, opened without the deck's help."""
    root, _ = on_disk
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA gold")
    for table in (MONITORING, FINDINGS, DECISIONS, RUNS, LABELS):
        files = list(DeltaStore(root).snapshot(table).files)
        connection.execute(
            f"CREATE TABLE {table.replace('/', '.')} AS "
            f"SELECT * FROM read_parquet({files}, hive_partitioning = true, union_by_name = true)"
        )
    return connection


def as_told(value):
    return value.isoformat() if isinstance(value, date) else value


def test_every_cited_value_is_its_querys_answer_on_the_gold_tables(written, gold):
    record = json.loads((written / "deck.json").read_text(encoding="utf-8"))
    queries = {query["sha256"]: query["sql"] for query in record["queries"]}
    answers = {sha: gold.execute(sql).to_arrow_table().to_pylist() for sha, sql in queries.items()}
    cited = [part for page in record["pages"] for part in page["cited"]]
    assert len(cited) > 100
    for part in cited:
        found = as_told(answers[part["query"]][part["row"]][part["column"]])
        assert (
            found == pytest.approx(part["value"], nan_ok=True)
            if isinstance(found, float)
            else (found == part["value"])
        )


def test_the_hash_of_a_query_is_that_of_its_text_and_its_beginning_is_on_the_page(written):
    record = json.loads((written / "deck.json").read_text(encoding="utf-8"))
    page = (written / "deck.html").read_text(encoding="utf-8")
    for query in record["queries"]:
        assert hashlib.sha256(query["sql"].encode()).hexdigest() == query["sha256"]
        assert query["sha256"][:8] in page


def test_a_value_is_told_as_it_is(made):
    for page in made.deck.pages:
        for part in page.cited:
            if isinstance(part.value, int | float) and part.text != "–":
                [first] = NUMBER.findall(part.text)[:1]
                size = float(first.replace(",", "")) / (100 if "%" in part.text else 1)
                assert size == pytest.approx(abs(part.value), rel=0.06, abs=0.006), part


def test_no_text_of_a_page_has_a_number_that_is_not_cited_or_stated(made):
    for page in made.deck.pages:
        for text in texts_of(page):
            for part in text:
                assert isinstance(part, str | Cited | Stated)
                if isinstance(part, str):
                    assert not re.search(r"\d", METRICS.sub("", part)), part


def test_what_is_stated_is_in_the_project_file_under_its_key(made):
    file = made.project.model_dump(mode="json")
    texts = [text for page in made.deck.pages for text in texts_of(page)]
    stated = [part for text in texts for part in text if isinstance(part, Stated)]
    assert stated
    for part in stated:
        here = file
        for key in part.key.split("."):
            here = here[int(key)] if isinstance(here, list) else here[key]
        if type(here) in {str, int} and part.key != "label.horizon":  # others are told in other words
            assert str(here).replace("`", "") in part.text, part.key


def test_the_points_of_a_chart_are_among_the_answers_of_its_queries(made):
    plots = {
        figure.name: figure for page in made.deck.pages for figure in page.figures if isinstance(figure, Plot)
    }
    wanted = {"performance": "value", "importance": "value", "repairs": "n_values", "candidates": "value"}
    for name, column in wanted.items():
        plot = plots[name]
        drawn = [row[column] for rows in data_of(plot.specification) for row in rows if column in row]
        answered = [row[column] for query in plot.sources for row in rows_of(made, query.sql)]
        tested = [made.lender.reports[-1].holder.trained.test.value("roc_auc")]
        assert drawn
        for value in drawn:
            assert any(value == pytest.approx(one) for one in [*answered, *tested]), (name, value)


def test_labels_are_counted_by_the_period_of_their_event(made):
    [plot] = [f for f in made.deck.pages[0].figures if isinstance(f, Plot)]
    counted = rows_of(made, plot.sources[1].sql)
    drawn = {
        (row["period"], row["name"]): row["value"]
        for rows in data_of(plot.specification)
        for row in rows
        if row.get("kind") == "came out"
    }
    assert drawn
    for (day, name), value in drawn.items():
        of_day = {row["label"]: row["n"] for row in counted if str(row["as_of"]) == day}
        assert value == pytest.approx(of_day.get(name, 0) / sum(of_day.values()))


def test_the_pipeline_has_the_steps_of_the_loop(made):
    [flow] = [f for page in made.deck.pages for f in page.figures if isinstance(f, Flow)]
    names = [step.name for step in LOOP]
    assert [step for step, _, _ in flow.boxes] == [name for name in names if name in dict_of(flow)]
    assert set(dict_of(flow)) <= set(names)


def test_the_record_names_each_query_once(made):
    record = sources_of(made.deck)
    hashes = [query["sha256"] for query in record["queries"]]
    assert len(hashes) == len(set(hashes))
    assert {sha for page in record["pages"] for sha in page["queries"]} == set(hashes)


def test_writing_again_writes_the_same_bytes_and_leaves_nothing_else(on_disk, project, tmp_path):
    _, made = on_disk
    day = made.periods[-1].as_of
    folders = []
    for name in ("first", "second"):
        write_deck(made.store, project=project(), root=tmp_path, reports=tmp_path / name, as_of=day)
        folders.append({p.name: p.read_bytes() for p in (tmp_path / name / str(day)).iterdir()})
    assert folders[0] == folders[1]
    assert set(folders[0]) == {"deck.pdf", "deck.html", "deck.json"}


def test_values_are_told_briefly():
    assert told(1234567) == "1,234,567"
    assert share(0.05).startswith("5")
    assert score(None) == "–"


def dict_of(flow):
    return {step: makes for step, makes, _ in flow.boxes}


def data_of(specification):
    """The rows of every layer of a chart."""
    return specification["datasets"].values()


def rows_of(made, sql):
    """The answer on the lender's tables in memory."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA gold")
    for table in (MONITORING, FINDINGS, DECISIONS, RUNS, LABELS):
        rows = made.lender.store.read(table)  # noqa: F841 - DuckDB finds it by its name
        connection.execute(f"CREATE TABLE {table.replace('/', '.')} AS SELECT * FROM rows")
    return connection.execute(sql).to_arrow_table().to_pylist()
