from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.domain.periods import PeriodUnit
from tenure.drafting import draft_project
from tenure.drafting.draft import Role
from tenure.errors import SourceError

MONTHS = [f"2024-{month:02d}-01" for month in range(1, 13)]


@pytest.fixture
def lender(csv_of):
    """Applicants, their clicks before and after, and a ledger that begins with each loan."""
    people = [(f"C{n}", MONTHS[n % 6], 20 + n % 40, "ABC"[n % 3]) for n in range(60)]
    clicks = [(f"C{n}", month, n % 9, n % 7, n % 5) for n in range(60) for month in MONTHS]
    ledger = [
        (
            f"L{n}",
            f"C{n}",
            MONTHS[n % 6],
            k,
            MONTHS[n % 6 + k],
            100,
            100 * (n % 4 == 0 and k > 0),
            1000 - 100 * k,
        )
        for n in range(60)
        for k in range(6)
    ]
    ledger_columns = [
        "loan_id",
        "customer_id",
        "start_date",
        "month_num",
        "snapshot_date",
        "due",
        "overdue",
        "balance",
    ]
    return {
        "people.csv": csv_of(["customer_id", "snapshot_date", "age", "kind"], people),
        "clicks.csv": csv_of(["customer_id", "snapshot_date", "fe_1", "fe_2", "fe_3"], clicks),
        "loan_ledger.csv": csv_of(ledger_columns, ledger),
    }


def test_the_population_is_the_source_whose_rows_begin_a_life(draft, lender):
    population = draft(lender).population
    assert (population.source, population.event_time) == ("loan_ledger", "start_date")
    assert population.keys == ("customer_id",), "the key that other sources have"
    assert (population.n_events, population.is_repeated) == (60, True)


def test_rows_that_lie_after_the_event_are_outcomes_and_no_features(draft, lender):
    found = draft(lender)
    assert found.source("loan_ledger").block.role is Role.OUTCOMES
    candidates = " ".join(found.label.candidates)
    assert "loan_ledger.overdue" in candidates
    assert "loan_ledger.balance" in candidates


def test_one_row_per_entity_is_last_known_and_several_are_windows(draft, lender):
    found = draft(lender)
    assert found.source("people").block.role is Role.ENTITY
    clicks = found.source("clicks").block
    assert (clicks.role, clicks.columns, clicks.windows) == (Role.HISTORY, ("fe_*",), ("3 months", "all"))


def test_a_source_is_reached_through_another(draft, csv_of):
    found = draft(
        {
            "applications.csv": csv_of(["app_id", "target"], [(n, n % 2) for n in range(40)]),
            "credits.csv": csv_of(
                ["credit_id", "app_id", "x"], [(f"K{n}", n % 40, n % 5) for n in range(90)]
            ),
            "credit_months.csv": csv_of(
                ["credit_id", "months_before", "x"],
                [(f"K{n}", -k, k) for n in range(90) for k in range(1, 4)],
            ),
        }
    )
    block = found.source("credit_months").block
    assert (found.population.source, block.through) == ("applications", "credits")
    assert (block.relative_time.column, block.relative_time.unit) == ("months_before", "month")
    assert found.source("credits").keys == ("app_id", "credit_id")


def test_a_source_that_shares_no_value_is_left_out(draft, csv_of):
    found = draft(
        {
            "train.csv": csv_of(["app_id", "x", "target"], [(n, n % 3, n % 2) for n in range(40)]),
            "test.csv": csv_of(["app_id", "x"], [(n + 100, n % 3) for n in range(40)]),
            "dictionary.csv": csv_of(["field", "meaning"], [("x", "a"), ("y", "b")]),
        }
    )
    assert found.population.source == "train"
    assert found.source("test").block.role is Role.UNLINKED
    assert found.source("dictionary").block.role is Role.UNLINKED


def test_a_column_named_like_a_label_is_taken_for_it_and_is_no_feature(draft, csv_of):
    found = draft({"apps.csv": csv_of(["app_id", "TARGET", "x"], [(n, n % 3, n) for n in range(90)])})
    target = found.source("apps").column("TARGET")
    assert (found.label.column, found.label.n_classes) == ("TARGET", 3)
    assert not target.rule.feature
    assert target.warning


@pytest.mark.parametrize(
    ("name", "values", "is_suspicious"),
    [
        ("loanStatus", ["Paid Off", "Charged Off"], True),
        ("isPaidOff", ["0", "1"], True),
        ("overdue_amt", ["5", "7"], True),
        ("fate", ["Charged Off", "fine"], True),
        ("family_status", ["married", "single"], False),
        ("occupation", ["lawyer", "cook"], False),
    ],
)
def test_columns_of_the_populations_own_source_that_look_like_outcomes_are_no_features(
    draft, csv_of, name, values, is_suspicious
):
    rows = [(f"L{n}", MONTHS[n % 12], values[n % 2]) for n in range(60)]
    column = draft({"loans.csv": csv_of(["loan_id", "start_date", name], rows)}).source("loans").column(name)
    assert bool(column.warning) is is_suspicious
    assert column.rule.feature is not is_suspicious


def test_balances_of_before_the_event_are_features(draft, lender, csv_of):
    rows = [(f"C{n}", MONTHS[n % 6], n * 10) for n in range(60)]
    more = lender | {"financials.csv": csv_of(["customer_id", "snapshot_date", "monthly_balance"], rows)}
    assert draft(more).source("financials").column("monthly_balance").rule.feature


def test_a_key_is_of_one_type_in_all_sources(files, engine, csv_of):
    folder = files({"b.csv": csv_of(["loan_id", "n_index", "x"], [(n // 2, n % 2, n) for n in range(80)])})
    pq.write_table(pa.table({"loan_id": list(range(40)), "y": [1.5] * 40}), folder / "a.parquet")
    found = draft_project(folder, engine=engine)
    assert found.source("a").column("loan_id").type == "integer"
    assert found.source("b").column("loan_id").type == "integer"


def test_a_key_in_text_files_stays_the_text_it_is(draft, csv_of):
    found = draft({"a.csv": csv_of(["loan_id", "x"], [(f"{n:05d}", n) for n in range(50)])})
    assert found.source("a").column("loan_id").type is None


@pytest.mark.parametrize(
    ("step_days", "expected"), [(30, PeriodUnit.MONTH), (3, PeriodUnit.WEEK), (0.5, PeriodUnit.DAY)]
)
def test_the_period_follows_the_span_of_the_events(draft, csv_of, step_days, expected):
    rows = [(n, date(2024, 1, 1) + timedelta(days=int(n * step_days)), n % 3) for n in range(40)]
    assert draft({"a.csv": csv_of(["app_id", "applied", "x"], rows)}).period is expected


def test_a_source_without_any_key_is_drafted_for_somebody_to_name_one(draft):
    found = draft({"a.csv": "x,y\n1,2\n1,2\n3,2\n"})
    assert found.population is None
    assert found.source("a").keys == ()


def test_looking_twice_gives_the_same_draft(files, engine, lender):
    folder = files(lender)
    assert draft_project(folder, engine=engine) == draft_project(folder, engine=engine)


def test_only_headers_are_an_error_that_names_each_file(draft):
    with pytest.raises(SourceError, match=r"a\.csv: no rows.*b\.csv: no rows"):
        draft({"a.csv": "id,x\n", "b.csv": "id,y\n"})


def test_columns_with_names_that_bronze_keeps_are_refused_by_name(draft):
    found = draft({"a.csv": "id,_row\n1,2\n", "b.csv": "id,x\n1,2\n2,3\n"})
    assert [(each.file, "_row" in each.why) for each in found.left_out] == [("a.csv", True)]


def test_times_and_unusual_types_of_parquet_files_are_understood(files, engine):
    folder = files({})
    start = datetime(2024, 1, 1)
    table = {
        "loan_id": [f"L{n}" for n in range(60)],
        "start_date": pa.array([start + timedelta(days=n) for n in range(60)], pa.timestamp("ns")),
        "opened_at": pa.array([None] * 60, pa.date32()),
        "amount": pa.array(range(60), pa.decimal128(10, 2)),
        "clock": pa.array([n * 1_000_000 for n in range(60)], pa.time64("us")),
        "nothing": pa.nulls(60),
    }
    pq.write_table(pa.table(table), folder / "loans.parquet")
    source = draft_project(folder, engine=engine).source("loans")
    assert (source.keys, source.key.event_time) == (("loan_id",), "start_date")
    assert source.column("start_date").time.first == date(2024, 1, 1)
    assert source.column("amount").type == "number"
    assert not source.column("nothing").rule.feature


def test_a_date_that_stands_for_never_does_not_hide_a_time(draft, csv_of):
    rows = [(f"L{n}", "9999-12-31" if n % 20 == 0 else f"2024-01-{n % 28 + 1:02d}") for n in range(200)]
    found = draft({"loans.csv": csv_of(["loan_id", "start_date"], rows)}).source("loans")
    assert found.key.event_time == "start_date"
    assert found.column("start_date").time.last == date(2024, 1, 28)
