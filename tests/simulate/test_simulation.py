from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tenure.simulate import Lender, NewCategory, Recession, Simulation, simulate
from tenure.simulate.shape import SOURCES, source_columns

SMALL = Lender(n_months=4, n_customers_per_month=25, seed=3)


def test_the_same_seed_gives_the_same_tables() -> None:
    first, second = simulate(SMALL), simulate(SMALL)
    assert all(first.tables[source].equals(second.tables[source]) for source in SOURCES)
    assert first.truth.equals(second.truth)


def test_another_seed_gives_other_tables() -> None:
    other = simulate(Lender(n_months=4, n_customers_per_month=25, seed=4))
    assert not any(simulate(SMALL).tables[source].equals(other.tables[source]) for source in SOURCES)


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_its_columns_in_order(source: str, calm: Simulation) -> None:
    assert tuple(calm.tables[source].column_names) == source_columns(calm.lender, source)


def test_columns_can_carry_the_date_on_which_they_were_received() -> None:
    lender = Lender(n_months=2, n_customers_per_month=5, has_received_date=True)
    for table in simulate(lender).tables.values():
        assert table.column_names[-1] == "received_date"
        assert table["received_date"].equals(table["snapshot_date"])


def test_each_customer_has_one_application_and_the_months_are_full(
    calm: Simulation, frames: Callable[[Simulation], dict[str, pd.DataFrame]]
) -> None:
    tables = frames(calm)
    for source in ("attributes", "financials"):
        assert tables[source].Customer_ID.is_unique
        per_month = tables[source].groupby("snapshot_date").size()
        assert per_month.tolist() == [300] * 24
    assert (tables["attributes"].Customer_ID == tables["financials"].Customer_ID).all()


def test_clicks_come_monthly_from_six_months_before_the_loan_to_six_after(
    calm: Simulation, frames: Callable[[Simulation], dict[str, pd.DataFrame]]
) -> None:
    tables = frames(calm)
    starts = tables["attributes"].set_index("Customer_ID").snapshot_date
    clicks = tables["clickstream"]
    month = clicks.snapshot_date.dt.to_period("M")
    start = starts.loc[clicks.Customer_ID].dt.to_period("M").to_numpy()
    on_book = pd.Series(month.to_numpy() - start).map(lambda offset: offset.n)
    counts = on_book.groupby(clicks.Customer_ID.to_numpy()).agg(["min", "max", "size", "nunique"])
    assert (counts == [-6, 6, 13, 13]).all(axis=None)


def test_nothing_is_written_after_the_last_observed_month() -> None:
    simulation = simulate(Lender(n_months=6, n_customers_per_month=5, n_follow_up_months=2))
    for source in ("clickstream", "loan_ledger"):
        days = simulation.tables[source]["snapshot_date"].to_pandas()
        assert days.max() == date(2023, 2, 1)


def test_the_number_of_click_features_is_the_lenders_choice() -> None:
    simulation = simulate(Lender(n_months=1, n_customers_per_month=5, n_click_features=20))
    names = simulation.tables["clickstream"].column_names
    assert names[:20] == [f"fe_{number}" for number in range(1, 21)]


def test_rows_can_stand_there_twice() -> None:
    simulation = simulate(Lender(n_months=10, n_customers_per_month=300, duplicate_share=0.1))
    rows = simulation.tables["financials"].to_pandas()
    n_repeated = int(rows.duplicated().sum())
    assert n_repeated == len(rows) - 3000
    assert abs(n_repeated / 3000 - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 3000)
    assert not simulation.tables["loan_ledger"].to_pandas().duplicated().any()


def test_an_event_leaves_what_it_does_not_touch_as_it_was() -> None:
    calm = simulate(SMALL)
    planted = simulate(SMALL, events=[NewCategory(start=date(2022, 9, 1), log_odds=0.0)])
    for source in ("financials", "clickstream", "loan_ledger"):
        assert calm.tables[source].equals(planted.tables[source])
    without = [name for name in calm.tables["attributes"].column_names if name != "Product"]
    assert calm.tables["attributes"].select(without).equals(planted.tables["attributes"].select(without))


def test_a_recession_changes_no_application_made_before_it() -> None:
    calm, planted = simulate(SMALL), simulate(SMALL, events=[Recession(start=date(2022, 9, 1))])
    before = calm.tables["financials"]["snapshot_date"].to_pandas() < date(2022, 9, 1)
    rows, others = (x.tables["financials"].to_pandas() for x in (calm, planted))
    pd.testing.assert_frame_equal(rows[before], others[before])
    assert (rows[~before].Credit_Utilization_Ratio <= others[~before].Credit_Utilization_Ratio).all()


def test_social_security_numbers_belong_to_nobody(spotless: Simulation) -> None:
    numbers = spotless.tables["attributes"]["SSN"].to_pandas()
    assert numbers.str.fullmatch(r"9\d\d-\d\d-\d{4}").all()
