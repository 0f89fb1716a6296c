"""The examples on the real tables, against pandas."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tenure.cleaning import clean
from tenure.domain.artefacts import Validation
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.tables import FEATURES, LABELS
from tenure.features import build
from tenure.ingestion import ingest
from tenure.project import load_project

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def built(shared_data, monkeypatch, store, engine):
    """An example taken in up to a day as one first period: its features and labels in pandas."""

    def run(example: str, day: date, unit: PeriodUnit) -> tuple[pd.DataFrame, pd.DataFrame]:
        monkeypatch.setenv("TENURE_SHARED_DATA", str(shared_data))
        project, root = load_project(EXAMPLES / example)
        period = Period(day, unit, first=True)
        ports = {"store": store, "engine": engine}
        bronze = ingest(period, sources=project.sources, root=root, **ports)
        silver = clean(bronze, Validation(period, ()), sources=project.sources, **ports)
        gold = build(
            silver,
            sources=project.sources,
            population=project.population,
            label=project.label,
            features=project.features,
            root=root,
            **ports,
        )
        features, labels = store.read(FEATURES).to_pandas(), store.read(LABELS).to_pandas()
        return features.set_index(list(gold.keys)), labels.set_index(list(gold.keys))

    return run


def test_cash_loans_are_what_pandas_says(built, shared_data):
    features, labels = built("cash_loans", date(2024, 9, 1), PeriodUnit.MONTH)
    loans = pd.read_csv(shared_data / "cs611/lms_loan_daily.csv", parse_dates=["loan_start_date"])
    starts = loans[loans.installment_num == 0].set_index("Customer_ID").loan_start_date
    expected_starts = starts[starts <= "2024-09-01"].sort_index().astype("datetime64[us]")
    pd.testing.assert_series_equal(features.event_time, expected_starts, check_names=False)

    clicks = pd.read_csv(shared_data / "cs611/feature_clickstream.csv", parse_dates=["snapshot_date"])
    known = clicks[clicks.snapshot_date <= clicks.Customer_ID.map(starts)]
    by_customer = known.groupby("Customer_ID").fe_7
    found = features.clickstream_fe_7_mean_all
    assert found.dropna().index.equals(by_customer.mean().index.intersection(features.index))
    pd.testing.assert_series_equal(
        found.dropna(), by_customer.mean().loc[found.dropna().index], check_names=False
    )
    counts = by_customer.size().reindex(features.index).fillna(0).astype(float)
    pd.testing.assert_series_equal(features.clickstream_count_all, counts, check_names=False)
    assert (features.known_at.dropna() <= features.event_time[features.known_at.notna()]).all()

    month_6 = loans[loans.installment_num == 6].set_index("Customer_ID")
    matured = month_6[month_6.snapshot_date <= "2024-09-01"]
    missed = -(-matured.overdue_amt // matured.due_amt)
    expected = (missed >= 1).map({True: "1", False: "0"}).sort_index()
    assert labels.label.equals(expected.rename("label"))
    assert 0.27 < (labels.label == "1").mean() < 0.30


@pytest.mark.slow
def test_the_children_of_home_credit_are_what_pandas_says(built, shared_data):
    folder = shared_data / "home_credit"
    features, labels = built("home_credit", date(2018, 1, 7), PeriodUnit.WEEK)
    applications = pd.read_csv(folder / "application_train.csv").set_index("SK_ID_CURR").sort_index()
    assert features.index.equals(applications.index)
    assert labels.label.astype(int).equals(applications.TARGET.rename("label"))

    bureau = pd.read_csv(folder / "bureau.csv")
    bureau = bureau[bureau.SK_ID_CURR.isin(applications.index)]
    owed = bureau.groupby("SK_ID_CURR").AMT_CREDIT_SUM_DEBT.sum(min_count=1).reindex(applications.index)
    pd.testing.assert_series_equal(features.bureau_AMT_CREDIT_SUM_DEBT_sum_all, owed, check_names=False)

    balance = pd.read_csv(folder / "bureau_balance.csv").merge(bureau[["SK_ID_CURR", "SK_ID_BUREAU"]])
    months = balance.groupby("SK_ID_CURR").size().reindex(applications.index).fillna(0).astype(float)
    pd.testing.assert_series_equal(features.bureau_balance_count_all, months, check_names=False)
    closed = (balance.STATUS == "C").groupby(balance.SK_ID_CURR).mean().reindex(applications.index)
    pd.testing.assert_series_equal(features.bureau_balance_STATUS_share_C_all, closed, check_names=False)

    cards = pd.read_csv(folder / "credit_card_balance.csv")
    half_year = cards[cards.MONTHS_BALANCE > -6].groupby("SK_ID_CURR").AMT_BALANCE.max()
    pd.testing.assert_series_equal(
        features.credit_card_AMT_BALANCE_max_6m, half_year.reindex(applications.index), check_names=False
    )
