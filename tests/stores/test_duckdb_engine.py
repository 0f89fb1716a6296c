"""What a stream and a prepared expression promise of the engine."""

from __future__ import annotations

import gc
from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from tenure.stores.duckdb import DuckDBEngine


@pytest.fixture
def engine():
    return DuckDBEngine()


def test_a_stream_goes_on_to_its_end_whatever_else_is_asked_and_dropped_meanwhile(engine):
    kept = engine.cache(ibis.range(0, 500_000).unnest().name("n").as_table())
    dropped = engine.cache(kept.filter(kept.n < 10))
    stream = engine.batches(kept)
    n_rows = stream.read_next_batch().num_rows
    assert engine.arrow(dropped.aggregate(n=dropped.count())).to_pylist() == [{"n": 10}]
    del dropped
    gc.collect()
    n_rows += sum(batch.num_rows for batch in stream)
    assert n_rows == 500_000


def test_a_prepared_expression_is_made_once_and_reads_the_tables_it_is_given(engine):
    made = []

    def make(tables):
        made.append(tables)
        return tables["a"].join(tables["b"], "id").select("id", total=tables["a"].x + tables["b"].y)

    def prepared(x, y):
        a, b = pa.table({"id": [1], "x": [x]}), pa.table({"id": [1], "y": [y]})
        return engine.prepared("sum", make, {"a": engine.table(a), "b": engine.table(b)})

    first, second = prepared(1, 2), prepared(10, 20)
    assert engine.arrow(second).to_pylist() == [{"id": 1, "total": 30}]
    assert engine.arrow(first).to_pylist() == [{"id": 1, "total": 3}]
    assert len(made) == 1


def test_a_prepared_expression_is_made_again_for_other_columns(engine):
    def make(tables):
        return tables["a"].aggregate(n=tables["a"].count(), width=ibis.literal(len(tables["a"].columns)))

    narrow = engine.prepared("k", make, {"a": engine.table(pa.table({"id": [1, 2]}))})
    wide = engine.prepared("k", make, {"a": engine.table(pa.table({"id": [1], "x": [2]}))})
    assert engine.arrow(narrow).to_pylist() == [{"n": 2, "width": 1}]
    assert engine.arrow(wide).to_pylist() == [{"n": 1, "width": 2}]


def test_a_prepared_expression_keeps_the_tables_that_it_reads(engine):
    def rows():
        cached = engine.cache(engine.table(pa.table({"id": [1, 2, 3]})))
        return engine.prepared("keep", lambda tables: tables["a"].filter(tables["a"].id > 1), {"a": cached})

    prepared = rows()
    gc.collect()
    assert engine.arrow(prepared.order_by("id")).to_pydict() == {"id": [2, 3]}


def test_two_moments_of_a_prepared_expression_are_not_mistaken_for_each_other(engine):
    begin, end = ibis.param("timestamp"), ibis.param("timestamp")
    rows = engine.table(pa.table({"id": [1, 2, 3], "at": [datetime(2024, 1, day) for day in (1, 2, 3)]}))

    def between(at):
        def make(tables):
            return tables["a"].filter((tables["a"].at >= begin) & (tables["a"].at < end)).select("id")

        return engine.arrow(engine.prepared("between", make, {"a": rows}, at).order_by("id"))[
            "id"
        ].to_pylist()

    second, third = datetime(2024, 1, 2), datetime(2024, 1, 3)
    assert between({begin: second, end: third}) == [2]
    assert between({end: third, begin: datetime(2024, 1, 1)}) == [1, 2]


def test_a_query_is_bound_once_and_reads_the_tables_it_is_given(engine):
    def asked(*ids):
        query = "WITH own AS (SELECT id AS n FROM a) SELECT 'id' AS word, n -- of a\nFROM own"
        return engine.sql(query, {"a": engine.table(pa.table({"id": list(ids)}))})

    first, second = asked(1), asked(2, 3)
    assert engine.arrow(second.order_by("n")).to_pydict() == {"word": ["id", "id"], "n": [2, 3]}
    assert engine.arrow(first).to_pylist() == [{"word": "id", "n": 1}]


def test_what_no_expression_reads_any_more_is_gone_from_the_engine(engine):
    def names():
        gc.collect()
        return {*engine._definitions, *engine._ibis.list_tables()}

    def work():
        rows = engine.cache(engine.table(pa.table({"id": [1, 2, 3]})).filter(lambda t: t.id > 1))
        asked = engine.sql("SELECT id FROM a", {"a": rows.mutate(twice=rows.id * 2)})
        made = engine.prepared("twice", lambda tables: tables["a"].select(n=tables["a"].id * 2), {"a": asked})
        return engine.arrow(made.order_by("n"))["n"].to_pylist()

    assert work() == [4, 6]
    assert names() == set()
