import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tenure.stats.ranking import gini, roc_auc, roc_auc_by_class, roc_auc_macro

ROWS = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=1, max_size=40)


@given(ROWS)
def test_auc_is_the_share_of_pairs_won_with_ties_counted_half(rows: list[tuple[int, int]]):
    above = [score for flag, score in rows if flag]
    below = [score for flag, score in rows if not flag]
    found = roc_auc([flag for flag, _ in rows], [score for _, score in rows])
    if not above or not below:
        assert np.isnan(found)
    else:
        wins = [(a > b) + 0.5 * (a == b) for a in above for b in below]
        assert found == pytest.approx(np.mean(wins), abs=1e-12)


@pytest.mark.parametrize("n_decimals", [1, 2, 8])
def test_auc_is_scikit_learns(n_decimals: int):
    rng = np.random.default_rng(n_decimals)
    target = rng.random(3000) < 0.2
    score = np.round(target * 0.4 + rng.normal(size=3000), n_decimals)
    assert roc_auc(target, score) == pytest.approx(roc_auc_score(target, score), abs=1e-12)
    assert gini(target, score) == pytest.approx(2 * roc_auc_score(target, score) - 1, abs=1e-12)


@given(ROWS)
def test_turning_the_score_around_turns_the_auc_around(rows: list[tuple[int, int]]):
    target, score = [flag for flag, _ in rows], np.array([score for _, score in rows])
    if len(set(target)) == 2:
        assert roc_auc(target, score) + roc_auc(target, -score) == pytest.approx(1)
        assert gini(target, score) == pytest.approx(-gini(target, -score))


def test_infinite_scores_are_ranked():
    assert roc_auc([0, 0, 1, 1], [-np.inf, 0, 1, np.inf]) == 1.0


@pytest.mark.parametrize("target", [[1, 1], [0, 0]])
def test_one_class_has_no_auc(target: list[float]):
    assert np.isnan(roc_auc(target, [0.1, 0.2]))
    assert np.isnan(gini(target, [0.1, 0.2]))


def test_no_rows_have_no_auc():
    assert np.isnan(roc_auc([], []))


def test_a_million_pairs_do_not_overflow():
    target = np.repeat([0, 1], 60_000)
    assert roc_auc(target, np.arange(120_000)) == 1.0


def _three_classes(n_rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    target = rng.choice(3, size=n_rows, p=[0.6, 0.3, 0.1])
    logits = rng.normal(size=(n_rows, 3)) + 1.2 * np.eye(3)[target]
    return target, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def test_macro_auc_is_scikit_learns_one_vs_rest():
    target, scores = _three_classes()
    expected = roc_auc_score(target, scores, multi_class="ovr", average="macro")
    assert roc_auc_macro(target, scores) == pytest.approx(expected, abs=1e-12)


def test_class_weights_by_share_give_scikit_learns_weighted_average():
    target, scores = _three_classes()
    expected = roc_auc_score(target, scores, multi_class="ovr", average="weighted")
    weights = np.bincount(target, minlength=3) / target.size
    assert roc_auc_macro(target, scores, class_weights=weights) == pytest.approx(expected, abs=1e-12)


def test_a_class_that_does_not_occur_is_left_out_of_the_mean():
    target, scores = _three_classes()
    kept = target != 2
    by_class = roc_auc_by_class(target[kept], scores[kept])
    assert np.isnan(by_class[2])
    assert roc_auc_macro(target[kept], scores[kept]) == pytest.approx(np.nanmean(by_class))


def test_two_classes_give_the_plain_auc():
    rng = np.random.default_rng(6)
    target, chance = rng.integers(0, 2, 300), rng.random(300)
    scores = np.column_stack([1 - chance, chance])
    assert roc_auc_macro(target, scores) == pytest.approx(roc_auc(target, chance))


def test_one_class_only_has_no_macro_auc():
    assert np.isnan(roc_auc_macro([1, 1], [[0.5, 0.5], [0.2, 0.8]]))


@pytest.mark.parametrize(
    ("target", "score", "message"),
    [
        ([0, 1], [0.1, np.nan], "1 NaN among 2"),
        ([0, 2], [0.1, 0.2], "0 and 1 only; it holds 2"),
        ([0, 1, 1], [0.1, 0.2], "`target` has 3, `score` has 2"),
        ([0, np.nan], [0.1, 0.2], "0 and 1 only; it holds nan"),
    ],
)
def test_rows_that_cannot_be_ranked_are_refused(target: list[float], score: list[float], message: str):
    with pytest.raises(ValueError, match=message):
        roc_auc(target, score)


def test_codes_beyond_the_columns_of_the_scores_are_refused():
    with pytest.raises(ValueError, match=r"codes 0 \.\. 1; it holds 2"):
        roc_auc_by_class([0, 2], [[0.1, 0.9], [0.2, 0.8]])
    with pytest.raises(ValueError, match="one column per class"):
        roc_auc_by_class([0, 1], [0.1, 0.9])
