"""Bad input: a clear error (or finding), and every table as it was."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.cleaning import clean
from tenure.domain.artefacts import Silver, Validation
from tenure.domain.findings import Finding, Outcome
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import bronze, silver
from tenure.errors import MissingColumnsError, SourceError
from tenure.ingestion import ingest
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

HEADER = ("id", "day", "amount")
GOOD = [HEADER, (1, "2024-01-15", 5), (2, "2024-01-16", 6)]
JANUARY = Period(date(2024, 2, 1), first=True)
FEBRUARY = Period(date(2024, 3, 1))


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


@pytest.fixture
def store(tmp_path: Path) -> DeltaStore:
    return DeltaStore(tmp_path / "datamart")


class Lender:
    """A project of one source, whose file a test spoils between two periods."""

    def __init__(self, root: Path, store: DeltaStore, engine: DuckDBEngine) -> None:
        self.root = root
        self.store = store
        self._engine = engine

    def deliver(self, rows: Sequence[Sequence[object]], name: str = "loans.csv", **how: str) -> Path:
        path = self.root / name
        with path.open("w", newline="", encoding=how.get("encoding", "utf-8")) as stream:
            csv.writer(stream, delimiter=how.get("delimiter", ",")).writerows(rows)
        return path

    def take_in(self, period: Period = JANUARY, **settings: object) -> tuple[Finding, ...]:
        bronze_ = ingest(
            period, sources=self.sources(**settings), root=self.root, store=self.store, engine=self._engine
        )
        return bronze_.findings

    def clean(self, period: Period = JANUARY, **settings: object) -> Silver:
        sources = self.sources(**settings)
        taken = ingest(period, sources=sources, root=self.root, store=self.store, engine=self._engine)
        return clean(taken, Validation(period, ()), sources=sources, store=self.store, engine=self._engine)

    def hashes(self) -> Mapping[str, str]:
        return {table: self.store.content_hash(table) for table in self.store.tables()}

    def held(self, table: str) -> list[dict[str, object]]:
        return sorted(self.store.read(table).to_pylist(), key=lambda row: str(row["id"]))

    @staticmethod
    def sources(**settings: object) -> Mapping[str, Source]:
        common = {"path": "loans.csv", "keys": ("id",), "event_time": "day"}
        return {"loans": Source(**{**common, **settings})}


@pytest.fixture
def lender(tmp_path: Path, store: DeltaStore, engine: DuckDBEngine) -> Lender:
    (tmp_path / "raw").mkdir()
    return Lender(tmp_path / "raw", store, engine)


def _spoil_missing(lender: Lender) -> None:
    (lender.root / "loans.csv").unlink()


def _spoil_empty(lender: Lender) -> None:
    (lender.root / "loans.csv").write_bytes(b"")


def _spoil_header_only(lender: Lender) -> None:
    lender.deliver([HEADER])


def _spoil_column(lender: Lender) -> None:
    lender.deliver([("id", "dya", "amount"), *GOOD[1:]])


def _spoil_delimiter(lender: Lender) -> None:
    lender.deliver(GOOD, delimiter=";")


def _spoil_encoding(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "2024-02-15", "İyi müşteri")], encoding="cp1254")


def _spoil_ragged(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "2024-02-15", 7, 8, 9)])


def _spoil_quote(lender: Lender) -> None:
    text = 'id,day,amount\n1,2024-01-15,5\n3,"2024-02-15,7\n'
    (lender.root / "loans.csv").write_text(text, encoding="utf-8", newline="")


def _spoil_line_ends(lender: Lender) -> None:
    text = "id,day,amount\r\n1,2024-01-15,5\n3,2024-02-15,7\r\n"
    (lender.root / "loans.csv").write_text(text, encoding="utf-8", newline="")


def _spoil_ambiguous(lender: Lender) -> None:
    lender.deliver([HEADER, (3, "03/01/2024", 7), (4, "04/02/2024", 7)])


def _spoil_mixed(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "15/02/2024", 7)])


def _spoil_binary(lender: Lender) -> None:
    (lender.root / "loans.csv").write_bytes(bytes(range(256)) * 40)


SPOILED: tuple[tuple[Callable[[Lender], None], str, str], ...] = (
    (_spoil_missing, r"no file at `loans.csv`", "path"),
    (_spoil_empty, r"loans.csv is empty \(0 bytes\)", "header"),
    (_spoil_header_only, r"`loans` has no rows: a header and nothing else in loans.csv", "deliver it again"),
    (_spoil_column, r"`loans` has no column `day`; it has 3 columns", "did you mean `dya` for `day`"),
    (_spoil_delimiter, r"loans.csv has no `,` in its first line, but 2 times ';'", "delimiter: ';'"),
    (_spoil_encoding, r"`loans` cannot be read in line \d: it is not written in utf-8", "cp1254"),
    (_spoil_ragged, r"`loans` cannot be read in line \d: \d cells where the header has 3", "delimiter"),
    (
        _spoil_ambiguous,
        r"`day` holds dates that are not ISO: .*03/01/2024.*%d/%m/%Y.*or %m/%d/%Y",
        "time_format",
    ),
    (_spoil_mixed, r"`day` holds dates that are not ISO beside ISO dates: `15/02/2024`", "one format"),
    (_spoil_binary, r"`loans`", ""),
)


@pytest.mark.parametrize(
    ("spoil", "message", "hint"), SPOILED, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_spoiled_file_is_refused_and_every_table_stays_as_it_was(
    lender: Lender, spoil: Callable[[Lender], None], message: str, hint: str
) -> None:
    lender.deliver(GOOD)
    lender.clean()
    before = lender.hashes()
    spoil(lender)
    with pytest.raises(SourceError, match=message) as caught:
        lender.take_in(FEBRUARY)
    assert hint in caught.value.hint
    assert lender.hashes() == before
    assert not caught.value.transient


@pytest.mark.parametrize(
    ("spoil", "message", "hint"), SPOILED, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_file_that_is_mended_is_taken_in(
    lender: Lender, spoil: Callable[[Lender], None], message: str, hint: str
) -> None:
    lender.deliver(GOOD)
    spoil(lender)
    with pytest.raises(SourceError, match=message) as caught:
        lender.take_in()
    assert hint in str(caught.value)
    lender.deliver(GOOD)
    lender.take_in()
    assert len(lender.held(bronze("loans"))) == 2


def test_what_a_file_says_is_not_repeated_when_it_cannot_be_read(lender: Lender) -> None:
    lender.deliver([*GOOD, ("913-74-1218", "2024-01-17", 7, 8)])
    with pytest.raises(SourceError) as caught:
        lender.take_in()
    assert "913" not in str(caught.value)


def test_no_line_is_taken_for_a_title_or_a_comment(lender: Lender) -> None:
    """Detection of dialects skips such lines, and says nothing."""
    rows = [("#1", "2024-01-15", "#"), ("", "", ""), ("2", "2024-01-16", ""), ("# 3", "2024-01-17", "x")]
    lender.deliver([HEADER, *rows])
    lender.take_in()
    assert [row["id"] for row in lender.held(bronze("loans"))] == ["# 3", "#1", "2"]


def test_a_short_last_line_does_not_make_a_title_of_the_others(lender: Lender) -> None:
    (lender.root / "loans.csv").write_text("id,day,amount\n1,2024-01-15,5\n2,2024\n", encoding="utf-8")
    with pytest.raises(SourceError, match="in line 3: 2 cells where the header has 3"):
        lender.take_in()


def test_empty_lines_above_the_header_are_passed_over(lender: Lender) -> None:
    (lender.root / "loans.csv").write_text("\n\nid,day,amount\n1,2024-01-15,5\n", encoding="utf-8")
    lender.take_in()
    assert lender.held(bronze("loans"))[0]["amount"] == "5"


def test_columns_without_a_name_or_with_the_same_one_are_told_apart(lender: Lender) -> None:
    lender.deliver([("id", "day", "", "x", "X", " x "), (1, "2024-01-15", "a", "b", "c", "d")])
    lender.take_in()
    row = lender.held(bronze("loans"))[0]
    assert [row[name] for name in ("column2", "x", "X_1", "x_2")] == ["a", "b", "c", "d"]


def test_every_missing_column_is_named_at_once_with_what_was_meant(lender: Lender) -> None:
    lender.deliver([("id", "day", "Anual_Income", "Age"), (1, "2024-01-15", 5, 6)])
    columns = {"Annual_Income": {"type": "number"}, "age": {"type": "integer"}, "zip": {}}
    with pytest.raises(MissingColumnsError) as caught:
        lender.take_in(columns=columns)
    assert caught.value.missing == ("Annual_Income", "age", "zip")
    assert "`Anual_Income` for `Annual_Income`, `Age` for `age`?" in caught.value.hint


def test_a_wrong_delimiter_that_the_header_hides_is_told_by_its_one_column(lender: Lender) -> None:
    (lender.root / "loans.csv").write_text("id day amount\n1 2024-01-15 5\n", encoding="utf-8")
    with pytest.raises(MissingColumnsError) as caught:
        lender.take_in()
    assert "is `,` its delimiter?" in caught.value.hint


def test_a_stated_format_settles_an_ambiguous_date(lender: Lender) -> None:
    lender.deliver([HEADER, (1, "03/01/2024", 7)])
    lender.take_in(time_format="%d/%m/%Y")
    assert lender.held(bronze("loans"))[0]["_event_time"].date() == date(2024, 1, 3)


def test_a_format_that_no_date_has_is_refused_with_those_that_fit(lender: Lender) -> None:
    lender.deliver([HEADER, (1, "31/01/2024", 7)])
    with pytest.raises(
        SourceError, match=r"no value of `day` can be read as %Y%m%d.*%d/%m/%Y \(2024-01-31\)"
    ):
        lender.take_in(time_format="%Y%m%d")


def test_two_formats_beside_each_other_are_told_apart_from_an_ambiguous_one(lender: Lender) -> None:
    lender.deliver([HEADER, (1, "31/01/2024", 7), (2, "01/31/2024", 8)])
    with pytest.raises(SourceError, match="`day` holds dates of several formats"):
        lender.take_in()


def test_a_time_without_any_value_is_refused(lender: Lender) -> None:
    lender.deliver([HEADER, (1, "", 7)])
    with pytest.raises(SourceError, match="`day` is empty in every row"):
        lender.take_in()


def test_a_time_of_words_is_refused(lender: Lender) -> None:
    lender.deliver([HEADER, (1, "yesterday", 7)])
    with pytest.raises(
        SourceError, match=r"no value of `day` can be read as an ISO date, such as `yesterday`"
    ):
        lender.take_in()


def test_private_times_are_not_shown_in_an_error(lender: Lender) -> None:
    lender.deliver([HEADER, (1, "03/01/1970", 7)])
    with pytest.raises(SourceError, match="1 value that is not shown") as caught:
        lender.take_in(columns={"day": {"pii": True}})
    assert "03/01/1970" not in str(caught.value)


def test_rows_whose_time_cannot_be_read_stay_out_and_are_counted(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "n/a", 7), (4, "", 8), (5, "n/a", 9)])
    finding = next(f for f in lender.take_in() if f.code == "ING003")
    assert (finding.outcome, finding.n_rows, finding.examples) == (Outcome.FOUND, 3, ("n/a",))
    assert [row["id"] for row in lender.held(bronze("loans"))] == ["1", "2"]


def test_private_times_that_cannot_be_read_are_no_examples(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "n/a", 7)])
    finding = next(f for f in lender.take_in(columns={"day": {"pii": True}}) if f.code == "ING003")
    assert (finding.n_rows, finding.examples) == (1, ())


def test_a_wrong_encoding_that_is_stated_is_read(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "2024-01-17", "İyi müşteri")], encoding="cp1254")
    lender.take_in(encoding="cp1254")
    assert lender.held(bronze("loans"))[2]["amount"] == "İyi müşteri"


def test_an_encoding_that_does_not_exist_is_refused(lender: Lender) -> None:
    lender.deliver(GOOD)
    with pytest.raises(SourceError, match="`klingon` is not an encoding"):
        lender.take_in(encoding="klingon")


def test_a_file_with_a_byte_order_mark_is_read(lender: Lender) -> None:
    lender.deliver(GOOD, encoding="utf-8-sig")
    lender.take_in()
    assert [row["id"] for row in lender.held(bronze("loans"))] == ["1", "2"]


@pytest.mark.parametrize("n_bytes", [3, 200, -1])
def test_a_truncated_parquet_file_is_refused(lender: Lender, n_bytes: int) -> None:
    lender.deliver(GOOD)
    lender.take_in()
    before = lender.hashes()
    path = lender.root / "loans.parquet"
    pq.write_table(pa.table({"id": ["1"] * 500, "day": ["2024-01-15"] * 500}), path)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(SourceError, match=r"loans.parquet is not a whole Parquet file"):
        lender.take_in(FEBRUARY, path="loans.parquet")
    assert lender.hashes() == before


def test_a_parquet_file_with_a_broken_inside_is_refused(lender: Lender) -> None:
    path = lender.root / "loans.parquet"
    pq.write_table(pa.table({"id": [str(n) for n in range(5000)], "day": ["2024-01-15"] * 5000}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 400 + whole[404:])
    with pytest.raises(SourceError, match="`loans` cannot be read"):
        lender.take_in(path="loans.parquet")


def test_json_that_is_none_is_refused(lender: Lender) -> None:
    (lender.root / "loans.jsonl").write_text('{"id": 1, "day": "2024-01-15"}\n{"id": 2, ', encoding="utf-8")
    with pytest.raises(SourceError, match="`loans` cannot be read"):
        lender.take_in(path="loans.jsonl")


def test_duplicate_keys_are_told_and_the_last_one_is_kept(lender: Lender) -> None:
    lender.deliver([*GOOD, (1, "2024-01-15", 50)])
    artefact = lender.clean()
    finding = next(f for f in artefact.findings if f.code == "CLN002")
    assert (finding.outcome, finding.n_rows) == (Outcome.FOUND, 1)
    assert [(row["id"], row["amount"]) for row in lender.held(silver("loans"))] == [("1", "50"), ("2", "6")]
    assert len(lender.held(bronze("loans"))) == 3


def test_a_source_without_the_period_asked_for_is_told(lender: Lender) -> None:
    lender.deliver(GOOD)
    lender.take_in()
    before = lender.hashes()
    finding = next(f for f in lender.take_in(Period(date(2024, 9, 1))) if f.code == "ING001")
    assert finding.outcome is Outcome.FOUND
    assert "from 2024-08-01 to 2024-09-01; the newest row was known on 2024-01-16" in finding.message
    assert lender.hashes() == before


def test_a_datamart_cannot_begin_before_its_data(lender: Lender) -> None:
    lender.deliver(GOOD)
    with pytest.raises(SourceError, match="nothing was known by 2020-01-01") as caught:
        lender.take_in(Period(date(2020, 1, 1), first=True))
    assert "on or after 2024-01-15" in caught.value.hint
    assert lender.store.tables() == ()


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999"])
def test_an_infinite_value_becomes_null_and_is_counted(lender: Lender, value: str) -> None:
    lender.deliver([*GOOD, (3, "2024-01-17", value)])
    artefact = lender.clean(columns={"amount": {"type": "number"}})
    assert [row["amount"] for row in lender.held(silver("loans"))] == [5.0, 6.0, None]
    assert [(repair.kind, repair.n_values) for repair in artefact.repairs] == [("infinite", 1)]
    assert lender.held(bronze("loans"))[2]["amount"] == value


def test_an_infinite_time_is_no_time(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "infinity", 7)])
    assert next(f for f in lender.take_in() if f.code == "ING003").n_rows == 1


def test_a_cell_of_a_megabyte_comes_through(lender: Lender) -> None:
    text = "ş" * 500_000 + "," + "\n" + '"' + "x" * 100
    lender.deliver([*GOOD, (3, "2024-01-17", text)])
    lender.clean()
    assert lender.held(bronze("loans"))[2]["amount"] == text
    assert lender.held(silver("loans"))[2]["amount"] == text


def test_a_cell_of_a_megabyte_does_not_fill_a_finding(lender: Lender) -> None:
    lender.deliver([*GOOD, (3, "x" * 1_000_000, 7)])
    finding = next(f for f in lender.take_in() if f.code == "ING003")
    assert len(finding.message) < 500
    assert all(len(example) < 100 for example in finding.examples)


def test_a_key_of_a_megabyte_does_not_fill_a_finding(lender: Lender) -> None:
    key = "k" * 1_000_000
    lender.deliver([HEADER, (key, "2024-01-15", 5), (key, "2024-01-15", 6)])
    finding = next(f for f in lender.clean().findings if f.code == "CLN002")
    assert finding.n_rows == 1
    assert all(len(example) < 100 for example in finding.examples)


@pytest.mark.parametrize(
    "name", ["Yıllık Gelir (TL)", "a.b.c", "İ", "ı", "select", "x'y", "amount,", "%", "naïve"]
)
def test_columns_of_any_name_are_cleaned(lender: Lender, name: str) -> None:
    lender.deliver([("id", "day", name), (1, "2024-01-15", "7_"), (2, "2024-01-16", "x")])
    artefact = lender.clean(columns={name: {"type": "integer", "strip": "_"}})
    assert [row[name] for row in lender.held(silver("loans"))] == [7, None]
    assert {(repair.column, repair.kind) for repair in artefact.repairs} == {
        (name, "stripped"),
        (name, "unreadable"),
    }
    lender.clean(columns={name: {"type": "integer", "strip": "_"}})
    assert len(lender.held(silver("loans"))) == 2


@pytest.mark.parametrize("name", ["as_of", "_row", "_Event_Time", "AS_OF"])
def test_columns_named_as_those_of_bronze_are_refused(lender: Lender, name: str) -> None:
    lender.deliver([("id", "day", name), (1, "2024-01-15", 5)])
    with pytest.raises(SourceError, match=f"has a column `{name}`, which bronze keeps for itself"):
        lender.take_in()


def test_a_key_column_with_a_name_of_any_kind_tells_rows_apart(lender: Lender) -> None:
    header = ("Müşteri No.", "day", "id")
    rows = [("A", "2024-01-15", 1), ("A", "2024-01-15", 2), ("Ä", "2024-01-15", 3)]
    lender.deliver([header, *rows])
    finding = next(f for f in lender.clean(keys=("Müşteri No.",)).findings if f.code == "CLN002")
    assert finding.examples == ("Müşteri No.=A at 2024-01-15",)
