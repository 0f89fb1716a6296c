"""Bad files and odd columns, from the command line: what stops, what goes on, and what is left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.bundle import load_bundle
from tenure.domain.tables import PREDICTIONS

HEADER = ("id", "started", "income", "mix", "bad")
GOOD = [(f"n{number}", "2024-07-05", 50 + number, "Bad", 1) for number in range(5)]
FIRST, SECOND = "2024-05-01", "2024-06-01"


def _missing(lender) -> None:
    lender.source["path"] = "elsewhere"
    lender.declare()


def _empty(lender) -> None:
    (lender.root / "loans" / "2024-07.csv").write_bytes(b"")


def _header_only(lender) -> None:
    lender.deliver(7, [])
    lender.source["path"] = "loans/2024-07.csv"
    lender.declare()


def _missing_column(lender) -> None:
    lender.deliver(7, GOOD, header=("id", "started", "incme", "mix", "bad"))


def _delimiter(lender) -> None:
    lender.deliver(7, GOOD, delimiter=";")


def _ambiguous_dates(lender) -> None:
    rows = [(who, "05/07/2024", *rest) for who, _, *rest in GOOD]
    lender.deliver(7, rows)
    lender.source["path"] = "loans/2024-07.csv"
    lender.declare()


def _mixed_dates(lender) -> None:
    lender.deliver(7, [*GOOD, ("n9", "15/07/2024", 5, "Bad", 1)])


def _encoding(lender) -> None:
    lender.deliver(7, [*GOOD, ("n9", "2024-07-05", 5, "İyi müşteri", 1)], encoding="cp1254")


def _truncated_parquet(lender) -> None:
    path = lender.root / "loans.parquet"
    pq.write_table(pa.table({name: ["1"] * 500 for name in HEADER}), path)
    path.write_bytes(path.read_bytes()[:300])
    lender.source["path"] = "loans.parquet"
    lender.declare()


def _duplicate_keys(lender) -> None:
    lender.deliver(7, [("n1", "2024-07-05", income, "Bad", 1) for income in range(5)])


SPOILED: tuple[tuple[Callable[[Any], None], str, str], ...] = (
    (_missing, "source `loans`: there is no file at `elsewhere`", "path"),
    (_empty, "source `loans`: 2024-07.csv is empty (0 bytes)", "send it again"),
    (
        _header_only,
        "source `loans` has no rows: a header and nothing else in 2024-07.csv",
        "deliver it again",
    ),
    (_missing_column, "source `loans` has no column `income`; it has 5 columns", "did you mean `incme`"),
    (_delimiter, "2024-07.csv has no `,` in its first line, but 4 times ';'", "state `delimiter: ';'`"),
    (_ambiguous_dates, "`05/07/2024` could be %d/%m/%Y (2024-07-05) or %m/%d/%Y (2024-05-07)", "time_format"),
    (_mixed_dates, "`started` holds dates that are not ISO beside ISO dates: `15/07/2024`", "one format"),
    (_encoding, "it is not written in utf-8", "cp1254"),
    (_truncated_parquet, "loans.parquet is not a whole Parquet file", ""),
    (
        _duplicate_keys,
        "VAL005 5 of 5 rows (100.0%) have the same `id` and `started` as a different row",
        "`unique: false`",
    ),
)


@pytest.mark.parametrize(
    ("spoil", "message", "hint"), SPOILED, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_spoiled_delivery_stops_the_period_and_every_table_stays_as_it_was(lender, spoil, message, hint):
    before = lender.hashes()
    spoil(lender)
    answer = lender.tenure("run")
    said, _, hinted = answer.told.partition(" hint: ")
    assert (answer.code, answer.out) == (2, "")
    assert message in said
    assert hint in hinted
    assert "Traceback" not in answer.err
    assert lender.hashes() == before


def test_a_first_period_before_the_data_is_refused(untouched):
    answer = untouched.tenure("run", "--as-of", "2020-01-01")
    assert (answer.code, answer.out) == (2, "")
    assert "nothing was known by 2020-01-01" in answer.told
    assert untouched.store.tables() == ()


def test_a_period_for_which_nothing_came_goes_on_with_a_finding(lender):
    answer = lender.tenure("ingest", "--as-of", "2024-08-01", "--json")
    assert answer.code == 0
    told = [f for f in answer.json["bronze"]["findings"] if f["code"] == "ING001"]
    assert told[0]["outcome"] == "found"
    assert "from 2024-07-01 to 2024-08-01; the newest row was known on 2024-06-28" in told[0]["message"]
    assert [finding["as_of"].isoformat() for finding in lender.found("ING001")] == ["2024-08-01"]


def _only(outcome: object, months: range, draw: Callable[..., Any], lender: Any) -> None:
    """The same loans, their outcomes all alike."""
    for month in months:
        rows = draw(month, 40, is_noise=True)
        lender.deliver(month, [(*row[:-1], outcome) for row in rows])


def test_labels_of_one_class_train_nobody_and_do_not_stop_the_loop(untouched, month_of_loans):
    _only(0, range(1, 7), month_of_loans, untouched)
    ran = untouched.tenure("run", "--as-of", FIRST)
    assert ran.code == 0
    assert "decision     keep: 1 class among the labels (at least 2)" in ran.out
    before = untouched.hashes()
    trained = untouched.tenure("train")
    assert (trained.code, trained.out) == (2, "")
    assert "labels are of one class, `0`: nothing can be learned" in trained.told
    assert "hint: check the label's SQL, or wait until other outcomes are known." in trained.told
    after = untouched.hashes()
    for table in ("gold/runs", "gold/decisions"):  # that an audit was asked for is on record
        del before[table], after[table]
    assert after == before
    assert untouched.tenure("status", "--json").json["office"] is None


def test_a_class_that_a_side_of_the_split_lacks_trains_nobody_and_the_next_period_goes_on(
    untouched, month_of_loans
):
    for month in range(1, 7):
        rows = month_of_loans(month, 40, is_noise=True)
        untouched.deliver(month, [(*row[:-1], row[-1] if month == 1 else 0) for row in rows])
    assert untouched.tenure("run", "--as-of", FIRST).code == 0
    (waiting,) = untouched.found("TRN008")
    assert "nothing was trained: validation has 0 rows of class `1`" in waiting["message"]
    assert untouched.tenure("run", "--as-of", SECOND).code == 0
    assert untouched.tenure("status", "--json").json["office"] is None


@pytest.mark.parametrize(
    ("n", "held_back", "refused"),
    [
        (9, "matured labels (at least 60)", "labelled rows are known by 2024-05-01; 60 are needed"),
        (0, "0 matured labels (at least 60)", "0 labelled rows are known by 2024-05-01; 60 are needed"),
    ],
)
def test_too_few_labels_train_nobody_and_say_how_many_there_are(
    untouched, month_of_loans, n, held_back, refused
):
    for month in range(1, 7):
        rows = month_of_loans(month, 9, is_noise=True)
        untouched.deliver(month, [(*row[:-1], row[-1] if n else "") for row in rows])
    ran = untouched.tenure("run", "--as-of", FIRST, "--through", "decide")
    assert ran.code == 0
    assert held_back in ran.out
    trained = untouched.tenure("train")
    assert (trained.code, trained.out) == (2, "")
    assert refused in trained.told
    assert "`model.min_labels`" in trained.told


ODD = ("Aylık Gelir (TL)", "boş.alan", "Kredi Türü", "hep aynı", "ğüşiöç.İI ı", "not")


@dataclass(frozen=True)
class Odd:
    """A lender of odd columns, and what its two periods printed."""

    lender: Any
    code: int
    err: str


@pytest.fixture(scope="module")
def odd(fresh, month_of_loans, tmp_path_factory) -> Odd:
    """Constant, null and infinite values, a cell of a megabyte, copies, and names of every kind."""
    lender = fresh.copy(tmp_path_factory.mktemp("odd") / "project")
    kinds = ("number", "number", "category", "category", "number", "text")
    lender.source["columns"] |= {name: {"type": kind} for name, kind in zip(ODD, kinds, strict=True)}
    lender.declare(features=[{"source": "loans", "exclude": ["income"]}])
    for month in range(1, 7):
        rows = []
        for number, row in enumerate(month_of_loans(month, 40)):
            income = "inf" if number == 3 else row[2]
            note = "ş" * 500_000 if (month, number) == (2, 0) else ""
            kind = "İhtiyaç" if number % 3 else "Taşıt"
            rows.append((*row, income, "", kind, "x", number, note))
        lender.deliver(month, [*rows, rows[0]], header=(*HEADER, *ODD))
    answer = lender.tenure("backfill", "--from", FIRST, "--to", SECOND, "--jobs", 1)
    return Odd(lender, answer.code, answer.err)


def test_odd_columns_go_through_to_a_champion_and_its_predictions(odd):
    assert odd.code == 0, odd.err
    assert odd.err.startswith("look at ")
    status = odd.lender.tenure("status", "--json").json
    assert status["office"]["version"]["version"] == 1
    assert status["champion"]["features"] == [
        "loans_mix",
        "loans_Aylık Gelir (TL)",
        "loans_Kredi Türü",
        "loans_ğüşiöç.İI ı",
    ]
    rows = odd.lender.store.read(PREDICTIONS).to_pylist()
    assert len(rows) == 40
    assert len({row["score"] for row in rows}) > 1


def test_the_bundle_of_odd_columns_gives_the_scores_of_the_loop(odd):
    store = odd.lender.store
    manifest = next((odd.lender.root / "models").rglob("manifest.json"))
    bundle = load_bundle(manifest.parent)
    features = store.read("gold/features", after=date.fromisoformat(FIRST))
    scored = {row["id"]: row["score"] for row in store.read(PREDICTIONS).to_pylist()}
    answer = bundle.score(features)
    assert answer[:, 1] == pytest.approx([scored[who] for who in features["id"].to_pylist()])


@pytest.mark.parametrize(
    ("code", "column", "message"),
    [
        ("TRN002", "loans_boş.alan", "is null in all"),
        ("TRN003", "loans_hep aynı", "is `x` in all"),
        ("VAL002", "boş.alan", "values of `boş.alan` are null"),
    ],
)
def test_a_constant_or_empty_feature_is_left_out_with_a_finding(odd, code, column, message):
    rows = [row for row in odd.lender.found(code) if row["column"] == column]
    assert rows
    assert message in rows[0]["message"]


def test_an_infinite_value_is_null_in_silver_and_never_reaches_a_feature(odd):
    silver = odd.lender.store.read("silver/loans", columns=["Aylık Gelir (TL)"])
    assert silver["Aylık Gelir (TL)"].null_count == 5  # one a month
    features = odd.lender.store.read("gold/features")["loans_Aylık Gelir (TL)"].drop_null()
    assert all(abs(value) < 1e6 for value in features.to_pylist())


def test_a_cell_of_a_megabyte_is_kept_and_fills_no_finding(odd):
    notes = odd.lender.store.read("silver/loans", columns=["not"])["not"].to_pylist()
    assert max(len(note or "") for note in notes) == 500_000
    findings = odd.lender.store.read("gold/findings").to_pylist()
    assert max(len(row["message"]) for row in findings) < 1_000


def test_a_column_that_nobody_declared_is_told_and_is_no_feature(lender, month_of_loans):
    """A core system that calls a column by another name does not bring a feature of words."""
    rows = [(*row, "809.98") for row in month_of_loans(7, 40)]
    lender.deliver(7, rows, header=(*HEADER, "OutstandingDebt"))
    for step in ("ingest", "validate", "clean"):
        assert lender.tenure(step, "--as-of", "2024-08-01").code == 0
    gold = lender.tenure("build", "--as-of", "2024-08-01", "--json").json["gold"]
    assert [column["name"] for column in gold["columns"]] == ["loans_income", "loans_mix"]
    assert "`OutstandingDebt`" in lender.found("ING004")[0]["message"]


def test_a_period_goes_on_from_its_start_when_the_project_file_was_mended(untouched):
    """What was cleaned by the old rules must not meet features of the new ones: income would be words."""
    columns = untouched.source["columns"]
    untouched.source["columns"] = {}
    untouched.declare()
    answer = untouched.tenure("run", "--as-of", FIRST)
    assert answer.code == 2
    assert "none of the columns of source `loans` can be a feature" in answer.told
    assert "`sources.loans.columns`: `income`, `mix`, `bad`" in answer.told
    untouched.source["columns"] = columns
    untouched.declare()
    made = untouched.tenure("run", "--as-of", FIRST, "--through", "build", "--json")
    assert made.code == 0
    kinds = {column["name"]: column["kind"] for column in made.json["gold"]["columns"]}
    assert kinds == {"loans_income": "number", "loans_mix": "category"}


def test_a_type_that_changes_after_periods_have_run_is_refused(lender):
    """A table keeps its types; numbers put into a column of words would be words."""
    lender.source["columns"]["mix"] = {"type": "number"}
    lender.declare()
    for step in ("ingest", "validate", "clean", "build"):
        answer = lender.tenure(step, "--as-of", "2024-08-01")
    assert answer.code == 2
    assert "`loans.mix` is text in the periods that have run and `number` in the project file" in answer.told
