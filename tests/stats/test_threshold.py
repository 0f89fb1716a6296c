import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import metrics

from tenure.stats.ks import ks_between_classes
from tenure.stats.threshold import (
    CostTable,
    ThresholdCurve,
    cost_by_cut,
    maximise,
    maximise_f1,
    minimise_cost,
    predicted_positive,
    reach_recall,
    threshold_curve,
)

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=30)
Rows = list[tuple[bool, int]]


def _both_classes(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    target = np.array([flag for flag, _ in rows])
    assume(target.any() and not target.all())
    return target, np.array([value for _, value in rows]) / 8


def _every_partition(score: np.ndarray) -> list[np.ndarray]:
    """Each way a threshold can split the rows, the strictest first."""
    return [score >= cut for cut in [np.inf, *np.unique(score)[::-1]]]


@given(ROWS)
def test_the_curve_counts_what_its_thresholds_do(rows: Rows):
    target, score = _both_classes(rows)
    curve = threshold_curve(target, score)
    partitions = _every_partition(score)
    assert curve.thresholds.size == len(partitions)
    for place, called in enumerate(partitions):
        np.testing.assert_array_equal(predicted_positive(score, curve.thresholds[place]), called)
        assert curve.n_true_positives[place] == (called & target).sum()
        assert curve.n_false_positives[place] == (called & ~target).sum()


@given(ROWS)
def test_the_metrics_along_the_curve_are_scikit_learns(rows: Rows):
    target, score = _both_classes(rows)
    curve = threshold_curve(target, score)
    for place, called in enumerate(_every_partition(score)):
        expected = metrics.precision_recall_fscore_support(
            target, called, labels=[True], average=None, zero_division=0
        )
        found = (curve.precision[place], curve.recall[place], curve.f1[place])
        assert found == pytest.approx([float(value[0]) for value in expected[:3]])
        assert curve.accuracy[place] == pytest.approx(metrics.accuracy_score(target, called))


@given(ROWS)
def test_no_threshold_has_a_higher_f1_than_the_one_chosen(rows: Rows):
    target, score = _both_classes(rows)
    cut = maximise_f1(threshold_curve(target, score))
    best = max(metrics.f1_score(target, called, zero_division=0) for called in _every_partition(score))
    chosen = predicted_positive(score, cut.threshold)
    assert cut.f1 == cut.objective == pytest.approx(best)
    assert metrics.f1_score(target, chosen, zero_division=0) == pytest.approx(best)


@given(ROWS, st.floats(0, 1))
def test_enough_recall_is_reached_at_the_best_precision(rows: Rows, min_recall: float):
    target, score = _both_classes(rows)
    cut = reach_recall(threshold_curve(target, score), min_recall=min_recall)
    allowed = [
        metrics.precision_score(target, called, zero_division=0)
        for called in _every_partition(score)
        if metrics.recall_score(target, called) >= min_recall
    ]
    assert cut.recall >= min_recall
    assert cut.precision == pytest.approx(max(allowed))


COSTS = st.tuples(*[st.integers(-5, 5)] * 4)


@given(ROWS, COSTS)
def test_no_threshold_is_cheaper_than_the_one_chosen(rows: Rows, prices: tuple[int, int, int, int]):
    target, score = _both_classes(rows)
    costs = CostTable(*prices)
    cut = minimise_cost(threshold_curve(target, score), costs)

    def mean_cost(called: np.ndarray) -> float:
        of_positive = np.where(called, costs.true_positive, costs.false_negative)
        of_negative = np.where(called, costs.false_positive, costs.true_negative)
        return float(np.where(target, of_positive, of_negative).mean())

    assert cut.objective == pytest.approx(min(mean_cost(called) for called in _every_partition(score)))
    assert mean_cost(predicted_positive(score, cut.threshold)) == pytest.approx(cut.objective)


@given(ROWS)
def test_the_best_youden_index_is_the_ks_of_a_score_that_ranks_well(rows: Rows):
    target, score = _both_classes(rows)
    best = maximise(curve := threshold_curve(target, score), curve.youden).objective
    worst = curve.youden.min()
    assert max(best, -worst) == pytest.approx(ks_between_classes(target, score))


def test_with_calibrated_scores_the_cheapest_cut_is_near_elkans():
    rng = np.random.default_rng(0)
    chance = rng.random(40_000)
    target = rng.random(40_000) < chance
    cut = minimise_cost(threshold_curve(target, chance), CostTable(false_positive=1, false_negative=4))
    assert cut.threshold == pytest.approx(1 / 5, abs=0.04)


def test_among_equal_f1_the_strictest_cut_is_taken():
    curve = threshold_curve([1, 0, 0, 1], [0.9, 0.7, 0.7, 0.7])
    assert curve.f1[1] == pytest.approx(curve.f1[2])
    assert maximise_f1(curve).threshold == pytest.approx(0.8)


def test_a_threshold_lies_halfway_so_the_last_digit_of_a_score_does_not_matter():
    cut = maximise_f1(threshold_curve([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.7]))
    assert cut.threshold == pytest.approx(0.4)
    nudged = np.array([0.1, 0.2, 0.6, 0.7]) - 1e-6
    assert predicted_positive(nudged, cut.threshold).tolist() == [False, False, True, True]


def test_neighbouring_floats_are_still_parted():
    low = 0.5
    high = np.nextafter(low, 1)
    cut = maximise_f1(threshold_curve([0, 1], [low, high]))
    assert cut.f1 == 1.0
    assert predicted_positive([low, high], cut.threshold).tolist() == [False, True]


def test_a_constant_score_calls_all_rows_or_none():
    curve = threshold_curve([0, 1, 1], [0.3, 0.3, 0.3])
    assert curve.n_true_positives.tolist() == [0, 2]
    assert maximise_f1(curve).threshold == 0.3


def test_nobody_is_called_positive_when_that_is_cheapest():
    score = np.array([0.2, 0.4, 0.9])
    cut = minimise_cost(threshold_curve([0, 1, 0], score), CostTable(false_positive=10, false_negative=1))
    assert not predicted_positive(score, cut.threshold).any()
    assert np.isfinite(cut.threshold)
    assert (cut.precision, cut.recall, cut.f1) == (0, 0, 0)


def test_half_a_million_rows_take_no_time():
    rng = np.random.default_rng(1)
    target, score = rng.random(500_000) < 0.2, rng.random(500_000)
    curve = threshold_curve(target, score)
    assert curve.thresholds.size == np.unique(score).size + 1
    assert curve.f1[-1] == pytest.approx(2 * target.sum() / (target.sum() + target.size))


def _one_class(flag: int) -> ThresholdCurve:
    return threshold_curve([flag] * 3, [0.1, 0.2, 0.3])


@pytest.mark.parametrize("flag", [0, 1])
def test_one_class_is_refused_with_its_numbers(flag: int):
    curve = _one_class(flag)
    for choose in (
        maximise_f1,
        lambda c: maximise(c, c.accuracy),
        lambda c: reach_recall(c, min_recall=0.5),
        lambda c: minimise_cost(c, CostTable(1, 1)),
    ):
        with pytest.raises(ValueError, match=rf"{3 * flag} of class 1 and {3 * (1 - flag)} of class 0"):
            choose(curve)


@pytest.mark.parametrize("score", [[0.1, np.nan], [0.1, np.inf], []])
def test_scores_that_cannot_be_cut_are_refused(score: list[float]):
    with pytest.raises(ValueError, match=r"NaN|finite"):
        threshold_curve([0, 1][: len(score)], score)


def test_an_impossible_recall_is_refused():
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]; it is 1.2"):
        reach_recall(threshold_curve([0, 1], [0.1, 0.2]), min_recall=1.2)


def test_costs_along_the_curve_count_all_four_outcomes():
    curve = threshold_curve([0, 1], [0.2, 0.8])
    costs = CostTable(false_positive=1, false_negative=10, true_positive=-2, true_negative=-4)
    np.testing.assert_allclose(cost_by_cut(curve, costs), [(10 - 4) / 2, (-2 - 4) / 2, (-2 + 1) / 2])
