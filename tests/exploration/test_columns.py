"""Counts, quantiles, bars and repairs of columns, against pandas."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.drafting.looks import Extreme, NumberLook
from tenure.exploration import explore_folder
from tenure.exploration.distributions import frame_of, heaps_among

N = 2_000


@pytest.fixture
def frame():
    random = np.random.default_rng(5)
    income = np.round(random.lognormal(10, 0.5, N), 2)
    age = np.where(random.random(N) < 0.6, random.integers(4, 13, N) * 5, random.integers(18, 70, N))
    return pd.DataFrame(
        {
            "loan_id": [f"L{n:05}" for n in range(N)],
            "income": np.where(random.random(N) < 0.1, np.nan, income),
            "age": age,
            "city": random.choice(["İstanbul", "Iğdır", "Şanlıurfa"], N, p=[0.6, 0.3, 0.1]),
            "opened": pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 400, N), unit="D"),
        }
    )


@pytest.fixture
def source(frame, explored):
    return explored({"loans.csv": frame.to_csv(index=False)}).sources[0]


def test_numbers_are_those_of_pandas(source, frame, column_of):
    income, truth = column_of(source, "income"), frame["income"]
    assert income.n_null == truth.isna().sum()
    assert income.n_distinct == truth.nunique()
    assert income.number.mean == pytest.approx(truth.mean())
    assert income.number.std == pytest.approx(truth.std())
    lower = truth.quantile([0.1, 0.25, 0.5, 0.75, 0.9], interpolation="lower")
    higher = truth.quantile([0.1, 0.25, 0.5, 0.75, 0.9], interpolation="higher")
    quantiles = [getattr(income.number, name) for name in ("q10", "q25", "q50", "q75", "q90")]
    assert (lower.to_numpy() <= quantiles).all()
    assert (quantiles <= higher.to_numpy()).all()
    assert (income.number.low, income.number.high) == (truth.min(), truth.max())


def test_bars_of_numbers_hold_every_row_with_a_value_once(source, frame, column_of):
    income = column_of(source, "income")
    assert sum(bar.n for bar in income.bars) == frame["income"].notna().sum()
    assert 20 <= len(income.bars) <= 22


def test_histogram_bins_are_those_of_numpy(source, frame, column_of):
    opened = column_of(source, "opened")
    seconds = (frame["opened"] - pd.Timestamp("1970-01-01")).dt.total_seconds()
    counts, _ = np.histogram(seconds, bins=20)
    assert [bar.n for bar in opened.bars] == counts.tolist()
    assert (opened.first, opened.last) == (frame["opened"].min().date(), frame["opened"].max().date())


def test_categories_are_counted_with_their_letters(source, frame, column_of):
    city = column_of(source, "city")
    assert {bar.label: bar.n for bar in city.bars} == frame["city"].value_counts().to_dict()
    assert city.kind == "category"


def test_digit_preference_is_whipples_index(source, frame, column_of):
    expected = 500 * (frame["age"] % 5 == 0).mean()
    assert column_of(source, "age").number.whipple == pytest.approx(expected)
    assert any("Whipple" in worry.sentence for worry in source.worries)


def test_identifiers_show_no_values(source, column_of):
    loan_id = column_of(source, "loan_id")
    assert loan_id.kind == "identifier"
    assert loan_id.n_distinct == N
    assert loan_id.bars == ()


def test_rows_by_month_are_those_of_pandas(source, frame):
    expected = frame["opened"].dt.strftime("%Y-%m").value_counts().to_dict()
    assert {period.period: period.n for period in source.periods} == expected


def test_repairs_are_counted_by_kind_with_examples(explored, csv_of, column_of):
    rows = [
        (n, f"{20 + n % 40}" + ("_" if n < 40 else ""), "_______" if n % 4 == 0 else "Lawyer")
        for n in range(400)
    ]
    source = explored({"people.csv": csv_of(["person_id", "age", "job"], rows)}).sources[0]
    age, job = column_of(source, "age"), column_of(source, "job")
    assert [(repair.kind, repair.n) for repair in age.repairs] == [("stripped", 40)]
    assert all(example.endswith("_") for example in age.repairs[0].examples)
    assert [(repair.kind, repair.n, repair.examples) for repair in job.repairs] == [
        ("null_value", 100, ("_______",))
    ]
    assert (age.n_null, job.n_null) == (0, 100)


def test_personal_data_is_counted_and_no_value_of_it_is_kept(explored, csv_of, column_of):
    rows = [(n, f"{100 + n}-12-{1000 + n}" if n % 3 else "#F%$D@*&8", n % 2) for n in range(300)]
    source = explored({"people.csv": csv_of(["person_id", "SSN", "x"], rows)}).sources[0]
    ssn = column_of(source, "SSN")
    assert ssn.is_personal
    assert (ssn.n_rows, ssn.n_null, ssn.n_distinct) == (300, 100, 200)
    assert ssn.bars == ()
    assert ssn.number is None
    assert all(repair.examples == () for repair in ssn.repairs)
    assert "-12-" not in repr(source)


def test_values_that_stand_out_are_heaped(explored, csv_of, column_of):
    random = np.random.default_rng(3)
    amounts = np.where(random.random(N) < 0.2, 500, random.integers(1, 5_000, N))
    source = explored({"loans.csv": csv_of(["loan_id", "amount"], list(enumerate(amounts)))}).sources[0]
    heaps = column_of(source, "amount").heaps
    assert [(heap.label, heap.n) for heap in heaps] == [("500", (amounts == 500).sum())]


def test_no_number_is_a_heap_where_all_are_as_frequent():
    look = NumberLook(1_000, 100, Extreme(0, 10, 1), Extreme(99, 10, 98), 10, 25, 50, 75, 90)
    assert heaps_among(look, [(1.0, None, 10), (2.0, None, 10)]) == ()


def test_one_absurd_number_does_not_flatten_the_histogram():
    look = NumberLook(1_000, 500, Extreme(0, 1, 1), Extreme(1e9, 1, 120), 10, 25, 50, 75, 90)
    frame = frame_of(look, is_clipped=True)
    assert (frame.low, frame.high) == (0, 225)


def test_typed_files_and_lists_are_told(files, engine, column_of):
    table = pa.table({"loan_id": list(range(100)), "x": [n / 3 for n in range(100)], "tags": [["a"]] * 100})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    source = explore_folder(files({"loans.parquet": buffer.getvalue()}), engine=engine).sources[0]
    assert column_of(source, "x").number.mean == pytest.approx(16.5)
    assert column_of(source, "tags").kind == "structure"
    assert any("lists or structures" in worry.sentence for worry in source.worries)


def test_a_source_with_nothing_but_empty_columns_is_told(explored):
    source = explored({"loans.csv": "a,b\n,\n,\n"}).sources[0]
    assert [column.n_null for column in source.columns] == [2, 2]
    assert any("no value in any row" in worry.sentence for worry in source.worries)
