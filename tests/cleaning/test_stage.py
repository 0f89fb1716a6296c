from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.cleaning import clean
from tenure.domain.artefacts import Bronze, Repair, Silver, Validation
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import silver
from tenure.errors import PeriodStoppedError
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

HEADER = ("id", "day", "age")
Write = Callable[..., Path]
Run = Callable[..., Silver]
Cleaned = Callable[..., list[dict[str, object]]]


def _source(**settings: object) -> dict[str, Source]:
    columns = settings.pop("columns", {"age": {"type": "integer", "strip": "_", "between": (18, 100)}})
    common = {"path": "people.csv", "keys": ("id",), "event_time": "day", "columns": columns}
    return {"people": Source(**{**common, **settings})}


def _found(artefact: Silver, code: str) -> Finding:
    return next(finding for finding in artefact.findings if finding.code == code)


def _ages(rows: list[dict[str, object]]) -> list[object]:
    return [row["age"] for row in rows]


# ---------------------------------------------------------------------------------------- repairs


def test_values_are_typed_repaired_and_counted_by_kind(write: Write, run: Run, cleaned: Cleaned) -> None:
    ages = ["32_", "-500", "8678", "41", "", "old", "__", "_77_"]
    write("people.csv", [HEADER, *((i, "2024-01-15", age) for i, age in enumerate(ages))])
    artefact = run("2024-02-01", _source())
    assert _ages(cleaned("people")) == [32, None, None, 41, None, None, None, 77]
    assert artefact.repairs == (
        Repair("people", "age", "null_value", 1),
        Repair("people", "age", "unreadable", 1),
        Repair("people", "age", "out_of_range", 2),
        Repair("people", "age", "stripped", 2),
    )


def test_silver_has_the_declared_types_and_the_times(write: Write, run: Run, store: DeltaStore) -> None:
    columns = {
        "n": {"type": "integer"},
        "x": {"type": "number"},
        "c": {"type": "category"},
        "t": {"type": "text"},
        "b": {"type": "boolean"},
        "d": {"type": "date", "format": "%d.%m.%Y"},
        "m": {"type": "months"},
    }
    header = ("id", "day", *columns)
    row = (1, "2024-01-15", "11.0", "2.5", "Good", "words", "Yes", "03.02.2021", "10 Years and 9 Months")
    write("people.csv", [header, row])
    run("2024-02-01", _source(columns=columns))
    table = store.read(silver("people"))
    types = {field.name: str(field.type) for field in table.schema}
    assert types == {
        "id": "string",
        "day": "timestamp[us]",
        "n": "int64",
        "x": "double",
        "c": "string",
        "t": "string",
        "b": "bool",
        "d": "timestamp[us]",
        "m": "int64",
        "_event_time": "timestamp[us]",
        "_known_at": "timestamp[us]",
        "as_of": "date32[day]",
    }
    kept = table.to_pylist()[0]
    assert [kept[name] for name in columns] == [11, 2.5, "Good", "words", True, datetime(2021, 2, 3), 129]


def test_columns_without_rules_stay_text_but_for_blanks(write: Write, run: Run, cleaned: Cleaned) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", " 41 "), (2, "2024-01-15", "  ")])
    run("2024-02-01", _source(columns={}))
    assert _ages(cleaned("people")) == ["41", None]


def test_parquet_columns_without_rules_keep_their_types(tmp_path: Path, run: Run, store: DeltaStore) -> None:
    (tmp_path / "raw").mkdir()
    table = pa.table(
        {
            "id": ["1", "2"],
            "day": [date(2024, 1, 15)] * 2,
            "n": pa.array([5, None], pa.int32()),
            "x": pa.array([float("inf"), float("nan")]),
            "since": pa.array([date(2020, 1, 1)] * 2),
        }
    )
    pq.write_table(table, tmp_path / "raw" / "people.parquet")
    artefact = run("2024-02-01", _source(path="people.parquet", columns={}))
    kept = store.read(silver("people")).sort_by("id")
    assert [str(kept.schema.field(name).type) for name in ("n", "x", "since")] == [
        "int64",
        "double",
        "timestamp[us]",
    ]
    assert kept["x"].to_pylist() == [None, None]
    assert artefact.repairs == (Repair("people", "x", "infinite", 1),)


def test_a_value_that_is_kept_is_counted_all_the_same(write: Write, run: Run, cleaned: Cleaned) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 500)])
    rules = {"age": {"type": "integer", "between": (18, 100), "otherwise": "keep"}}
    artefact = run("2024-02-01", _source(columns=rules))
    assert _ages(cleaned("people")) == [500]
    assert artefact.repairs == (Repair("people", "age", "out_of_range", 1),)


def test_a_renamed_column_lands_under_its_declared_name(write: Write, run: Run, cleaned: Cleaned) -> None:
    rules = {"age": {"type": "integer", "renamed_from": ("years",)}}
    write("people-01.csv", [("id", "day", "years"), (1, "2024-01-15", 41)])
    write("people-02.csv", [HEADER, (2, "2024-02-15", 42)])
    sources = _source(path="people-*.csv", columns=rules)
    run("2024-02-01", sources)
    run("2024-03-01", sources)
    assert _ages(cleaned("people")) == [41, 42]
    assert "years" not in cleaned("people")[0]


def test_a_declared_column_that_did_not_come_is_null(write: Write, run: Run, store: DeltaStore) -> None:
    write("people.csv", [("id", "day"), (1, "2024-01-15")])
    run("2024-02-01", _source(columns={"age": {"type": "integer", "required": False}}))
    column = store.read(silver("people"))["age"]
    assert (str(column.type), column.to_pylist()) == ("int64", [None])


def test_turkish_letters_are_left_as_they_are(write: Write, run: Run, cleaned: Cleaned) -> None:
    rules = {"İlçe": {"type": "category", "values": ("İstanbul", "Iğdır"), "null_values": ("ı",)}}
    names = ["İstanbul", "istanbul", "Iğdır", "ı", "I"]
    write("people.csv", [("id", "day", "İlçe"), *((i, "2024-01-15", name) for i, name in enumerate(names))])
    artefact = run("2024-02-01", _source(columns=rules))
    assert [row["İlçe"] for row in cleaned("people")] == ["İstanbul", None, "Iğdır", None, None]
    assert {repair.kind: repair.n_values for repair in artefact.repairs} == {
        "null_value": 1,
        "unknown_category": 2,
    }


# ------------------------------------------------------------------- copies, conflicts, corrections


def test_of_rows_that_say_the_same_one_is_kept(write: Write, run: Run, cleaned: Cleaned) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 41), (1, "2024-01-15", "41_"), (2, "2024-01-15", 41)])
    artefact = run("2024-02-01", _source())
    assert len(cleaned("people")) == 2
    assert artefact.slices[0].n_rows == 2
    assert (_found(artefact, "CLN001").n_rows, _found(artefact, "CLN001").severity) == (1, Severity.WARNING)
    assert _found(artefact, "CLN002").outcome is Outcome.PASSED


def test_of_rows_that_contradict_each_other_the_last_by_file_and_row_is_kept(
    write: Write, run: Run, cleaned: Cleaned
) -> None:
    write("people-b.csv", [HEADER, (1, "2024-01-15", 50), (1, "2024-01-15", 51)])
    write("people-a.csv", [HEADER, (1, "2024-01-15", 99), (1, "2024-01-16", 40)])
    artefact = run("2024-02-01", _source(path="people-*.csv"))
    assert _ages(cleaned("people")) == [51, 40]
    finding = _found(artefact, "CLN002")
    assert (finding.severity, finding.n_rows, finding.examples) == (
        Severity.WARNING,
        2,
        ("id=1 at 2024-01-15",),
    )


def test_rows_without_a_key_are_not_taken_for_the_same(write: Write, run: Run, cleaned: Cleaned) -> None:
    write("people.csv", [HEADER, ("", "2024-01-15", 50), ("", "2024-01-15", 51)])
    artefact = run("2024-02-01", _source())
    assert sorted(_ages(cleaned("people"))) == [50, 51]
    assert _found(artefact, "CLN002").outcome is Outcome.PASSED


def test_a_child_table_keeps_all_its_rows_and_tells_of_copies(
    write: Write, run: Run, cleaned: Cleaned
) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 41), (1, "2024-01-15", 41), (1, "2024-01-15", 42)])
    artefact = run("2024-02-01", _source(unique=False))
    assert sorted(_ages(cleaned("people"))) == [41, 41, 42]
    assert (_found(artefact, "CLN001").n_rows, _found(artefact, "CLN001").severity) == (1, Severity.INFO)
    assert _found(artefact, "CLN002").outcome is Outcome.PASSED


def test_examples_never_show_a_private_key(write: Write, run: Run) -> None:
    write("people.csv", [HEADER, ("913-74", "2024-01-15", 50), ("913-74", "2024-01-15", 51)])
    artefact = run("2024-02-01", _source(columns={"id": {"pii": True}, "age": {"type": "integer"}}))
    finding = _found(artefact, "CLN002")
    assert finding.outcome is Outcome.FOUND
    assert not finding.examples
    assert "913" not in finding.message


def test_a_corrected_row_stays_beside_the_one_it_corrects(write: Write, run: Run, cleaned: Cleaned) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 41), (2, "2024-01-15", 30)])
    run("2024-02-01", _source())
    write("people.csv", [HEADER, (1, "2024-01-15", 42), (2, "2024-01-15", "30_"), (3, "2024-01-16", 20)])
    artefact = run("2024-03-01", _source())
    rows = [(row["id"], row["age"], str(row["as_of"])) for row in cleaned("people")]
    assert rows[:2] == [("1", 41, "2024-02-01"), ("2", 30, "2024-02-01")]
    assert ("1", 42, "2024-03-01") in rows
    finding = _found(artefact, "CLN003")
    assert (finding.outcome, finding.n_rows, finding.examples) == (Outcome.FOUND, 1, ("id=1 at 2024-01-15",))


def test_a_correction_known_by_its_own_column_is_found_without_being_late(write: Write, run: Run) -> None:
    sources = _source(known_at="sent")
    header = ("id", "day", "sent", "age")
    write("people.csv", [header, (1, "2024-01-15", "2024-01-16", 41), (1, "2024-01-15", "2024-02-16", 42)])
    assert _found(run("2024-02-01", sources), "CLN003").outcome is Outcome.PASSED
    assert _found(run("2024-03-01", sources), "CLN003").n_rows == 1


# -------------------------------------------------------------------------------- periods and runs


def test_a_second_run_changes_nothing(
    write: Write, run: Run, store: DeltaStore, engine: DuckDBEngine
) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 41), (1, "2024-01-15", 42), (2, "2024-01-15", "_3_")])
    run("2024-02-01", _source())
    before = store.content_hash(silver("people"))
    period = Period(date(2024, 2, 1), first=True)
    clean(Bronze(period, ()), Validation(period, ()), sources=_source(), store=store, engine=engine)
    assert store.content_hash(silver("people")) == before


def test_a_period_without_rows_leaves_no_rows_in_silver(write: Write, run: Run, cleaned: Cleaned) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 41)])
    run("2024-02-01", _source())
    artefact = run("2024-03-01", _source())
    assert artefact.slices[0].n_rows == 0
    assert cleaned("people", "2024-03-01") == []


def test_a_first_period_without_rows_still_makes_the_table(write: Write, run: Run, store: DeltaStore) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 41)])
    write("clicks.csv", [HEADER, (1, "2024-03-15", 41)])
    sources = {**_source(), "clicks": Source(path="clicks.csv", keys=("id",), event_time="day")}
    run("2024-02-01", sources)
    assert store.exists(silver("clicks"))
    assert store.read(silver("clicks")).num_rows == 0


def test_a_source_without_event_time_is_cleaned_when_it_changed(
    write: Write, run: Run, cleaned: Cleaned
) -> None:
    sources = {"branches": Source(path="branches.csv", keys=("id",), columns={"size": {"type": "integer"}})}
    write("branches.csv", [("id", "size"), (1, 5)])
    run("2024-02-01", sources)
    run("2024-03-01", sources)
    write("branches.csv", [("id", "size"), (1, 6)])
    run("2024-04-01", sources)
    rows = [(str(row["as_of"]), row["size"], row["_known_at"]) for row in cleaned("branches")]
    assert rows == [("2024-02-01", 5, None), ("2024-04-01", 6, None)]


def test_nothing_is_cleaned_that_validation_refused(store: DeltaStore, engine: DuckDBEngine) -> None:
    period = Period(date(2024, 2, 1), first=True)
    refused = Validation(period, (Finding("VAL004", Severity.ERROR, "rows without a key"),))
    with pytest.raises(PeriodStoppedError, match="rows without a key"):
        clean(Bronze(period, ()), refused, sources=_source(), store=store, engine=engine)
    assert store.tables() == ()


def test_a_finding_that_the_project_makes_an_error_leaves_silver_as_it_was(
    write: Write, run: Run, store: DeltaStore
) -> None:
    write("people.csv", [HEADER, (1, "2024-01-15", 50), (1, "2024-01-15", 51)])
    with pytest.raises(PeriodStoppedError, match="CLN002"):
        run("2024-02-01", _source(severity={"CLN002": "error"}))
    assert not store.exists(silver("people"))
