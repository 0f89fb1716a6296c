from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.domain.artefacts import Bronze
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.sources import Source
from tenure.domain.tables import bronze
from tenure.errors import MissingColumnsError, SourceError
from tenure.ingestion import ingest
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

HEADER = ("id", "day", "amount")
Write = Callable[..., Path]
Run = Callable[..., Bronze]
Taken = Callable[..., list[dict[str, object]]]


def _source(**settings: object) -> dict[str, Source]:
    return {"loans": Source(**{"path": "loans.csv", "keys": ("id",), "event_time": "day", **settings})}


def _found(artefact: Bronze, code: str) -> Finding:
    return next(finding for finding in artefact.findings if finding.code == code)


def _ids(rows: list[dict[str, object]]) -> list[str]:
    return [str(row["id"]) for row in rows]


# ------------------------------------------------------------------------------------- which rows


def test_the_first_period_takes_in_all_that_was_known_by_its_end(
    write: Write, run: Run, taken: Taken
) -> None:
    write(
        "loans.csv",
        [HEADER, (1, "2019-05-01", 5), (2, "2024-01-31", 6), (3, "2024-02-01", 7), (4, "2024-02-02", 8)],
    )
    artefact = run("2024-02-01", _source())
    assert _ids(taken("loans")) == ["1", "2", "3"]
    assert artefact.slices[0].n_rows == 3
    assert _found(artefact, "ING002").outcome is Outcome.PASSED


def test_a_period_takes_in_what_became_known_after_its_start_and_not_after_its_end(
    write: Write, run: Run, taken: Taken
) -> None:
    days = [
        "2024-01-01",
        "2024-02-01",
        "2024-02-02",
        "2024-02-29 23:59:59",
        "2024-03-01 23:59:59",
        "2024-03-02",
    ]
    write("loans.csv", [HEADER, *((i, day, 0) for i, day in enumerate(days))])
    run("2024-02-01", _source())
    run("2024-03-01", _source())
    assert _ids(taken("loans", "2024-02-01")) == ["0", "1"]
    assert _ids(taken("loans", "2024-03-01")) == ["2", "3", "4"]


def test_a_delay_puts_a_row_into_the_period_in_which_it_became_known(
    write: Write, run: Run, taken: Taken
) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 0), (2, "2024-01-05", 0)])
    run("2024-02-01", _source(delay="20 days"))
    run("2024-03-01", _source(delay="20 days"))
    rows = taken("loans")
    assert [(row["id"], str(row["as_of"])) for row in rows] == [("2", "2024-02-01"), ("1", "2024-03-01")]
    assert rows[1]["_known_at"] == datetime(2024, 2, 4)


def test_bronze_holds_the_text_as_it_was_received(write: Write, run: Run, taken: Taken) -> None:
    write("loans.csv", [HEADER, (" A_", "2024-01-15", "__1,000__"), ("B", "2024-01-16", "")])
    run("2024-02-01", _source(columns={"amount": {"type": "number", "strip": "_"}}))
    rows = taken("loans")
    assert [(row["id"], row["amount"]) for row in rows] == [(" A_", "__1,000__"), ("B", None)]
    assert (rows[0]["_file"], rows[0]["_row"]) == ("loans.csv", 1)


def test_every_row_is_taken_in_once_whatever_arrives_when(tmp_path: Path, engine: DuckDBEngine) -> None:
    """Deliveries at random, late, repeated and corrected, against a ledger kept in plain Python."""
    draw = random.Random(7)  # noqa: S311 - deliveries, not secrets
    ends = [date(2024, month, 1) for month in range(2, 8)]
    raw, store = tmp_path / "loans.csv", DeltaStore(tmp_path / "datamart")
    delivered: list[tuple[str, str, str]] = []
    expected: Counter[tuple[str, str, str, str]] = Counter()
    seen: Counter[tuple[str, str, str]] = Counter()
    for number, end in enumerate(ends):
        for _ in range(12):
            day = end - timedelta(days=draw.randint(-20, 90))
            delivered.append((str(draw.randint(1, 4)), str(day), str(draw.randint(1, 2))))
        if delivered and draw.random() < 0.7:
            delivered[draw.randrange(len(delivered))] = ("9", str(ends[0]), str(number))
        lines = [",".join(HEADER), *(",".join(row) for row in delivered)]
        raw.write_text("\n".join(lines) + "\n", encoding="utf-8")
        known = Counter(row for row in delivered if row[1] <= str(end))
        for row, count in (known - seen).items():
            expected[*row, str(end)] += count
        seen |= known
        period = Period(end, PeriodUnit.MONTH, first=number == 0)
        ingest(period, sources=_source(), root=tmp_path, store=store, engine=engine)
    held = store.read(bronze("loans")).to_pylist()
    assert Counter((r["id"], r["day"], r["amount"], str(r["as_of"])) for r in held) == expected


def test_nothing_is_ever_known_after_the_end_of_its_period(write: Write, run: Run, taken: Taken) -> None:
    days = [str(date(2024, 1, 1) + timedelta(days=n)) for n in range(90)]
    write("loans.csv", [HEADER, *((n, day, 0) for n, day in enumerate(days))])
    for end in ("2024-02-01", "2024-03-01"):
        run(end, _source())
    assert all(row["_known_at"].date() <= row["as_of"] for row in taken("loans"))
    assert len(taken("loans")) == (date(2024, 3, 1) - date(2024, 1, 1)).days + 1


# -------------------------------------------------------------------------------------- run again


def test_a_second_run_changes_nothing(write: Write, run: Run, store: DeltaStore) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (1, "2024-01-15", 5), (2, "2024-02-15", 6)])
    run("2024-02-01", _source())
    run("2024-03-01", _source())
    before = store.content_hash(bronze("loans"))
    run("2024-03-01", _source())
    run("2024-02-01", _source(), first=True)
    assert store.content_hash(bronze("loans")) == before


def test_a_period_with_late_rows_runs_again_to_the_same(write: Write, run: Run, store: DeltaStore) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-01-20", 6), (3, "2024-02-20", 7)])
    first = run("2024-03-01", _source())
    before = store.content_hash(bronze("loans"))
    again = run("2024-03-01", _source())
    assert store.content_hash(bronze("loans")) == before
    assert again.findings == first.findings


def test_an_earlier_period_that_runs_again_leaves_late_rows_where_they_are(
    write: Write, run: Run, taken: Taken
) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-02-15", 6)])
    run("2024-02-01", _source())
    run("2024-03-01", _source())
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-02-15", 6), (3, "2024-02-20", 7)])
    run("2024-04-01", _source())
    run("2024-03-01", _source())
    assert [(row["id"], str(row["as_of"])) for row in taken("loans")] == [
        ("1", "2024-02-01"),
        ("2", "2024-03-01"),
        ("3", "2024-04-01"),
    ]


# -------------------------------------------------------------------------- late and corrected rows


def test_a_late_row_counts_as_known_at_the_last_moment_of_its_period(
    write: Write, run: Run, taken: Taken
) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-01-20", 6), (3, "2024-02-20", 7)])
    finding = _found(run("2024-03-01", _source()), "ING002")
    rows = {row["id"]: row for row in taken("loans", "2024-03-01")}
    assert rows["2"]["_event_time"] == datetime(2024, 1, 20)
    assert rows["2"]["_known_at"] == datetime(2024, 3, 1, 23, 59, 59, 999999)
    assert rows["3"]["_known_at"] == datetime(2024, 2, 20)
    assert (finding.outcome, finding.severity, finding.n_rows) == (Outcome.FOUND, Severity.WARNING, 1)
    assert "41 days" in finding.message


def test_a_late_row_is_taken_in_once(write: Write, run: Run, taken: Taken) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-01-20", 6), (3, "2024-03-20", 0)])
    run("2024-03-01", _source())
    assert _found(run("2024-04-01", _source()), "ING002").outcome is Outcome.PASSED
    assert _ids(taken("loans")) == ["1", "2", "3"]


def test_a_row_corrected_in_place_is_seen_although_the_count_is_the_same(
    write: Write, run: Run, taken: Taken
) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-01-20", 6)])
    run("2024-02-01", _source())
    write("loans.csv", [HEADER, (1, "2024-01-15", 99), (2, "2024-01-20", 6)])
    assert _found(run("2024-03-01", _source()), "ING002").n_rows == 1
    assert [(row["id"], row["amount"]) for row in taken("loans")] == [("1", "5"), ("2", "6"), ("1", "99")]


def test_a_second_copy_of_an_old_row_is_late_and_the_first_is_not(
    write: Write, run: Run, taken: Taken
) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (1, "2024-01-15", 5)])
    assert _found(run("2024-03-01", _source()), "ING002").n_rows == 1
    assert len(taken("loans")) == 2


def test_a_row_taken_away_from_the_file_stays_in_bronze(write: Write, run: Run, taken: Taken) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-01-16", 5)])
    run("2024-02-01", _source())
    write("loans.csv", [HEADER, (2, "2024-01-16", 5), (3, "2024-02-16", 5)])
    assert _found(run("2024-03-01", _source()), "ING002").outcome is Outcome.PASSED
    assert _ids(taken("loans")) == ["1", "2", "3"]


def test_the_history_of_a_new_source_counts_as_late(write: Write, run: Run, taken: Taken) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    write("clicks.csv", [HEADER, (1, "2023-01-15", 5), (2, "2024-02-15", 5)])
    run("2024-02-01", _source())
    both = {**_source(), "clicks": Source(path="clicks.csv", keys=("id",), event_time="day")}
    findings = [f for f in run("2024-03-01", both).findings if f.scope == "clicks" and f.code == "ING002"]
    assert "`clicks` is new" in findings[0].message
    assert [row["_known_at"].date() for row in taken("clicks")] == [date(2024, 3, 1), date(2024, 2, 15)]


# ---------------------------------------------------------------------------------------- columns


def test_a_rename_makes_no_row_late(write: Write, run: Run, taken: Taken) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    sources = _source(columns={"amount": {"renamed_from": ("betrag",)}})
    run("2024-02-01", sources)
    write("loans.csv", [("id", "day", "betrag"), (1, "2024-01-15", 5), (2, "2024-02-15", 6)])
    artefact = run("2024-03-01", sources)
    assert _found(artefact, "ING002").outcome is Outcome.PASSED
    assert _found(artefact, "ING004").outcome is Outcome.PASSED
    assert [(row.get("amount"), row.get("betrag")) for row in taken("loans")] == [("5", None), (None, "6")]


def test_a_column_added_to_the_whole_history_makes_no_row_late(write: Write, run: Run, taken: Taken) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    wide = [(*HEADER, "score"), (1, "2024-01-15", 5, 9), (2, "2024-02-15", 6, 8), (3, "2024-03-15", 6, 7)]
    write("loans.csv", wide)
    artefact = run("2024-03-01", _source())
    assert _found(artefact, "ING002").outcome is Outcome.PASSED
    assert (_found(artefact, "ING004").column, _found(artefact, "ING004").severity) == (
        "score",
        Severity.WARNING,
    )
    assert _found(run("2024-04-01", _source()), "ING002").outcome is Outcome.PASSED
    assert [row["score"] for row in taken("loans")] == [None, "8", "7"]


def test_a_new_column_is_told_once_with_those_that_are_gone(write: Write, run: Run) -> None:
    write("loans-01.csv", [HEADER, (1, "2024-01-15", 5)])
    sources = _source(path="loans-*.csv")
    run("2024-02-01", sources)
    write("loans-02.csv", [("id", "day", "betrag"), (2, "2024-02-15", 5)])
    finding = _found(run("2024-03-01", sources), "ING004")
    assert finding.examples == ("betrag",)
    assert "no longer there: `amount`" in finding.message
    write("loans-03.csv", [("id", "day", "betrag"), (3, "2024-03-15", 5)])
    assert _found(run("2024-04-01", sources), "ING004").outcome is Outcome.PASSED


def test_a_file_that_is_not_due_yet_cannot_stop_a_period(write: Write, run: Run) -> None:
    """A replay has the files of later months at hand; as of a date they were not there."""
    write("loans-01.csv", [HEADER, (1, "2024-01-15", 5)])
    write("loans-02.csv", [("id", "day", "betrag"), (2, "2024-02-15", 5)])
    sources = _source(path="loans-*.csv", columns={"amount": {"type": "number"}})
    artefact = run("2024-02-01", sources)
    assert artefact.proceeds
    with pytest.raises(MissingColumnsError, match="`amount`") as caught:
        run("2024-03-01", sources)
    assert "loans-02.csv" in caught.value.hint


def test_columns_of_files_that_are_not_due_yet_are_not_in_bronze(
    write: Write, run: Run, store: DeltaStore
) -> None:
    write("loans-01.csv", [HEADER, (1, "2024-01-15", 5)])
    write("loans-02.csv", [(*HEADER, "score"), (2, "2024-02-15", 5, 9)])
    run("2024-02-01", _source(path="loans-*.csv"))
    assert "score" not in store.snapshot(bronze("loans")).schema.names
    run("2024-03-01", _source(path="loans-*.csv"))
    assert "score" in store.snapshot(bronze("loans")).schema.names


def test_an_optional_column_may_be_missing(write: Write, run: Run) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    finding = _found(run("2024-02-01", _source(columns={"score": {"required": False}})), "ING005")
    assert (finding.outcome, finding.column) == (Outcome.FOUND, "score")


@pytest.mark.parametrize("name", ["Yıllık Gelir", "İlçe", "a.b", 'say "hi"', "semi;colon", "x y  z"])
def test_column_names_of_any_kind_come_through(write: Write, run: Run, taken: Taken, name: str) -> None:
    write("loans.csv", [("id", "day", name), (1, "2024-01-15", "değer")])
    run("2024-02-01", _source(columns={name: {"type": "text"}}))
    write("loans.csv", [("id", "day", name), (1, "2024-01-15", "değer"), (2, "2024-01-16", "ı")])
    run("2024-03-01", _source(columns={name: {"type": "text"}}))
    assert [row[name] for row in taken("loans")] == ["değer", "ı"]


# ---------------------------------------------------------------------------------- static sources


def test_a_source_without_event_time_is_taken_in_whole_and_only_when_it_changed(
    write: Write, run: Run, taken: Taken
) -> None:
    sources = {"branches": Source(path="branches.csv", keys=("id",))}
    write("branches.csv", [("id", "city"), (1, "İzmir"), (2, "Bonn")])
    run("2024-02-01", sources)
    unchanged = run("2024-03-01", sources)
    assert (unchanged.slices[0].n_rows, _found(unchanged, "ING006").outcome) == (0, Outcome.PASSED)
    write("branches.csv", [("id", "city"), (1, "İzmir"), (2, "Köln")])
    changed = _found(run("2024-04-01", sources), "ING006")
    assert (changed.outcome, changed.severity, changed.n_rows) == (Outcome.FOUND, Severity.INFO, 2)
    assert [(str(row["as_of"]), row["city"]) for row in taken("branches")] == [
        ("2024-02-01", "İzmir"),
        ("2024-02-01", "Bonn"),
        ("2024-04-01", "İzmir"),
        ("2024-04-01", "Köln"),
    ]
    assert {row["_known_at"] for row in taken("branches")} == {None}


def test_a_changed_static_source_that_runs_again_changes_nothing(
    write: Write, run: Run, store: DeltaStore
) -> None:
    sources = {"branches": Source(path="branches.csv", keys=("id",))}
    write("branches.csv", [("id", "city"), (1, "İzmir")])
    run("2024-02-01", sources)
    write("branches.csv", [("id", "city"), (1, "Bonn")])
    run("2024-03-01", sources)
    before = store.content_hash(bronze("branches"))
    run("2024-03-01", sources)
    assert store.content_hash(bronze("branches")) == before


# --------------------------------------------------------------------------- nothing by halves


def test_one_bad_source_leaves_every_table_as_it_was(write: Write, run: Run, store: DeltaStore) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    sources = {**_source(), "clicks": Source(path="clicks.csv", keys=("id",), event_time="day")}
    with pytest.raises(SourceError, match="`clicks`"):
        run("2024-02-01", sources)
    assert store.tables() == ()


def test_the_problems_of_all_sources_are_told_at_once(write: Write, run: Run) -> None:
    write("loans.csv", [("id", "amount"), (1, 5)])
    sources = {**_source(), "clicks": Source(path="clicks.csv", keys=("id",), event_time="day")}
    with pytest.raises(SourceError, match=r"2 sources cannot be taken in") as caught:
        run("2024-02-01", sources)
    assert "no column `day`" in caught.value.message
    assert "no file at `clicks.csv`" in caught.value.message


def test_a_finding_that_the_project_makes_an_error_stops_the_period(
    write: Write, run: Run, store: DeltaStore
) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    before = store.content_hash(bronze("loans"))
    artefact = run("2024-03-01", _source(severity={"ING001": "error"}))
    assert not artefact.proceeds
    assert artefact.slices == ()
    assert store.content_hash(bronze("loans")) == before


def test_a_finding_that_the_project_switches_off_is_muted(write: Write, run: Run) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    finding = _found(run("2024-03-01", _source(severity={"ING001": "off"})), "ING001")
    assert finding.outcome is Outcome.MUTED


def test_a_feed_that_stands_still_is_found(write: Write, run: Run, taken: Taken) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    run("2024-02-01", _source())
    artefact = run("2024-03-01", _source())
    finding = _found(artefact, "ING001")
    assert (finding.outcome, finding.severity) == (Outcome.FOUND, Severity.WARNING)
    assert "2024-01-15" in finding.message
    assert artefact.slices[0].n_rows == 0
    assert len(taken("loans")) == 1


def test_an_outage_does_not_read_the_newest_row_from_the_future(write: Write, run: Run) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5), (2, "2024-06-15", 5)])
    run("2024-02-01", _source())
    assert "2024-01-15" in _found(run("2024-03-01", _source()), "ING001").message


def test_nothing_known_by_the_end_of_the_first_period_is_an_error(write: Write, run: Run) -> None:
    write("loans.csv", [HEADER, (1, "2024-01-15", 5)])
    with pytest.raises(
        SourceError, match=r"nothing was known by 2020-01-01: the first row of `loans`.*2024-01-15"
    ):
        run("2020-01-01", _source())


# ------------------------------------------------------------------------------------------ Parquet


def test_parquet_keeps_its_types(tmp_path: Path, run: Run, store: DeltaStore) -> None:
    (tmp_path / "raw").mkdir()
    table = pa.table({"id": [1], "day": [date(2024, 1, 15)], "amount": [2.5], "ok": [True]})
    pq.write_table(table, tmp_path / "raw" / "loans.parquet")
    run("2024-02-01", _source(path="loans.parquet"))
    schema = store.snapshot(bronze("loans")).schema
    assert [str(schema.field(name).type) for name in ("id", "amount", "ok")] == ["int64", "double", "bool"]


def test_whole_numbers_that_came_as_floats_stay_what_bronze_holds(
    tmp_path: Path, run: Run, taken: Taken
) -> None:
    """pandas writes integers with a null among them as floats."""
    (tmp_path / "raw").mkdir()
    first = pa.table({"id": ["1"], "day": [date(2024, 1, 15)], "n": pa.array([5], pa.int64())})
    second = pa.table({"id": ["2", "3"], "day": [date(2024, 2, 15)] * 2, "n": pa.array([7.0, None])})
    pq.write_table(first, tmp_path / "raw" / "loans.parquet")
    run("2024-02-01", _source(path="loans.parquet"))
    pq.write_table(second, tmp_path / "raw" / "loans.parquet")
    run("2024-03-01", _source(path="loans.parquet"))
    assert [row["n"] for row in taken("loans")] == [5, 7, None]


def test_values_that_bronze_cannot_hold_are_refused(tmp_path: Path, run: Run, store: DeltaStore) -> None:
    (tmp_path / "raw").mkdir()
    first = pa.table({"id": ["1"], "day": [date(2024, 1, 15)], "n": pa.array([5], pa.int64())})
    second = pa.table({"id": ["2"], "day": [date(2024, 2, 15)], "n": pa.array([7.5])})
    pq.write_table(first, tmp_path / "raw" / "loans.parquet")
    run("2024-02-01", _source(path="loans.parquet"))
    before = store.content_hash(bronze("loans"))
    pq.write_table(second, tmp_path / "raw" / "loans.parquet")
    with pytest.raises(SourceError, match=r"`n` came as float64, but bronze holds int64"):
        run("2024-03-01", _source(path="loans.parquet"))
    assert store.content_hash(bronze("loans")) == before


def test_rows_without_a_time_are_told_with_the_file_that_delivers_them(write: Write, run: Run) -> None:
    """Not again and again, and not before: a file of a later month was not there."""
    write("loans-01.csv", [HEADER, (1, "2024-01-15", 5)])
    write("loans-02.csv", [HEADER, (2, "2024-02-15", 5), (3, "n/a", 6)])
    write("loans-03.csv", [HEADER, (4, "2024-03-15", 5)])
    outcomes = {}
    for end in ("2024-02-01", "2024-03-01", "2024-04-01"):
        outcomes[end] = _found(run(end, _source(path="loans-*.csv")), "ING003").outcome
    assert outcomes == {
        "2024-02-01": Outcome.PASSED,
        "2024-03-01": Outcome.FOUND,
        "2024-04-01": Outcome.PASSED,
    }
