import numpy as np
import pytest

from tenure.stats.delong import delong_difference, delong_interval
from tenure.stats.ranking import roc_auc


def _rows(n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = rng.random(n_rows) < 0.3
    shared = target + rng.normal(size=n_rows)
    better = np.round(shared + 0.3 * rng.normal(size=n_rows), 1)
    worse = np.round(shared + 1.0 * rng.normal(size=n_rows), 1)
    return target, better, worse


def _components(target: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DeLong's structural components, pair by pair as in the paper."""
    above, below = score[target], score[~target]
    kernel = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
    return kernel.mean(axis=1), kernel.mean(axis=0)


def test_the_standard_error_is_that_of_the_pairwise_definition():
    target, score, _ = _rows(200, seed=1)
    of_positive, of_negative = _components(target, score)
    variance = of_positive.var(ddof=1) / target.sum() + of_negative.var(ddof=1) / (~target).sum()
    interval = delong_interval(target, score)
    assert interval.standard_error == pytest.approx(np.sqrt(variance), rel=1e-10)
    assert interval.estimate == pytest.approx(roc_auc(target, score))


def test_the_error_of_a_difference_takes_the_covariance_into_account():
    target, better, worse = _rows(200, seed=2)
    positive_a, negative_a = _components(target, better)
    positive_b, negative_b = _components(target, worse)
    covariance = (
        np.cov(positive_a, positive_b) / target.sum() + np.cov(negative_a, negative_b) / (~target).sum()
    )
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = delong_difference(target, better, worse)
    assert difference.standard_error == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert difference.estimate == pytest.approx(roc_auc(target, better) - roc_auc(target, worse))
    assert difference.standard_error < delong_interval(target, better).standard_error * np.sqrt(2)


def test_the_standard_error_is_the_spread_over_new_samples():
    found = [delong_interval(*_rows(400, seed)[:2]) for seed in range(300)]
    spread = np.std([interval.estimate for interval in found])
    assert np.mean([interval.standard_error for interval in found]) == pytest.approx(spread, rel=0.12)


def test_a_score_that_ranks_alike_differs_by_nothing_for_certain():
    target, score, _ = _rows(100, seed=3)
    difference = delong_difference(target, score, np.exp(score))
    assert (difference.low, difference.estimate, difference.high) == (0, 0, 0)


def test_an_interval_stays_within_zero_and_one():
    interval = delong_interval([0, 0, 1, 1, 1], [0.1, 0.8, 0.7, 0.9, 0.95], level=0.999)
    assert interval.high == 1.0
    assert interval.low >= 0.0


@pytest.mark.parametrize("target", [[0, 0, 0], [1, 1, 1], [0, 0, 1], [1, 1, 0]])
def test_fewer_than_two_rows_of_a_class_have_no_error(target: list[float]):
    assert np.isnan(delong_interval(target, [0.1, 0.2, 0.3]).standard_error)
    assert np.isnan(delong_difference(target, [0.1, 0.2, 0.3], [0.3, 0.1, 0.2]).low)
