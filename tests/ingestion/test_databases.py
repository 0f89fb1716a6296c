from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tenure.domain.artefacts import Bronze
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.sources import Source
from tenure.domain.tables import RawTable
from tenure.errors import MissingColumnsError, SourceError
from tenure.ingestion import ingest
from tenure.stores import rawtables
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

Taken = Callable[..., list[dict[str, object]]]
Run = Callable[..., Bronze]
VARIABLE = "TENURE_TEST_WAREHOUSE"
ROWS = [(1, "2024-01-05", 5.5, "Ana"), (2, "2024-01-20", None, "Öz"), (3, "2024-02-10", 7.0, None)]


def _source(**settings: object) -> dict[str, Source]:
    database = {"uri": f"${{{VARIABLE}}}", **settings.pop("database", {"table": "loans"})}
    return {"loans": Source(**{"database": database, "keys": ("id",), "event_time": "day", **settings})}


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """An SQLite database with one table, whose address is in the environment."""
    path = tmp_path / "secret-place.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE loans (id INTEGER, day TEXT, amount REAL, name TEXT)")
    connection.executemany("INSERT INTO loans VALUES (?, ?, ?, ?)", ROWS)
    connection.execute("CREATE VIEW young AS SELECT * FROM loans WHERE id > 1")
    connection.commit()
    monkeypatch.setenv(VARIABLE, f"sqlite:///{path}")
    yield connection
    connection.close()


@pytest.fixture
def run(tmp_path: Path, store: DeltaStore) -> Run:
    """Ingests a month with an engine of its own, as a command does."""

    def _run(end: str, sources: dict[str, Source]) -> Bronze:
        period = Period(date.fromisoformat(end), PeriodUnit.MONTH, first=not store.tables())
        return ingest(period, sources=sources, root=tmp_path, store=store, engine=DuckDBEngine())

    return _run


def _values(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in ("id", "day", "amount", "name")) for row in rows]


# ----------------------------------------------------------------------------------------- what is read


@pytest.mark.usefixtures("warehouse")
def test_bronze_holds_the_rows_of_a_table_as_they_are(run: Run, taken: Taken) -> None:
    run("2024-02-01", _source())
    run("2024-03-01", _source())
    rows = taken("loans")
    assert _values(rows) == ROWS
    assert [(row["_file"], row["_row"], str(row["as_of"])) for row in rows] == [
        ("loans", 1, "2024-02-01"),
        ("loans", 2, "2024-02-01"),
        ("loans", 3, "2024-03-01"),
    ]


@pytest.mark.usefixtures("warehouse")
def test_a_view_and_a_query_are_read_like_a_table(run: Run, taken: Taken) -> None:
    query = "SELECT id, day, amount, name, '50% :x' AS told FROM young;"
    run("2024-02-01", _source(database={"table": "young"}))
    assert [row["id"] for row in taken("loans")] == [2]
    run("2024-02-01", _source(database={"query": query}))
    assert [(row["id"], row["_file"], row["told"]) for row in taken("loans")] == [(2, "query", "50% :x")]


def test_the_same_rows_are_the_same_bronze_in_whatever_order_they_come(
    warehouse: sqlite3.Connection, run: Run, store: DeltaStore
) -> None:
    run("2024-02-01", _source())
    before = store.content_hash("bronze/loans")
    warehouse.execute("CREATE TABLE turned AS SELECT * FROM loans ORDER BY id DESC")
    warehouse.execute("DROP VIEW young")
    warehouse.execute("DROP TABLE loans")
    warehouse.execute("ALTER TABLE turned RENAME TO loans")
    warehouse.commit()
    run("2024-02-01", _source())
    assert store.content_hash("bronze/loans") == before


def test_a_row_that_comes_late_or_is_corrected_counts_from_its_period_on(
    warehouse: sqlite3.Connection, run: Run, taken: Taken
) -> None:
    run("2024-02-01", _source())
    warehouse.execute("UPDATE loans SET amount = 55 WHERE id = 1")
    warehouse.execute("INSERT INTO loans VALUES (7, '2024-01-02', 1.0, 'Late')")
    warehouse.commit()
    run("2024-03-01", _source())
    found = sorted((row["id"], row["amount"], str(row["as_of"])) for row in taken("loans", "2024-03-01"))
    assert found == [(1, 55.0, "2024-03-01"), (3, 7.0, "2024-03-01"), (7, 1.0, "2024-03-01")]
    assert [row["amount"] for row in taken("loans", "2024-02-01")] == [5.5, None]


def test_batches_of_other_types_and_of_nulls_meet(
    warehouse: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rawtables, "ROWS_AT_ONCE", 2)
    warehouse.execute("CREATE TABLE mixed (id INTEGER, late, turned, never)")
    rows = [
        (1, None, 1, None),
        (2, None, 2, None),
        (3, "x", 2.5, None),
        (4, "y", None, None),
        (5, None, 3, None),
    ]
    warehouse.executemany("INSERT INTO mixed VALUES (?, ?, ?, ?)", rows)
    warehouse.commit()
    engine = DuckDBEngine()
    table = engine.arrow(engine.read_raw(RawTable("s", (VARIABLE,), "database", names=("mixed",))))
    found = table.sort_by("id").to_pydict()
    assert found["late"] == [None, None, "x", "y", None]
    assert found["turned"] == [1.0, 2.0, 2.5, None, 3.0]
    assert str(table.schema.field("never").type) == "string"
    assert found["_row"] == [1, 2, 3, 4, 5]


def test_rows_are_never_all_in_python_at_once(warehouse: sqlite3.Connection) -> None:
    from tenure.stores import rawdatabase  # noqa: PLC0415

    warehouse.executemany("INSERT INTO loans VALUES (?, '2024-01-01', 1, 'x')", [(n,) for n in range(10_000)])
    warehouse.commit()
    raw = RawTable("s", (VARIABLE,), "database", names=("loans",))
    sizes = [batch.num_rows for batch in rawdatabase.database_batches(raw, n_rows=1_000)]
    assert (max(sizes), sum(sizes)) == (1_000, 10_003)


def test_a_query_cannot_write(warehouse: sqlite3.Connection, run: Run) -> None:
    assert not _refusal(run, _source(database={"query": "DELETE FROM loans"})).transient
    assert warehouse.execute("SELECT count(*) FROM loans").fetchone() == (3,)


# ------------------------------------------------------------------------------------------ what goes wrong


def _refusal(run: Run, sources: dict[str, Source]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        run("2024-02-01", sources)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.usefixtures("warehouse")
def test_a_missing_table_names_the_ones_there_are(run: Run) -> None:
    error = _refusal(run, _source(database={"table": "loan"}))
    assert "there is no table `loan`; the database has loans, young" in error.message
    assert "did you mean `loans`" in error.hint


@pytest.mark.usefixtures("warehouse")
def test_a_missing_column_is_told_as_of_a_file(run: Run) -> None:
    error = _refusal(run, _source(columns={"amonut": {"type": "number"}}))
    assert isinstance(error, MissingColumnsError)
    assert "did you mean `amount`" in error.hint


@pytest.mark.usefixtures("warehouse")
def test_a_query_that_is_wrong_is_told_in_the_words_of_the_database(run: Run) -> None:
    error = _refusal(run, _source(database={"query": "SELECT nothing_such FROM loans"}))
    assert "no such column: nothing_such" in error.message
    assert not error.transient


@pytest.mark.usefixtures("warehouse")
def test_two_columns_of_one_name_are_refused(run: Run) -> None:
    error = _refusal(run, _source(database={"query": "SELECT id, day, id AS ID FROM loans"}))
    assert "two columns `ID`" in error.message


def test_a_variable_that_is_not_set_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert f"`{VARIABLE}` is not set" in _refusal(run, _source()).message


@pytest.mark.parametrize(
    "address",
    ["secret", "postgres://user:secret@host/db", "sqlite:////secret.db", "postgresql://u:secret@h:x/d"],
)
def test_an_address_that_is_none_is_not_repeated(
    address: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    error = _refusal(run, _source())
    assert VARIABLE in error.message
    assert not error.transient


def test_a_locked_database_may_be_asked_again(warehouse: sqlite3.Connection, run: Run, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, f"sqlite:///{_path(warehouse)}?timeout=0.01")
    warehouse.execute("BEGIN EXCLUSIVE")
    assert _refusal(run, _source()).transient


def _path(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA database_list").fetchone()[2])


def test_several_sources_may_be_tried_again_only_if_all_of_them_may(
    warehouse: sqlite3.Connection, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"sqlite:///{_path(warehouse)}?timeout=0.01")
    monkeypatch.delenv("TENURE_TEST_OTHER", raising=False)
    other = Source(database={"uri": "${TENURE_TEST_OTHER}", "table": "x"}, keys=("id",))
    warehouse.execute("BEGIN EXCLUSIVE")
    assert _refusal(run, {**_source(), "again": _source()["loans"]}).transient
    assert not _refusal(run, {**_source(), "other": other}).transient
