"""Keys, copies and joins, against pandas."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def tables():
    random = np.random.default_rng(11)
    customers = pd.DataFrame(
        {"customer_id": [f"C{n:04}" for n in range(500)], "age": random.integers(18, 70, 500)}
    )
    ids = [f"C{n:04}" for n in random.integers(100, 560, 3_000)]
    payments = pd.DataFrame(
        {
            "payment_id": [f"P{n:05}" for n in range(3_000)],
            "customer_id": ids,
            "amount": random.integers(1, 900, 3_000),
        }
    )
    return customers, payments


@pytest.fixture
def found(tables, explored):
    customers, payments = tables
    return explored(
        {"customers.csv": customers.to_csv(index=False), "payments.csv": payments.to_csv(index=False)}
    )


def test_join_rates_are_those_of_pandas(found, tables):
    customers, payments = tables
    join = next(join for join in found.joins if join.column == "customer_id")
    ours, theirs = set(customers["customer_id"]), set(payments["customer_id"])
    assert (join.left, join.right) == ("customers", "payments")
    assert (join.n_left, join.n_right, join.n_common) == (len(ours), len(theirs), len(ours & theirs))
    assert join.left_share == len(ours & theirs) / len(ours)
    assert join.n_left_orphans == (~customers["customer_id"].isin(theirs)).sum()
    assert join.n_right_orphans == (~payments["customer_id"].isin(ours)).sum()


def test_rows_per_key_are_those_of_pandas(found, tables):
    customers, payments = tables
    common = payments[payments["customer_id"].isin(customers["customer_id"])]
    sizes = common.groupby("customer_id").size()
    join = next(join for join in found.joins if join.column == "customer_id")
    per_key = join.per_key_right
    assert (per_key.least, per_key.median, per_key.most) == (sizes.min(), sizes.median(), sizes.max())
    assert join.per_key_left.most == 1


def test_rows_that_no_parent_knows_are_a_worry(found, tables):
    customers, payments = tables
    n_orphans = (~payments["customer_id"].isin(customers["customer_id"])).sum()
    sentences = [worry.sentence for worry in found.source("payments").worries]
    assert f"{n_orphans:,} rows have a `customer_id` that `customers` does not know" in sentences


def test_copies_and_conflicts_are_told_apart(explored, csv_of):
    rows = [(f"L{n:04}", n) for n in range(1_000)]
    doubled = [*rows, *rows[:20], ("L0500", 9_999), ("L0501", 9_999)]
    source = explored({"loans.csv": csv_of(["loan_id", "amount"], doubled)}).sources[0]
    assert source.key.keys == ("loan_id",)
    assert (source.key.n_surplus, source.key.n_copies, source.key.n_null) == (22, 20, 0)
    sentences = [worry.sentence for worry in source.worries]
    assert any(each.startswith("20 rows (2 %) repeat another in everything") for each in sentences)


def test_copies_are_found_beside_a_row_number(explored, csv_of):
    rows = [(n, n % 97, "x") for n in range(97)]
    numbered = [*rows, (97, 5, "x"), (98, 6, "x")]
    source = explored({"loans.csv": csv_of(["Unnamed: 0", "amount", "y"], numbered)}).sources[0]
    assert source.key.n_copies == 2


def test_sources_without_a_common_identifier_have_no_join(explored, csv_of):
    one = csv_of(["loan_id", "amount"], [(n, n) for n in range(50)])
    other = csv_of(["shop_id", "amount"], [(n, n) for n in range(50)])
    assert explored({"loans.csv": one, "shops.csv": other}).joins == ()


def test_a_month_without_rows_is_a_worry(explored, csv_of):
    days = ["2024-01-10", "2024-02-10", "2024-04-10", "2024-05-10"]
    rows = [(n, days[n % 4]) for n in range(200)]
    source = explored({"loans.csv": csv_of(["loan_id", "snapshot_date"], rows)}).sources[0]
    assert [period.n for period in source.periods] == [50, 50, 0, 50, 50]
    assert "no row happened in 2024-03" in [worry.sentence for worry in source.worries]
