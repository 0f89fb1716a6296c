from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, ks_2samp, ttest_ind

from tenure.simulate import (
    Event,
    FeedOutage,
    LateRows,
    Lender,
    NewCategory,
    Recession,
    RenamedColumn,
    Shift,
    Simulation,
    UnitChange,
    simulate,
)

START, END = date(2023, 7, 1), date(2023, 10, 1)
PLAIN = Lender(n_months=18, n_customers_per_month=300, dirt_share=0.0, seed=21)
Months = pd.Series
Split = Callable[[Simulation, str], tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]


def planted(*events: Event) -> Simulation:
    return simulate(PLAIN, events=events)


@pytest.fixture(scope="module")
def split() -> Split:
    """The rows of a source before, while and after an event that holds from START up to END."""

    def cut(simulation: Simulation, source: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        rows = simulation.tables[source].to_pandas()
        days = rows.snapshot_date
        return rows[days < START], rows[(days >= START) & (days < END)], rows[days >= END]

    return cut


@pytest.mark.parametrize(
    ("column", "direction"),
    [
        ("Annual_Income", -1),
        ("Outstanding_Debt", 1),
        ("Delay_from_due_date", 1),
        ("Credit_Utilization_Ratio", 1),
    ],
)
def test_a_recession_moves_its_features_while_it_lasts(column: str, direction: int, split: Split) -> None:
    before, during, after = split(planted(Recession(start=START, end=END)), "financials")
    test = partial(ttest_ind, equal_var=False)
    assert direction * test(np.log(during[column] + 10), np.log(before[column] + 10)).statistic > 6
    assert ks_2samp(before[column], after[column]).pvalue > 0.001


def test_a_recession_is_in_full_swing_in_its_first_month(split: Split) -> None:
    _, during, _ = split(planted(Recession(start=START, end=END)), "financials")
    calm = simulate(PLAIN).tables["financials"].to_pandas()
    first = during[during.snapshot_date == START].Credit_Utilization_Ratio
    assert ttest_ind(first, calm[calm.snapshot_date == START].Credit_Utilization_Ratio).pvalue < 1e-4


def test_a_recession_makes_the_same_application_default_more_often() -> None:
    hard, calm = planted(Recession(start=START, size=1.5)), simulate(PLAIN)
    truth, calm_truth = hard.truth.to_pandas(), calm.truth.to_pandas()
    inside = truth.loan_start_date >= START
    of_like_risk = partial(_default_rate, low=-1.5, high=-0.5)
    assert of_like_risk(truth[inside]) > of_like_risk(calm_truth) + 0.05
    pd.testing.assert_series_equal(truth.log_odds[~inside], calm_truth.log_odds[~inside])


def _default_rate(truth: pd.DataFrame, *, low: float, high: float) -> float:
    return float(truth.is_default[truth.log_odds.between(low, high)].mean())


def test_payments_are_missed_more_often_from_the_month_in_which_a_recession_begins() -> None:
    hard, calm = (
        x.tables["loan_ledger"].to_pandas() for x in (planted(Recession(start=START)), simulate(PLAIN))
    )
    begun_before = hard.loan_start_date < START
    same = (hard.overdue_amt == calm.overdue_amt) | ~begun_before
    assert same[hard.snapshot_date < START].all()
    late, calm_late = (
        rows[begun_before & (rows.snapshot_date == date(2023, 9, 1))].overdue_amt > 0 for rows in (hard, calm)
    )
    assert late.sum() > 1.05 * calm_late.sum()
    assert late[calm_late].mean() > 0.98


def test_labels_of_loans_that_mature_before_a_recession_stay_as_they_were() -> None:
    hard, calm = planted(Recession(start=START)).truth.to_pandas(), simulate(PLAIN).truth.to_pandas()
    matured = hard.loan_start_date < date(2023, 1, 1)
    assert (hard.is_default[matured] == calm.is_default[matured]).all()
    reached = hard.loan_start_date.between(date(2023, 2, 1), date(2023, 6, 1))
    assert hard.is_default[reached].sum() > calm.is_default[reached].sum()


def test_an_outage_takes_all_rows_of_its_months_and_no_others(split: Split) -> None:
    before, during, after = split(planted(FeedOutage(start=START, end=END)), "clickstream")
    calm_before, calm_during, calm_after = split(simulate(PLAIN), "clickstream")
    assert len(calm_during) > 0
    assert len(during) == 0
    pd.testing.assert_frame_equal(before, calm_before)
    pd.testing.assert_frame_equal(after.reset_index(drop=True), calm_after.reset_index(drop=True))


def test_a_partial_outage_leaves_the_same_share_of_customers_each_month(split: Split) -> None:
    outage = FeedOutage(start=START, end=END, covered_share=0.3)
    _, during, _ = split(planted(outage), "clickstream")
    _, calm_during, _ = split(simulate(PLAIN), "clickstream")
    covered = set(during.Customer_ID)
    n_customers = calm_during.Customer_ID.nunique()
    assert binomtest(len(covered), n_customers, 0.3).pvalue > 1e-4
    assert len(during) == calm_during.Customer_ID.isin(covered).sum()


@pytest.mark.parametrize(
    ("source", "column", "category"),
    [
        ("attributes", "Product", "Buy_Now_Pay_Later"),
        ("attributes", "Occupation", "Courier"),
        ("financials", "Payment_Behaviour", "Pays_By_Phone"),
    ],
)
def test_a_new_category_appears_at_its_share(source: str, column: str, category: str, split: Split) -> None:
    event = NewCategory(start=START, end=END, source=source, column=column, category=category)
    before, during, after = split(planted(event), source)
    assert not (before[column] == category).any()
    assert not (after[column] == category).any()
    assert binomtest(int((during[column] == category).sum()), len(during), 0.15).pvalue > 1e-4


def test_who_bears_a_new_category_defaults_more_often() -> None:
    simulation = planted(NewCategory(start=START, share=0.5, log_odds=1.5))
    rows = simulation.tables["attributes"].to_pandas().merge(simulation.truth.to_pandas(), on="Customer_ID")
    rows = rows[rows.snapshot_date >= START]
    bears = rows.Product == "Buy_Now_Pay_Later"
    assert rows.is_default[bears].mean() > rows.is_default[~bears].mean() + 0.1


@pytest.mark.parametrize(
    ("source", "column", "size"),
    [
        ("financials", "Monthly_Balance", 0.8),
        ("financials", "Interest_Rate", -1.0),
        ("clickstream", "fe_4", 0.5),
    ],
)
def test_a_shift_moves_the_mean_by_its_size_and_keeps_the_risk(
    source: str, column: str, size: float, split: Split
) -> None:
    shifted = planted(Shift(start=START, end=END, source=source, column=column, size=size))
    calm = simulate(PLAIN)
    spread = calm.tables[source][column].to_pandas().std()
    for rows, calm_rows, moved in zip(split(shifted, source), split(calm, source), (0, size, 0), strict=True):
        found = (rows[column].mean() - calm_rows[column].mean()) / spread
        assert found == pytest.approx(moved, abs=0.5 / spread)  # whole numbers stay whole
    assert shifted.truth.equals(calm.truth)


@pytest.mark.parametrize("factor", [12.0, 1000.0])
def test_another_unit_multiplies_every_value(factor: float, split: Split) -> None:
    changed = planted(UnitChange(start=START, end=END, column="Annual_Income", factor=factor))
    factors = (1.0, factor, 1.0)
    for rows, calm, expected in zip(
        split(changed, "financials"), split(simulate(PLAIN), "financials"), factors, strict=True
    ):
        np.testing.assert_allclose(rows.Annual_Income / calm.Annual_Income, expected, rtol=1e-6)


def test_clicks_in_another_unit_do_not_overflow() -> None:
    changed = planted(UnitChange(start=START, source="clickstream", column="fe_1", factor=1e8))
    assert changed.tables["clickstream"]["fe_1"].to_pandas().abs().max() > 2**31


def test_late_rows_keep_their_snapshot_and_come_in_a_later_file() -> None:
    raw = planted(LateRows(start=START, end=END, share=0.25, n_months=3)).sources["clickstream"]
    inside = (raw.month >= np.datetime64(START, "M")) & (raw.month < np.datetime64(END, "M"))
    n_late = (raw.received - raw.month).astype(int)
    assert set(n_late[~inside]) == {0}
    assert set(n_late[inside]) == {0, 3}
    assert binomtest(int((n_late == 3).sum()), int(inside.sum()), 0.25).pvalue > 1e-4
    assert raw.rows.equals(simulate(PLAIN).tables["clickstream"])


def test_late_rows_say_when_they_were_received() -> None:
    lender = Lender(n_months=4, n_customers_per_month=50, has_received_date=True)
    event = LateRows(start=date(2022, 8, 1), source="financials", share=0.5, n_months=2)
    rows = simulate(lender, events=[event]).tables["financials"].to_pandas()
    lag = pd.to_datetime(rows.received_date).dt.to_period("M").astype("int64") - pd.to_datetime(
        rows.snapshot_date
    ).dt.to_period("M").astype("int64")
    assert set(lag[rows.snapshot_date == date(2022, 7, 1)]) == {0}
    assert set(lag[rows.snapshot_date == date(2022, 8, 1)]) == {0, 2}


def test_events_can_be_planted_together() -> None:
    simulation = planted(
        Recession(start=START),
        FeedOutage(start=START, end=END),
        RenamedColumn(start=START),
        Shift(start=START, column="Interest_Rate", size=1.0),
        UnitChange(start=START, column="Interest_Rate", factor=12),
        LateRows(start=START, source="financials"),
    )
    assert simulation.tables["financials"].num_rows == PLAIN.n_customers
