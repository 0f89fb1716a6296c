import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.stats.proportion import compare_proportions, wilson_interval

TRIALS = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
Trials = tuple[int, int]


@given(TRIALS, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_scipys_wilson_interval(trials: Trials, level: float):
    expected = stats.binomtest(*trials).proportion_ci(level, method="wilson")
    interval = wilson_interval(*trials, level=level)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert interval.estimate == pytest.approx(trials[0] / trials[1])


@given(TRIALS)
def test_the_interval_holds_the_share_and_stays_within_zero_and_one(trials: Trials):
    interval = wilson_interval(*trials)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


@given(TRIALS, TRIALS)
def test_the_test_is_pearsons_chi_square_without_correction(reference: Trials, current: Trials):
    found = compare_proportions(*reference, *current)
    table = np.array([[n_yes, n - n_yes] for n_yes, n in (reference, current)])
    if (table.sum(axis=0) == 0).any():
        assert (found.statistic, found.p_value) == (0.0, 1.0)
    else:
        expected = stats.chi2_contingency(table, correction=False)
        assert found.statistic**2 == pytest.approx(expected.statistic, abs=1e-9)
        assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


def test_the_sign_tells_the_direction():
    risen = compare_proportions(10, 100, 30, 100)
    fallen = compare_proportions(30, 100, 10, 100)
    assert risen.difference == pytest.approx(0.2)
    assert risen.statistic == pytest.approx(-fallen.statistic)
    assert risen.statistic > 0


def test_without_trials_nothing_is_known():
    interval = wilson_interval(0, 0)
    assert (interval.low, interval.high) == (0.0, 1.0)
    assert np.isnan(interval.estimate)
    assert np.isnan(compare_proportions(0, 0, 1, 2).p_value)


@pytest.mark.parametrize("successes", [-1, 11])
def test_more_successes_than_trials_are_refused(successes: int):
    with pytest.raises(ValueError, match="between 0 and the 10 trials"):
        wilson_interval(successes, 10)
    with pytest.raises(ValueError, match=f"there are {successes}"):
        compare_proportions(1, 2, successes, 10)
