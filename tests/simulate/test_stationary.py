import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, ks_2samp, kstest

from tenure.simulate import simulate, stationary_scenario

CONTINUOUS = (
    "Annual_Income",
    "Monthly_Inhand_Salary",
    "Outstanding_Debt",
    "Credit_Utilization_Ratio",
    "Amount_invested_monthly",
    "Changed_Credit_Limit",
)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    scenario = stationary_scenario(seed=5)
    simulation = simulate(scenario.lender, events=scenario.events)
    applications = [simulation.tables[name].to_pandas() for name in ("financials", "attributes")]
    merged = applications[0].merge(applications[1].drop(columns="snapshot_date"), on="Customer_ID")
    return merged.merge(simulation.truth.to_pandas(), on="Customer_ID")


def test_no_month_differs_from_the_others_more_often_than_chance_allows(rows: pd.DataFrame) -> None:
    p_values = []
    for column in CONTINUOUS:
        values = pd.to_numeric(rows[column].astype(str).str.strip("_"), errors="coerce")
        values = values.where(values < 900_000)
        early = rows.snapshot_date < rows.snapshot_date.unique()[15]
        p_values += [
            ks_2samp(month.dropna(), values[~early].dropna()).pvalue
            for _, month in values[early].groupby(rows.snapshot_date)
        ]
    assert kstest(p_values, "uniform").pvalue > 0.001
    assert min(p_values) > 1e-4


@pytest.mark.parametrize("column", ["Occupation", "Product", "Credit_Mix", "Payment_Behaviour", "is_default"])
def test_categories_and_labels_do_not_depend_on_the_month(column: str, rows: pd.DataFrame) -> None:
    september = pd.to_datetime(rows.snapshot_date).dt.month == 9
    kept = rows[~september]
    counts = pd.crosstab(kept.snapshot_date, kept[column])
    assert chi2_contingency(counts).pvalue > 0.001


def test_clicks_before_the_loan_do_not_depend_on_the_month_in_which_it_starts() -> None:
    scenario = stationary_scenario(n_months=12, seed=6)
    simulation = simulate(scenario.lender)
    clicks = simulation.tables["clickstream"].to_pandas()
    starts = simulation.truth.to_pandas().set_index("Customer_ID").loan_start_date
    start = starts.loc[clicks.Customer_ID].to_numpy()
    known = clicks[clicks.snapshot_date.to_numpy() <= start]
    means = known.groupby("Customer_ID")[["fe_1", "fe_2", "fe_3", "fe_4"]].mean()
    first = starts.loc[means.index] < np.sort(starts.unique())[6]
    assert all(ks_2samp(means[name][first], means[name][~first]).pvalue > 0.001 for name in means)
