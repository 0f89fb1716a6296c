"""What columns say of the label, against scikit-learn and the statistics on rows in memory."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from tenure.auditing.config import AuditPolicy
from tenure.exploration.relations import Outcomes, relate_columns
from tenure.stats.information import column_auc, column_auc_by_class, contingency_table, information_value

N = 3_000


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(17)
    bad = random.random(N) < 0.25
    score = np.round(random.normal(bad * 0.8, 1.0), 1)
    return pd.DataFrame(
        {
            "event_time": pd.to_datetime(random.choice(["2024-01-15", "2024-02-15", "2024-03-15"], N)),
            "label": np.where(bad, "1", "0"),
            "score": score,
            "holey": np.where(random.random(N) < np.where(bad, 0.5, 0.1), np.nan, score),
            "mix": random.choice(["Good", "Bad", None], N, p=[0.5, 0.3, 0.2]),
            "paid_at": np.where(bad, np.nan, random.integers(1, 9, N)),
            "status": np.where(bad, random.choice(["late", "gone"], N), random.choice(["late", "paid"], N)),
            "noise": random.integers(0, 100, N).astype(float),
        }
    )


def related(frame, engine, *, policy=None):
    classes = tuple(sorted(frame["label"].unique()))
    shares = tuple((frame["label"] == name).mean() for name in classes)
    outcomes = Outcomes(classes, shares, classes[-1:] if len(classes) == 2 else classes)
    rows = engine.table(pa.Table.from_pandas(frame, preserve_index=False))
    return relate_columns(rows, outcomes, policy=policy or AuditPolicy(), engine=engine)


@pytest.fixture
def found(frame, engine):
    return related(frame, engine)


def test_the_auc_of_a_column_is_that_of_scikit_learn(found, frame):
    expected = roc_auc_score(frame["label"] == "1", frame["score"])
    assert found["score"].value == pytest.approx(expected)
    assert found["score"].metric == "AUC"


def test_nulls_count_as_the_statistics_on_rows_count_them(found, frame):
    expected = column_auc(frame["holey"], frame["label"] == "1")
    assert found["holey"].value == pytest.approx(expected)
    assert found["holey"].n_null == frame["holey"].isna().sum()


def test_the_auc_by_period_is_that_of_the_rows_of_the_period(found, frame):
    for period in found["holey"].by_period:
        own = frame[frame["event_time"].dt.strftime("%Y-%m") == period.period]
        assert period.n == len(own)
        assert period.value == pytest.approx(column_auc(own["holey"], own["label"] == "1"))


def test_the_information_value_is_that_of_the_contingency_table(found, frame):
    mix = frame["mix"].astype(object).where(frame["mix"].notna(), None)
    table = contingency_table(mix, (frame["label"] == "1").astype(int))
    assert found["mix"].value == pytest.approx(information_value(table))
    assert found["mix"].metric == "IV"


def test_shares_by_category_are_those_of_pandas(found, frame):
    shares = {share.label: (share.n, share.share) for share in found["mix"].shares}
    for name, own in frame.groupby(frame["mix"].fillna("null")):
        assert shares[name] == (len(own), pytest.approx((own["label"] == "1").mean()))


def test_bins_hold_every_event_once_and_no_value_twice(found, frame):
    shares = found["holey"].shares
    assert sum(share.n for share in shares) == N
    assert shares[-1].label == "null"
    assert shares[-1].n == frame["holey"].isna().sum()
    assert len(shares) <= 11
    assert sum(share.n_of_class for share in shares) == (frame["label"] == "1").sum()


def test_a_column_that_is_null_exactly_when_the_label_is_one_is_suspected(found):
    assert found["paid_at"].suspicion
    assert found["paid_at"].value == 1.0


def test_null_on_one_side_is_told_where_ranking_is_not_perfect(frame, engine):
    half = frame.assign(
        paid_at=np.where((frame["label"] == "0") & (np.arange(N) % 2 == 0), frame["paid_at"], np.nan)
    )
    said = related(half[["event_time", "label", "paid_at"]], engine)["paid_at"].suspicion
    assert said == "it is filled only when the outcome is `0`"


def test_values_that_occur_with_one_class_only_are_suspected(found):
    assert "occurs with one outcome only" in found["status"].suspicion


def test_honest_columns_are_not_suspected(found):
    assert [found[name].suspicion for name in ("score", "mix", "noise")] == ["", "", ""]


def test_the_limit_of_the_project_counts(frame, engine):
    strict = related(frame[["event_time", "label", "score"]], engine, policy=AuditPolicy(max_column_auc=0.6))
    assert "AUC" in strict["score"].suspicion


def test_of_several_classes_the_one_told_best_is_named(engine):
    random = np.random.default_rng(23)
    codes = random.integers(0, 3, N)
    frame = pd.DataFrame(
        {
            "event_time": pd.Timestamp("2024-01-15"),
            "label": np.array(["high", "low", "mid"])[codes],
            "size": random.normal(np.array([3.0, 0.0, 1.0])[codes], 1.0),
        }
    )
    found = related(frame, engine)["size"]
    aucs = column_auc_by_class(frame["size"], codes, n_classes=3)
    assert found.value == pytest.approx(aucs.max())
    assert found.of_class == ["high", "low", "mid"][int(aucs.argmax())]


def test_times_are_days_before_the_event(engine):
    frame = pd.DataFrame(
        {
            "event_time": pd.to_datetime(["2024-01-11"] * 60),
            "label": ["0", "1"] * 30,
            "seen_at": pd.to_datetime(["2024-01-01", "2024-01-10"] * 30),
        }
    )
    found = related(frame, engine)["seen_at"]
    assert {share.label: share.share for share in found.shares} == {"1": 1.0, "10": 0.0}
