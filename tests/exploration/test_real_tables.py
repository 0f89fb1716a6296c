"""The real tables, against pandas."""

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tenure.exploration import explore_folder, explore_project
from tenure.project import load_project
from tenure.stores.duckdb import DuckDBEngine


@pytest.fixture(scope="module")
def cash_loans(shared_data):
    return explore_folder(shared_data / "cs611", engine=DuckDBEngine(threads=2))


def test_cash_loans_are_counted_as_pandas_counts_them(cash_loans, shared_data, column_of):
    rows = pd.read_csv(shared_data / "cs611" / "feature_clickstream.csv")
    source = cash_loans.source("feature_clickstream")
    assert source.n_rows == len(rows)
    for name in ("fe_1", "fe_20"):
        number = column_of(source, name).number
        assert number.mean == pytest.approx(rows[name].mean())
        assert number.std == pytest.approx(rows[name].std())
        assert (number.low, number.high) == (rows[name].min(), rows[name].max())


def test_the_dirt_of_cash_loans_is_told(cash_loans, column_of):
    age = column_of(cash_loans.source("features_attributes"), "Age")
    assert {repair.kind for repair in age.repairs} == {"stripped", "out_of_range"}
    mix = column_of(cash_loans.source("features_financials"), "Credit_Mix")
    assert [(repair.kind, repair.n, repair.examples) for repair in mix.repairs] == [
        ("null_value", 2_611, ("_",))
    ]


def test_the_customers_without_clicks_are_a_worry(cash_loans):
    join = next(
        join
        for join in cash_loans.joins
        if {join.left, join.right} == {"feature_clickstream", "features_attributes"}
    )
    assert (join.n_left, join.n_right, join.n_common) == (8_974, 12_500, 8_974)
    assert any(
        "no row in `feature_clickstream`" in w.sentence
        for w in cash_loans.source("features_attributes").worries
    )


def test_personal_data_of_cash_loans_is_on_no_page(cash_loans, column_of):
    assert column_of(cash_loans.source("features_attributes"), "SSN").is_personal
    assert "#F%$D@*&8" not in repr(cash_loans)


def test_the_relation_to_default_is_that_of_scikit_learn(shared_data, column_of, monkeypatch):
    monkeypatch.setenv("TENURE_SHARED_DATA", os.fspath(shared_data))
    project, root = load_project(Path(__file__).parents[2] / "examples" / "cash_loans")
    found = explore_project(project, root, as_of=date(2024, 6, 30), engine=DuckDBEngine(threads=2))
    ledger = pd.read_csv(
        shared_data / "cs611" / "lms_loan_daily.csv", parse_dates=["snapshot_date", "loan_start_date"]
    )
    sixth = ledger[(ledger["installment_num"] == 6) & (ledger["snapshot_date"] <= "2024-06-30")]
    default = (sixth["overdue_amt"] / sixth["due_amt"]).apply(lambda n: -(-n // 1)) >= 1
    debt = pd.read_csv(shared_data / "cs611" / "features_financials.csv").set_index("Customer_ID")[
        "Outstanding_Debt"
    ]
    owed = sixth["Customer_ID"].map(debt.astype(str).str.strip("_").astype(float))
    relation = column_of(found.source("financials"), "Outstanding_Debt").relation
    assert relation.n == len(sixth)
    assert relation.value == pytest.approx(roc_auc_score(default, owed), abs=1e-9)


def test_the_copies_of_the_listings_are_counted(shared_data):
    source = explore_folder(shared_data / "housing_turkey", engine=DuckDBEngine(threads=2)).sources[0]
    rows = pd.read_csv(shared_data / "housing_turkey" / "emlakjet_turkey_raw.csv", dtype=str)
    assert source.key.n_copies == rows.drop(columns="Unnamed: 0").duplicated().sum()
    named = {column.name: column for column in source.columns}
    assert named["Isıtma Tipi"].n_distinct == rows["Isıtma Tipi"].nunique()


@pytest.mark.slow
def test_home_credit_joins_are_those_of_pandas(shared_data):
    found = explore_folder(shared_data / "home_credit", engine=DuckDBEngine(threads=2))
    cards = pd.read_csv(shared_data / "home_credit" / "credit_card_balance.csv", usecols=["SK_ID_PREV"])[
        "SK_ID_PREV"
    ]
    loans = pd.read_csv(shared_data / "home_credit" / "previous_application.csv", usecols=["SK_ID_PREV"])[
        "SK_ID_PREV"
    ]
    join = next(
        join
        for join in found.joins
        if (join.left, join.right, join.column)
        == ("credit_card_balance", "previous_application", "SK_ID_PREV")
    )
    assert join.n_common == len(set(cards) & set(loans))
    assert join.n_left_orphans == (~cards.isin(loans)).sum()
    sizes = cards[cards.isin(loans)].value_counts()
    assert (join.per_key_left.least, join.per_key_left.most) == (sizes.min(), sizes.max())
