import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tenure.stats.ranking import roc_auc_macro
from tenure.stats.resampled import (
    resampled_f1,
    resampled_macro_f1,
    resampled_mean,
    resampled_precision,
    resampled_recall,
    resampled_roc_auc,
    resampled_roc_auc_macro,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 4), st.integers(0, 3)),
    min_size=3,
    max_size=20,
).filter(lambda rows: any(weight for *_, weight in rows))
Rows = list[tuple[int, int, int, int]]


def _spread(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Target, prediction, score and weights; and the rows each taken as often as its weight says."""
    target, predicted, score, weights = (np.array(side) for side in zip(*rows, strict=True))
    return target, predicted, score / 4, weights.astype(float), np.repeat(np.arange(len(rows)), weights)


@given(ROWS)
def test_a_weight_is_a_row_taken_so_often(rows: Rows):
    target, predicted, score, weights, taken = _spread(rows)
    positive, called = target == 1, predicted == 1
    pairs = {
        resampled_f1: metrics.f1_score,
        resampled_precision: metrics.precision_score,
        resampled_recall: metrics.recall_score,
    }
    for factory, measure in pairs.items():
        found = factory(positive, called)(weights[None])[0]
        assert found == pytest.approx(measure(positive[taken], called[taken], zero_division=0))
    found = resampled_roc_auc(positive, score)(weights[None])[0]
    if len(set(positive[taken])) < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(metrics.roc_auc_score(positive[taken], score[taken]))


@given(ROWS)
def test_macro_f1_of_a_resample_is_scikit_learns(rows: Rows):
    target, predicted, _, weights, taken = _spread(rows)
    found = resampled_macro_f1(target, predicted, n_classes=3)(weights[None])[0]
    expected = metrics.f1_score(target[taken], predicted[taken], average="macro", zero_division=0)
    assert found == pytest.approx(expected)


@given(ROWS)
def test_one_class_of_many_can_be_the_positive_one(rows: Rows):
    target, predicted, _, weights, taken = _spread(rows)
    found = resampled_f1(target, predicted, positive=2, n_classes=3)(weights[None])[0]
    assert found == pytest.approx(
        metrics.f1_score(target[taken] == 2, predicted[taken] == 2, zero_division=0)
    )


@given(ROWS)
@settings(max_examples=50)
def test_macro_auc_of_a_resample_is_that_of_the_rows_taken(rows: Rows):
    target, _, _, weights, taken = _spread(rows)
    scores = np.random.default_rng(len(rows)).dirichlet(np.ones(3), size=len(rows)).round(1).clip(0, 1)
    found = resampled_roc_auc_macro(target, scores)(weights[None])[0]
    assert found == pytest.approx(roc_auc_macro(target[taken], scores[taken]), nan_ok=True)


@given(ROWS)
def test_a_mean_is_that_of_the_rows_taken(rows: Rows):
    _, _, score, weights, taken = _spread(rows)
    found = resampled_mean(score)(weights[None])[0]
    assert found == pytest.approx(score[taken].mean())


def test_each_line_of_weights_is_measured_by_itself():
    rng = np.random.default_rng(0)
    target, score = rng.random(50) < 0.4, rng.random(50).round(1)
    weights = rng.integers(0, 4, size=(20, 50)).astype(float)
    together = resampled_roc_auc(target, score)(weights)
    one_by_one = [resampled_roc_auc(target, score)(line[None])[0] for line in weights]
    np.testing.assert_allclose(together, one_by_one)
    assert together.shape == (20,)
