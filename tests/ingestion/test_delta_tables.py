from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tenure.domain.artefacts import Bronze
from tenure.domain.findings import Outcome
from tenure.domain.sources import Source
from tenure.errors import MissingColumnsError, SourceError
from tenure.ingestion.files import find_files
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

Run = Callable[..., Bronze]
Taken = Callable[..., list[dict[str, object]]]


def _source(**settings: object) -> dict[str, Source]:
    return {"loans": Source(**{"path": "loans", "keys": ("id",), "event_time": "day", **settings})}


def _rows(*rows: tuple[int, str, float]) -> pa.Table:
    ids, days, amounts = zip(*rows, strict=True)
    times = pa.array([datetime.fromisoformat(day) for day in days], pa.timestamp("us"))
    return pa.table(
        {"id": pa.array(ids, pa.int64()), "day": times, "amount": pa.array(amounts, pa.float64())}
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Another team's table: three commits, the last one a removal."""
    path = tmp_path / "raw" / "loans"
    write_deltalake(path, _rows((1, "2024-01-05", 5.0), (2, "2024-01-20", 6.0)))
    write_deltalake(path, _rows((3, "2024-02-10", 7.0), (4, "2024-03-10", 8.0)), mode="append")
    DeltaTable(path).delete("id = 2")
    return path


def test_a_folder_with_a_delta_log_is_a_delta_table(table: Path, tmp_path: Path) -> None:
    raw = find_files("loans", _source()["loans"], tmp_path / "raw")
    assert (raw.format, raw.files) == ("delta", (str(table),))


def test_rows_taken_out_of_a_delta_table_are_not_read_though_their_files_are_there(
    table: Path, run: Run, taken: Taken
) -> None:
    run("2024-03-01", _source())
    assert sorted(row["id"] for row in taken("loans")) == [1, 3]
    assert len(list(table.glob("*.parquet"))) == 3


@pytest.mark.usefixtures("table")
def test_a_period_takes_in_what_was_known_in_it_whatever_the_version(run: Run, taken: Taken) -> None:
    for end in ("2024-02-01", "2024-03-01", "2024-04-01"):
        run(end, _source())
    assert [(row["id"], str(row["as_of"])) for row in taken("loans")] == [
        (1, "2024-02-01"),
        (3, "2024-03-01"),
        (4, "2024-04-01"),
    ]


def test_bronze_says_which_file_and_row_of_the_table_and_the_finding_which_version(
    table: Path, run: Run, taken: Taken
) -> None:
    artefact = run("2024-03-01", _source())
    there = {path.name for path in table.glob("*.parquet")}
    assert all(row["_file"] in there and row["_row"] == 1 for row in taken("loans"))
    (version,) = (finding for finding in artefact.findings if finding.code == "ING007")
    assert version.outcome is Outcome.PASSED
    assert "version 2" in version.message


def test_files_put_together_and_written_anew_make_no_row_late(table: Path, run: Run, taken: Taken) -> None:
    run("2024-02-01", _source())
    DeltaTable(table).optimize.compact()
    artefact = run("2024-03-01", _source())
    (late,) = (finding for finding in artefact.findings if finding.code == "ING002")
    assert late.outcome is Outcome.PASSED
    assert [row["id"] for row in taken("loans")] == [1, 3]


def test_a_row_changed_in_the_table_comes_in_as_late_and_the_old_one_stays(
    table: Path, run: Run, taken: Taken
) -> None:
    run("2024-02-01", _source())
    DeltaTable(table).update(updates={"amount": "55.0"}, predicate="id = 1")
    run("2024-03-01", _source())
    assert sorted((row["id"], row["amount"], str(row["as_of"])) for row in taken("loans")) == [
        (1, 5.0, "2024-02-01"),
        (1, 55.0, "2024-03-01"),
        (3, 7.0, "2024-03-01"),
    ]


def test_a_column_added_later_is_null_in_older_files_and_partitions_have_their_values(
    tmp_path: Path, run: Run, taken: Taken
) -> None:
    path = tmp_path / "raw" / "loans"
    older = _rows((1, "2024-01-05", 5.0)).append_column("city", pa.array(["İzmir / x"]))
    newer = _rows((2, "2024-01-06", 6.0)).append_column("city", pa.array(["Ankara"]))
    write_deltalake(path, older, partition_by=["city"])
    newer = newer.append_column("score", pa.array([0.5]))
    write_deltalake(path, newer, mode="append", schema_mode="merge")
    run("2024-02-01", _source())
    found = sorted((row["id"], row["city"], row["score"]) for row in taken("loans"))
    assert found == [(1, "İzmir / x", None), (2, "Ankara", 0.5)]


def test_times_with_a_zone_are_told_in_utc(tmp_path: Path, run: Run, taken: Taken) -> None:
    moment = datetime(2024, 1, 31, 22, 30, tzinfo=UTC)
    rows = pa.table({"id": [1], "day": pa.array([moment], pa.timestamp("us", "UTC"))})
    write_deltalake(tmp_path / "raw" / "loans", rows)
    run("2024-02-01", _source())
    assert [row["_event_time"] for row in taken("loans")] == [datetime(2024, 1, 31, 22, 30)]


def test_a_table_of_another_datamart_keeps_its_own_times_under_other_names(
    tmp_path: Path, run: Run, taken: Taken
) -> None:
    rows = _rows((1, "2024-01-05", 5.0))
    known = pa.array([datetime(2024, 2, 3)], pa.timestamp("us"))
    theirs = DeltaStore(tmp_path / "raw" / "risk")
    when = datetime(2024, 3, 1).date()
    theirs.replace("silver/bureau", rows.append_column("_known_at", known), as_of=when)
    source = _source(path="risk/silver/bureau", known_at="their_known_at")
    run("2024-03-01", source)
    (row,) = taken("loans")
    assert (row["their_as_of"], row["their_known_at"]) == (when, datetime(2024, 2, 3))
    assert str(row["as_of"]) == "2024-03-01"
    assert row["_known_at"] == datetime(2024, 2, 3)


def test_a_pinned_table_is_read_at_its_version_whatever_is_written_meanwhile(
    table: Path, engine: DuckDBEngine, tmp_path: Path
) -> None:
    raw = engine.pin_raw(find_files("loans", _source()["loans"], tmp_path / "raw"))
    write_deltalake(table, _rows((9, "2024-01-01", 1.0)), mode="append")
    assert raw.version == 2
    assert sorted(engine.arrow(engine.read_raw(raw))["id"].to_pylist()) == [1, 3, 4]


def test_a_missing_table_says_what_a_delta_table_is(run: Run) -> None:
    with pytest.raises(SourceError, match="`loans`: there is no Delta table at") as caught:
        run("2024-02-01", _source(path="absent", format="delta"))
    assert not caught.value.transient
    assert "_delta_log" in caught.value.hint


@pytest.mark.usefixtures("table")
def test_a_declared_column_that_the_table_lacks_is_named(run: Run) -> None:
    with pytest.raises(MissingColumnsError, match="no column `amuont`") as caught:
        run("2024-02-01", _source(columns={"amuont": {"type": "number"}}))
    assert "did you mean `amount`" in caught.value.hint


def test_a_file_of_the_table_that_was_removed_by_hand_is_an_error(table: Path, run: Run) -> None:
    for path in table.glob("*.parquet"):
        path.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        run("2024-02-01", _source())


@pytest.mark.usefixtures("table")
def test_a_delta_table_declared_as_parquet_is_refused(run: Run) -> None:
    with pytest.raises(SourceError, match="is a Delta table, declared as parquet"):
        run("2024-02-01", _source(format="parquet"))


def test_an_address_needs_the_format_to_be_stated(run: Run) -> None:
    with pytest.raises(SourceError, match="is an address; only Delta tables") as caught:
        run("2024-02-01", _source(path="s3://bucket/loans"))
    assert "format: delta" in caught.value.hint


def test_an_object_store_that_does_not_answer_may_be_asked_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "user",
        "AWS_SECRET_ACCESS_KEY": "do-not-tell",
        "AWS_REGION": "eu-west-1",
        "max_retries": "0",
        "retry_timeout": "1s",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SourceError, match="cannot be read") as caught:
        run("2024-02-01", _source(path="s3://bucket/loans", format="delta"))
    assert caught.value.transient
    assert "do-not-tell" not in str(caught.value)


def test_a_feature_of_the_format_that_is_not_understood_is_refused(table: Path, run: Run) -> None:
    log = max((table / "_delta_log").glob("*.json"))
    newer = log.with_name("00000000000000000003.json")
    newer.write_text(
        '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,'
        '"readerFeatures":["timestampNtz","deletionVectors"],'
        '"writerFeatures":["timestampNtz","deletionVectors"]}}\n'
    )
    with pytest.raises(SourceError, match="not understood"):
        run("2024-02-01", _source())
