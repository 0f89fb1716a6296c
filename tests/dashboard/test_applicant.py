"""One applicant: scores worked out by hand, values beside a profile, and what is never shown."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle import load_bundle
from tenure.dashboard.contents.applicant import (
    find,
    last_batch,
    read_applicant,
    read_scores,
    told_keys,
)
from tenure.dashboard.contents.drift import SCORE, read_distribution
from tenure.domain.features import FeatureKind
from tenure.domain.report import Concern
from tenure.stats.profile import reference_profile
from tenure.stats.quantiles import share_below
from tenure.testing import write_small_bundle

JAN, FEB = date(2024, 1, 31), date(2024, 2, 29)
SSN = "123-45-6789"
TRAINED = np.arange(1.0, 101.0)


def predictions(day, rows):
    return pa.table(
        {
            "id": [key for key, _, _ in rows],
            "event_time": [datetime(day.year, day.month, 5)] * len(rows),
            "score": [score for _, score, _ in rows],
            "probabilities": [[1 - score, score] for _, score, _ in rows],
            "class": ["yes" if score >= 0.5 else "no" for _, score, _ in rows],
            "threshold": [0.5] * len(rows),
            "model": ["small"] * len(rows),
            "model_version": [1] * len(rows),
            "bundle_sha256": ["ab" * 32] * len(rows),
            "origin": [origin for _, _, origin in rows],
        }
    )


@pytest.fixture
def store(tables):
    made = tables()
    made.replace(
        "gold/predictions", predictions(JAN, [("ayşe", 0.2, "batch"), ("b7", 0.6, "batch")]), as_of=JAN
    )
    made.replace(
        "gold/predictions",
        predictions(FEB, [("ayşe", 0.7, "batch"), (SSN, 0.9, "batch"), ("ayşe", 0.4, "served")]),
        as_of=FEB,
    )
    features = pa.table(
        {
            "id": ["ayşe", SSN],
            "event_time": [datetime(2024, 2, 5)] * 2,
            "x0": [25.5, 500.0],
            "x1": pa.array([None, None], pa.float64()),
        }
    )
    made.replace("gold/features", features, as_of=FEB)
    return made


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "1"
    scores = np.linspace(0.05, 0.95, 100)
    profile = reference_profile(
        pa.table({"x0": TRAINED, "x1": [None] * 10 + [1.0] * 90}),
        {"x0": FeatureKind.NUMBER, "x1": FeatureKind.NUMBER},
        classes=("no", "yes"),
        probabilities=np.column_stack([1 - scores, scores]),
        predicted=np.where(scores >= 0.5, "yes", "no"),
        importance={"x0": 3.0, "x1": 1.0},
    )
    write_small_bundle(folder, weights=(0.01, 0.0), profile=profile.to_json())
    return load_bundle(folder)


def applicant(store, bundle, words, **settings):
    entity = find(words, ("id",), as_of=FEB, store=store)[0]
    history = read_scores(entity, as_of=FEB, store=store)
    return read_applicant(entity, history, bundle, None, **({"personal": (), "store": store} | settings))


def test_a_part_of_the_key_in_any_case_finds_whom_the_loop_scored(store):
    assert [each.keys for each in find("AYŞ", ("id",), as_of=FEB, store=store)] == [(("id", "ayşe"),)]
    assert find("nobody", ("id",), as_of=FEB, store=store) == ()


def test_without_a_search_the_last_period_comes_first_and_there_the_highest_score(store):
    found = find("", ("id",), as_of=FEB, store=store)
    assert [(each.keys[0][1], each.score, each.as_of) for each in found] == [
        (SSN, 0.9, FEB),
        ("ayşe", 0.7, FEB),
        ("b7", 0.6, JAN),
    ]


def test_what_was_scored_later_is_not_found(store):
    assert [each.keys[0][1] for each in find("", ("id",), as_of=JAN, store=store)] == ["b7", "ayşe"]


def test_history_has_served_answers_too_and_the_last_batch_is_the_loops(store):
    (entity,) = find("ayşe", ("id",), as_of=FEB, store=store)
    history = read_scores(entity, as_of=FEB, store=store)
    assert [(row.score, row.origin) for row in history] == [(0.2, "batch"), (0.7, "batch"), (0.4, "served")]
    assert last_batch(history).score == 0.7


def test_a_value_is_placed_among_the_training_rows(store, bundle):
    values = {each.feature: each for each in applicant(store, bundle, "ayşe").values}
    assert values["x0"].percentile == pytest.approx((TRAINED < 25.5).mean(), abs=0.01)
    assert values["x0"].outside is False
    assert values["x1"].share == pytest.approx(0.1)
    assert [each.feature for each in applicant(store, bundle, "ayşe").values] == ["x0", "x1"]


def test_a_value_beyond_the_training_rows_is_worth_a_look(store, bundle):
    page = applicant(store, bundle, SSN)
    assert page.headline.concern is Concern.WATCH
    assert "1 of 2 features lie outside what version 1 was trained on, first `x0`" in page.headline.sentence


def test_another_class_than_before_is_worth_a_look(store, bundle):
    page = applicant(store, bundle, "ayşe")
    assert page.headline.concern is Concern.WATCH
    assert page.headline.sentence.endswith("before, it was `yes`.")


def test_a_personal_key_finds_and_is_not_shown(store, bundle):
    page = applicant(store, bundle, "123-45", personal={"id"})
    assert SSN not in repr(page)
    assert told_keys(find("123", ("id",), as_of=FEB, store=store)[0], {"id"}) == "id hidden"


def test_a_personal_column_is_no_value(store, bundle):
    assert [each.feature for each in applicant(store, bundle, "ayşe", personal={"x0"}).values] == ["x1"]


def test_without_the_bundle_there_are_scores_and_nothing_else(store):
    page = applicant(store, None, "ayşe")
    assert len(page.history) == 3
    assert (page.values, page.reasons) == ((), None)


def test_a_distribution_counts_the_periods_rows_by_the_bins_of_training(store, bundle):
    found = read_distribution("x0", FEB, bundle, store=store)
    assert sum(found.then) == pytest.approx(1)
    assert dict(zip(found.labels, found.now, strict=True))["> 100"] == 0.5
    assert (found.n_then, found.n_now) == (100, 2)
    place = found.labels.index("(20, 31]")
    assert found.now[place] == 0.5
    assert found.then[place] == pytest.approx(((TRAINED > 20) & (TRAINED <= 31)).mean())


def test_the_distribution_of_scores_is_of_the_loops_rows(store, bundle):
    found = read_distribution(SCORE, FEB, bundle, store=store)
    assert found.n_now == 2
    assert read_distribution("nothing", FEB, bundle, store=store) is None
    assert read_distribution("x0", JAN, bundle, store=store) is None


@pytest.mark.parametrize("seed", range(5))
def test_the_share_below_a_value_is_that_of_the_sample_within_a_bin(seed):
    rng = np.random.default_rng(seed)
    sample = rng.normal(size=500)
    edges = np.quantile(sample, np.linspace(0, 1, 11), method="inverted_cdf")
    counts = [0, *np.histogram(sample, edges)[0], 0, 0]
    for value in rng.normal(size=20):
        assert share_below(counts, edges, value) == pytest.approx((sample < value).mean(), abs=0.1)
