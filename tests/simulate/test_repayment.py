from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tenure.simulate import Simulation
from tenure.simulate.months import month_range
from tenure.simulate.repayment import Repayment, draw_repayment, is_default, miss_chance

Frames = Callable[[Simulation], dict[str, pd.DataFrame]]


@pytest.fixture(scope="module")
def ledger(calm: Simulation, frames: Frames) -> pd.DataFrame:
    rows = frames(calm)["loan_ledger"].sort_values(["loan_id", "installment_num"])
    rows["loan_start_date"] = pd.to_datetime(rows["loan_start_date"])
    return rows.reset_index(drop=True)


def test_every_loan_has_eleven_rows_a_month_apart(ledger: pd.DataFrame) -> None:
    by_loan = ledger.groupby("loan_id")
    assert (by_loan.installment_num.agg(list).map(lambda n: n == list(range(11)))).all()
    expected = [
        start + pd.DateOffset(months=number)
        for start, number in zip(ledger.loan_start_date[:220], ledger.installment_num[:220], strict=True)
    ]
    assert ledger.snapshot_date[:220].tolist() == expected
    made_of = ledger.Customer_ID + "_" + ledger.loan_start_date.dt.strftime("%Y_%m_%d")
    assert (ledger.loan_id == made_of).all()


def test_what_is_overdue_is_what_fell_due_and_was_not_paid(ledger: pd.DataFrame) -> None:
    by_loan = ledger.groupby("loan_id")
    owed = by_loan.due_amt.cumsum() - by_loan.paid_amt.cumsum()
    np.testing.assert_allclose(ledger.overdue_amt, owed)
    np.testing.assert_allclose(ledger.balance, ledger.loan_amt - by_loan.paid_amt.cumsum())
    first = ledger[ledger.installment_num == 0]
    assert (first[["due_amt", "paid_amt", "overdue_amt"]] == 0).all(axis=None)
    np.testing.assert_allclose(ledger.due_amt[ledger.installment_num > 0] * 10, _amounts(ledger))
    assert (ledger.overdue_amt >= 0).all()


def _amounts(ledger: pd.DataFrame) -> pd.Series:
    return ledger.loan_amt[ledger.installment_num > 0]


def test_the_label_follows_from_the_ledger_by_the_rule(ledger: pd.DataFrame, calm: Simulation) -> None:
    month_6 = ledger[ledger.installment_num == 6].set_index("Customer_ID")
    labels = {}
    for customer, row in month_6.iterrows():
        n_missed = int(-(-row.overdue_amt // row.due_amt))
        first_missed = row.snapshot_date - pd.DateOffset(months=n_missed)
        labels[customer] = (row.snapshot_date - first_missed).days >= 30
    truth = calm.truth.to_pandas().set_index("Customer_ID").is_default
    assert truth.to_dict() == labels


def test_one_missed_instalment_on_the_first_of_march_is_no_default() -> None:
    overdue = np.zeros((2, 11))
    overdue[:, 6] = (100.0, 200.0)
    repayment = Repayment(amount=np.full(2, 1000.0), paid=np.zeros((2, 11)), overdue=overdue)
    start = month_range(date(2022, 9, 1), 1).repeat(2)
    assert is_default(repayment, start).tolist() == [False, True]
    assert is_default(repayment, start + 1).tolist() == [True, True]


def test_half_a_payment_is_a_missed_instalment() -> None:
    overdue = np.full((1, 11), 50.0)
    repayment = Repayment(amount=np.array([1000.0]), paid=np.zeros((1, 11)), overdue=overdue)
    assert (repayment.missed == 1).all()


def test_some_late_payers_pay_everything_at_once(ledger: pd.DataFrame) -> None:
    behind = ledger.groupby("loan_id").overdue_amt.shift().fillna(0) > 0
    cured = behind & (ledger.overdue_amt == 0)
    assert 0.05 < cured.sum() / behind.sum() < 0.2
    assert (ledger.paid_amt[cured] > ledger.due_amt[cured]).all()


@pytest.mark.parametrize("log_odds", [-6.0, -1.0, 0.0, 2.5])
def test_the_chances_of_six_instalments_make_up_the_chance_of_going_bad(log_odds: float) -> None:
    chances = [float(miss_chance(np.array(log_odds), number)) for number in range(1, 7)]
    survival = np.prod([1 - chance for chance in chances])
    assert survival == pytest.approx(1 - 1 / (1 + np.exp(-log_odds)))


def test_without_cures_the_drawn_share_of_first_misses_is_the_theoretical_one() -> None:
    n = 40_000
    start = month_range(date(2023, 1, 1), 1).repeat(n)
    repayment = draw_repayment(np.zeros(n), np.zeros(n), start, events=(), seed=5)
    ever_behind = (repayment.overdue[:, 1:7] > 0).any(axis=1)
    assert abs(ever_behind.mean() - 0.5) < 4 * 0.5 / np.sqrt(n)


def test_the_default_rate_in_calm_times_lies_between_a_fifth_and_three_tenths(calm: Simulation) -> None:
    assert 0.20 < calm.truth.to_pandas().is_default.mean() < 0.28
