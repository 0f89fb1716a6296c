import numpy as np
import pytest
from scipy import stats

from tenure.stats.ordering import group_by_score


def test_groups_hold_a_tenth_of_the_rows_each_and_rise_with_the_score():
    score = np.random.default_rng(0).permutation(1000) / 1000
    groups = group_by_score(score > 0.5, score)
    assert groups.n_rows.tolist() == [100] * 10
    assert (np.diff(groups.mean_score) > 0).all()
    assert groups.observed_share.sum() * 100 == pytest.approx((score > 0.5).sum())


def test_equal_scores_are_never_parted():
    groups = group_by_score([0, 1, 0, 1, 1, 1], [0.2, 0.2, 0.2, 0.2, 0.9, 0.9], n_groups=3)
    assert groups.n_rows.tolist() == [4, 2]
    assert groups.observed_share.tolist() == [0.5, 1.0]


def test_the_order_is_kendalls_tau_of_the_groups():
    generator = np.random.default_rng(1)
    score = generator.random(600)
    groups = group_by_score(generator.random(600) < 0.3 + 0.2 * score, score)
    expected = stats.kendalltau(range(10), groups.observed_share).statistic
    assert groups.stability == pytest.approx(expected)


def test_an_order_turned_round_is_minus_one():
    score = np.arange(100) / 100
    assert group_by_score(score < 0.5, score, n_groups=2).stability == -1.0


def test_without_rows_there_are_no_groups():
    groups = group_by_score([], [])
    assert groups.n_rows.size == 0
    assert np.isnan(groups.stability)
