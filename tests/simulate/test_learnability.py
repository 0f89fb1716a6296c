"""Whether a quick model can learn the lender, out of time, and what it learns from."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tenure.simulate import Recession, Simulation, recession_scenario, simulate

Clicks = Literal["none", "last", "known", "ahead"]
Model = Pipeline | HistGradientBoostingClassifier
RANGES = {
    "Annual_Income": (0, 500_000),
    "Num_of_Loan": (0, 10),
    "Interest_Rate": (0, 36),
    "Delay_from_due_date": (-10, 90),
    "Num_of_Delayed_Payment": (0, 30),
    "Num_Credit_Inquiries": (0, 20),
    "Outstanding_Debt": (0, 20_000),
    "Credit_Utilization_Ratio": (0, 100),
}


def boosting() -> Model:
    return HistGradientBoostingClassifier(max_iter=120, learning_rate=0.06, max_leaf_nodes=12, random_state=0)


def logistic() -> Model:
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.05, max_iter=500))


def features(simulation: Simulation, clicks: Clicks) -> pd.DataFrame:
    financials = simulation.tables["financials"].to_pandas().set_index("Customer_ID")
    made = pd.DataFrame(index=financials.index)
    for name, (low, high) in RANGES.items():
        numbers = pd.to_numeric(financials[name].astype(str).str.strip("_"), errors="coerce")
        made[name] = numbers.where(numbers.between(low, high))
    parts = financials.Credit_History_Age.str.extract(r"(\d+) Years and (\d+) Months").astype(float)
    made["history"] = parts[0] * 12 + parts[1]
    made["debt_to_income"] = np.log(made.Outstanding_Debt / made.Annual_Income)
    for mix in ("Bad", "Standard", "Good"):
        made[mix] = (financials.Credit_Mix == mix).astype(float)
    attributes = simulation.tables["attributes"].to_pandas().set_index("Customer_ID")
    made["age"] = pd.to_numeric(attributes.Age.str.strip("_")).pipe(lambda a: a.where(a.between(18, 100)))
    return made if clicks == "none" else made.join(click_features(simulation, clicks))


def click_features(simulation: Simulation, clicks: Clicks) -> pd.DataFrame:
    rows = simulation.tables["clickstream"].to_pandas()
    starts = simulation.truth.to_pandas().set_index("Customer_ID").loan_start_date
    start = starts.loc[rows.Customer_ID].to_numpy("datetime64[D]")
    day = rows.snapshot_date.to_numpy("datetime64[D]")
    kept = {"last": day == start, "known": day <= start, "ahead": np.full(len(rows), True)}[clicks]
    names = [name for name in rows if name.startswith("fe_")]
    means = rows[kept].groupby("Customer_ID")[names].mean()
    if clicks != "known":
        return means
    recent = rows[kept & (day > start - np.timedelta64(90, "D"))].groupby("Customer_ID")[names].mean()
    return means.join((recent - means).add_suffix("_trend"))


def out_of_time_auc(simulation: Simulation, model: Model, clicks: Clicks, cut: date) -> float:
    inputs = features(simulation, clicks)
    truth = simulation.truth.to_pandas().set_index("Customer_ID").loc[inputs.index]
    train = (truth.loan_start_date < cut).to_numpy()
    model.fit(inputs[train], truth.is_default[train])
    scores = model.predict_proba(inputs[~train])[:, 1]
    return float(roc_auc_score(truth.is_default[~train], scores))


@pytest.mark.parametrize("make", [boosting, logistic])
def test_an_honest_model_reaches_the_promised_range_out_of_time(make, calm: Simulation) -> None:
    assert 0.80 < out_of_time_auc(calm, make(), "known", date(2023, 7, 1)) < 0.90


def test_the_more_months_of_clicks_a_model_may_see_the_better_it_is(calm: Simulation) -> None:
    auc = {
        clicks: out_of_time_auc(calm, logistic(), clicks, date(2023, 7, 1))
        for clicks in ("none", "last", "known", "ahead")
    }
    assert auc["none"] + 0.01 < auc["last"]
    assert auc["last"] + 0.01 < auc["known"]


def test_clicks_after_the_loan_look_into_the_future(calm: Simulation) -> None:
    honest = out_of_time_auc(calm, logistic(), "known", date(2023, 7, 1))
    assert out_of_time_auc(calm, logistic(), "ahead", date(2023, 7, 1)) > honest + 0.04


def test_no_model_can_know_everything(calm: Simulation) -> None:
    truth = calm.truth.to_pandas()
    assert 0.84 < roc_auc_score(truth.is_default, truth.log_odds) < 0.93


def test_who_has_seen_a_recession_judges_it_better() -> None:
    scenario = recession_scenario(n_customers_per_month=600)
    simulation = simulate(scenario.lender, events=scenario.events)
    (recession,) = (event for event in scenario.events if isinstance(event, Recession))
    inputs = features(simulation, "known")
    truth = simulation.truth.to_pandas().set_index("Customer_ID").loc[inputs.index]
    start = truth.loan_start_date
    later = (start >= date(2024, 6, 1)).to_numpy()
    losses = {}
    for name, until in (("before", recession.start), ("after", date(2024, 6, 1))):
        seen = (start < until).to_numpy()
        scores = logistic().fit(inputs[seen], truth.is_default[seen]).predict_proba(inputs[later])[:, 1]
        losses[name] = float(np.mean((scores - truth.is_default[later]) ** 2))
    assert losses["after"] < losses["before"]
