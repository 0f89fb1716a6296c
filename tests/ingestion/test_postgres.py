"""Against a PostgreSQL of its own, started here as its Debian package installs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.sources import Source
from tenure.domain.tables import RawTable
from tenure.errors import SourceError
from tenure.ingestion import ingest
from tenure.stores import rawdatabase
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

psycopg2 = pytest.importorskip("psycopg2", reason="the extra `postgres` (psycopg2) is not installed")
pytestmark = pytest.mark.slow

VARIABLE = "TENURE_TEST_WAREHOUSE"
READER = "reader"


@pytest.fixture
def warehouse(postgres_server: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A connection of the owner; the address of a reader is in the environment."""
    connection = psycopg2.connect(**postgres_server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS risk CASCADE; DROP ROLE IF EXISTS reader")
        cursor.execute(
            f"CREATE SCHEMA risk; CREATE ROLE reader LOGIN PASSWORD '{postgres_server['password']}'"
        )
        cursor.execute("GRANT USAGE ON SCHEMA risk TO reader")
        cursor.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA risk GRANT SELECT ON TABLES TO reader")
        cursor.execute(
            'CREATE TABLE risk."Bureau" (id int, day timestamptz, amount numeric(12, 2), free numeric, '
            "whole bigint, share double precision, flag boolean, born date, tags text[], more jsonb, "
            "key uuid, name text)"
        )
        cursor.execute(
            """INSERT INTO risk."Bureau" VALUES
            (1, '2024-01-31 23:30+02', 1234567890.10, 0.1, 9007199254740993, 0.25, true, '1990-05-01',
             '{a,b}', '{"b": 1, "a": "ö"}', '00000000-0000-0000-0000-000000000001', 'Öz'),
            (2, '2024-02-01 00:30+02', -0.05, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"""
        )
    monkeypatch.setenv(VARIABLE, _address(postgres_server))
    yield connection
    connection.close()


def _address(server: dict[str, Any]) -> str:
    return f"postgresql://{READER}:{server['password']}@{server['host']}:{server['port']}/{server['dbname']}"


def _source(**database: str) -> dict[str, Source]:
    declared = {"uri": f"${{{VARIABLE}}}", **(database or {"table": "risk.Bureau"})}
    return {"bureau": Source(database=declared, keys=("id",), event_time="day")}


@pytest.fixture
def run(tmp_path: Path, store: DeltaStore) -> Callable[..., object]:
    def _run(end: str, sources: dict[str, Source]) -> object:
        period = Period(date.fromisoformat(end), PeriodUnit.MONTH, first=not store.tables())
        return ingest(period, sources=sources, root=tmp_path, store=store, engine=DuckDBEngine())

    return _run


def _refusal(run: Callable[..., object], sources: dict[str, Source]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        run("2024-02-01", sources)
    for secret in ("do-not-tell", READER, "127.0.0.1"):
        assert secret not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.usefixtures("warehouse")
def test_a_table_comes_as_it_is_with_its_types(run: Any, store: DeltaStore) -> None:
    run("2024-02-01", _source())
    first, second = store.read("bronze/bureau").sort_by("id").to_pylist()
    assert first["day"] == datetime(2024, 1, 31, 21, 30)
    assert second["day"] == datetime(2024, 1, 31, 22, 30)
    assert (first["amount"], second["amount"]) == (Decimal("1234567890.10"), Decimal("-0.05"))
    assert (first["free"], first["whole"], first["share"]) == (0.1, 9007199254740993, 0.25)
    assert (first["flag"], first["born"], first["name"]) == (True, date(1990, 5, 1), "Öz")
    assert (first["tags"], first["more"]) == ('["a", "b"]', '{"a": "ö", "b": 1}')
    assert first["key"] == "00000000-0000-0000-0000-000000000001"
    assert all(second[name] is None for name in ("free", "whole", "flag", "born", "tags", "name"))
    assert [(row["_file"], row["_row"]) for row in (first, second)] == [
        ("risk.Bureau", 1),
        ("risk.Bureau", 2),
    ]


@pytest.mark.usefixtures("warehouse")
def test_a_million_cells_are_streamed_from_the_server() -> None:
    query = "SELECT n AS id, n / 3.0 AS third, repeat('x', 100) AS text FROM generate_series(1, 200000) AS n"
    raw = RawTable("s", (VARIABLE,), "database", names=("query",), query=query)
    sizes = [batch.num_rows for batch in rawdatabase.database_batches(raw, n_rows=20_000)]
    assert (max(sizes), sum(sizes)) == (20_000, 200_000)
    rows = DuckDBEngine().read_raw(raw)
    assert rows.count().execute() == 200_000


@pytest.mark.usefixtures("warehouse")
def test_a_query_keeps_percent_signs_and_colons(run: Any, store: DeltaStore) -> None:
    query = "SELECT id, day, '50% :x'::text AS told FROM risk.\"Bureau\" WHERE name LIKE 'Ö%';"
    run("2024-02-01", _source(query=query))
    assert store.read("bronze/bureau").select(["id", "told"]).to_pylist() == [{"id": 1, "told": "50% :x"}]


@pytest.mark.usefixtures("warehouse")
def test_a_missing_table_names_those_of_its_schema(run: Any) -> None:
    error = _refusal(run, _source(table="risk.bureau"))
    assert "there is no table `risk.bureau`; schema `risk` has Bureau" in error.message
    assert "did you mean `Bureau`" in error.hint


@pytest.mark.usefixtures("warehouse")
def test_a_query_that_is_wrong_is_told_in_the_words_of_the_database(run: Any) -> None:
    error = _refusal(run, _source(query='SELECT nothing_such FROM risk."Bureau"'))
    assert 'column "nothing_such" does not exist' in error.message
    assert not error.transient


def test_a_table_that_may_not_be_read_is_told(warehouse: Any, run: Any) -> None:
    with warehouse.cursor() as cursor:
        cursor.execute('REVOKE ALL ON risk."Bureau" FROM reader')
    error = _refusal(run, _source())
    assert "permission denied for table Bureau" in error.message
    assert not error.transient


def test_nothing_can_be_written(warehouse: Any, run: Any) -> None:
    with warehouse.cursor() as cursor:
        cursor.execute('GRANT ALL ON risk."Bureau" TO reader')
        _refusal(
            run, _source(query='WITH gone AS (DELETE FROM risk."Bureau" RETURNING *) SELECT * FROM gone')
        )
        cursor.execute('SELECT count(*) FROM risk."Bureau"')
        assert cursor.fetchone() == (2,)


@pytest.mark.usefixtures("warehouse")
def test_values_that_make_a_query_fail_are_not_repeated(run: Any) -> None:
    error = _refusal(run, _source(query='SELECT id, day, name::int AS n FROM risk."Bureau"'))
    assert "Öz" not in error.message
    assert "22P02" in error.message


@pytest.mark.parametrize("what", ["password", "port"])
@pytest.mark.usefixtures("warehouse")
def test_no_connection_may_be_tried_again_and_tells_nobody_where(
    what: str, postgres_server: dict[str, Any], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = (
        _address({**postgres_server, "password": "x"})
        if what == "password"
        else _address({**postgres_server, "port": 9})
    )
    monkeypatch.setenv(VARIABLE, wrong)
    error = _refusal(run, _source())
    assert error.transient
    assert f"the database of `{VARIABLE}` does not answer" in error.message


def test_a_connection_that_breaks_while_rows_come_may_be_tried_again(warehouse: Any) -> None:
    raw = RawTable(
        "s", (VARIABLE,), "database", names=("query",), query="SELECT generate_series(1, 500000) AS n"
    )
    batches = rawdatabase.database_batches(raw, n_rows=1_000)
    assert isinstance(next(batches), pa.RecordBatch)
    with warehouse.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
    with pytest.raises(SourceError, match="broke off") as caught:
        list(batches)
    assert caught.value.transient
