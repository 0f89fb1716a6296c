"""The paired interval against theory and against an independent method."""

import numpy as np
import pytest

from tenure.bundle import load_bundle
from tenure.evaluation.comparison import Answers, measure_difference, why_not_comparable
from tenure.stats.bootstrap import Resampling
from tenure.stats.delong import delong_difference, delong_interval
from tenure.testing import write_small_bundle


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    def make(**bundle):
        folder = tmp_path_factory.mktemp("schema") / "bundle"
        write_small_bundle(folder, **bundle)
        return load_bundle(folder).schema

    return make


@pytest.fixture(scope="module")
def binary(schema):
    return schema(threshold=0.5)


def answers(schema, score):
    return Answers(schema, np.column_stack([1 - score, score]))


def two_models(rng, n_rows, skill, skill_before):
    """Labels, and scores of two models that share most of what they know."""
    truth = rng.random(n_rows) < 0.4
    shared = rng.normal(size=n_rows)
    draws = [skill * truth + shared + 0.5 * rng.normal(size=n_rows) for skill in (skill, skill_before)]
    return np.where(truth, "yes", "no").tolist(), [1 / (1 + np.exp(-draw)) for draw in draws]


def compare(metric, schema, labels, scores, **resampling):
    ours, theirs = (answers(schema, score) for score in scores)
    settings = {"seed": 3, **resampling}
    return measure_difference(metric, ours, theirs, labels, resampling=Resampling(**settings))


def test_the_interval_of_an_auc_difference_agrees_with_delong(binary):
    labels, scores = two_models(np.random.default_rng(0), 2000, 1.5, 1.2)
    found = compare("roc_auc", binary, labels, scores, n_resamples=2000)
    expected = delong_difference(np.array(labels) == "yes", scores[0], scores[1])
    assert found.candidate - found.champion == pytest.approx(expected.estimate)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.003)


def test_the_interval_of_an_accuracy_difference_agrees_with_the_normal_one_of_paired_rows(binary):
    labels, scores = two_models(np.random.default_rng(1), 4000, 1.5, 1.0)
    truth = np.array(labels) == "yes"
    right, right_before = (((score >= 0.5) == truth).astype(float) for score in scores)
    gain = right - right_before
    half = 1.959964 * gain.std(ddof=1) / np.sqrt(gain.size)
    found = compare("accuracy", binary, labels, scores, n_resamples=2000)
    assert found.candidate - found.champion == pytest.approx(gain.mean())
    assert (found.low, found.high) == pytest.approx((gain.mean() - half, gain.mean() + half), abs=0.002)


def test_a_candidate_no_better_than_the_champion_seldom_seems_better_and_a_better_one_mostly_does(binary):
    def share_certain(skill):
        certain = 0
        for seed in range(150):
            labels, scores = two_models(np.random.default_rng(seed), 250, skill, 1.2)
            difference = compare("roc_auc", binary, labels, scores, n_resamples=200)
            certain += difference.low > 0
        return certain / 150

    assert share_certain(1.2) <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 150)  # theory: 2.5 %, three errors
    assert share_certain(1.9) > 0.8


def test_pairing_makes_the_interval_narrower_than_two_intervals_of_their_own(binary):
    labels, scores = two_models(np.random.default_rng(2), 1500, 1.5, 1.2)
    paired = compare("roc_auc", binary, labels, scores)
    truth = np.array(labels) == "yes"
    apart = np.hypot(*(delong_interval(truth, score).standard_error for score in scores))
    assert paired.high - paired.low < 0.8 * 2 * 1.96 * apart


def test_rows_of_one_entity_are_no_independent_evidence(binary):
    labels, scores = two_models(np.random.default_rng(4), 300, 1.6, 1.2)
    once = compare("roc_auc", binary, labels, scores)
    entities = np.tile(np.arange(300), 10)
    tenfold = [np.tile(score, 10) for score in scores]
    by_row = compare("roc_auc", binary, labels * 10, tenfold)
    by_entity = compare("roc_auc", binary, labels * 10, tenfold, clusters=entities)
    width, width_by_row, width_by_entity = (d.high - d.low for d in (once, by_row, by_entity))
    assert width_by_entity == pytest.approx(width, rel=0.15)
    assert width_by_row < 0.5 * width


def test_the_same_seed_gives_the_same_interval_and_another_one_another(binary):
    labels, scores = two_models(np.random.default_rng(5), 300, 1.6, 1.2)
    assert compare("f1", binary, labels, scores) == compare("f1", binary, labels, scores)
    assert compare("f1", binary, labels, scores) != compare("f1", binary, labels, scores, seed=4)


def test_each_model_is_measured_at_its_own_threshold(schema):
    labels = ["yes", "yes", "no", "no"] * 30
    score = np.array([0.3, 0.3, 0.1, 0.1] * 30)
    low, high = schema(threshold=0.2), schema(threshold=0.5)
    difference = measure_difference(
        "f1", answers(low, score), answers(high, score), labels, resampling=Resampling(seed=1)
    )
    assert (difference.candidate, difference.champion) == (1.0, 0.0)


def test_without_rows_or_with_one_class_only_an_auc_difference_is_undefined(binary):
    score = np.array([0.1, 0.9])
    assert compare("roc_auc", binary, [], [score[:0], score[:0]]) is None
    assert compare("roc_auc", binary, ["yes", "yes"], [score, score]) is None


def test_a_class_that_one_model_does_not_know_has_probability_zero_for_it(schema):
    ours, theirs = schema(classes=("a", "c", "b")), schema(classes=("a", "b", "d"))
    labels = ["a", "b", "c"] * 40
    exact = np.tile(np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]]), (40, 1))
    without_c = np.tile(np.array([[1.0, 0, 0], [0, 1, 0], [0.4, 0.3, 0.3]]), (40, 1))
    difference = measure_difference(
        "accuracy", Answers(ours, exact), Answers(theirs, without_c), labels, resampling=Resampling(seed=1)
    )
    assert difference.candidate == 1.0
    assert difference.champion == pytest.approx(2 / 3)


def test_models_of_another_task_or_another_positive_class_are_not_comparable(schema, binary):
    assert why_not_comparable(binary, schema(threshold=0.2)) == ""
    assert why_not_comparable(schema(classes=("a", "b", "c")), schema(classes=("a", "b", "d"))) == ""
    assert "task" in why_not_comparable(binary, schema(classes=("a", "b", "c")))
    assert "yes or no" in why_not_comparable(schema(classes=("yes", "no")), binary)
