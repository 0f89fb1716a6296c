import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.stats.bins import count_bins, equal_frequency_edges
from tenure.stats.ks import ks_between_classes, ks_from_counts, ks_from_samples

SAMPLES = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=40)


@given(SAMPLES, SAMPLES)
def test_the_statistic_is_the_largest_gap_at_any_value(reference: list[float], current: list[float]):
    gaps = [np.mean(np.array(reference) <= x) - np.mean(np.array(current) <= x) for x in reference + current]
    assert ks_from_samples(reference, current).statistic == pytest.approx(max(np.abs(gaps)), abs=1e-12)


def test_large_samples_agree_with_scipy_too():
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=20_000), rng.normal(0.02, 1, size=5_000)
    expected = stats.ks_2samp(reference, current, method="asymp")
    found = ks_from_samples(reference, current)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.03)


@given(SAMPLES, SAMPLES)
def test_bins_of_each_distinct_value_lose_nothing(reference: list[float], current: list[float]):
    values = np.unique(reference + current)
    edges = np.append(values[0], values)
    found = ks_from_counts(count_bins(reference, edges)[:-1], count_bins(current, edges)[:-1])
    assert found.statistic == pytest.approx(ks_from_samples(reference, current).statistic)


def test_coarse_bins_give_a_lower_bound():
    rng = np.random.default_rng(1)
    reference, current = rng.normal(size=2000), rng.normal(0.3, 1, size=2000)
    edges = equal_frequency_edges(reference, n_bins=10)
    binned = ks_from_counts(count_bins(reference, edges)[:-1], count_bins(current, edges)[:-1]).statistic
    exact = ks_from_samples(reference, current).statistic
    assert 0.8 * exact < binned <= exact


def test_nan_is_left_out_and_infinity_is_the_largest_value():
    assert ks_from_samples([1, 2, np.nan], [1, 2]).statistic == 0
    assert ks_from_samples([1, 2], [1, np.inf]).statistic == 0.5


@pytest.mark.parametrize(("reference", "current"), [([], [1.0]), ([np.nan], [1.0]), ([1.0], [])])
def test_without_a_value_there_is_no_test(reference: list[float], current: list[float]):
    found = ks_from_samples(reference, current)
    assert np.isnan(found.statistic)
    assert np.isnan(found.p_value)


@pytest.mark.parametrize(("reference", "current"), [([], []), ([0, 0], [1, 1])])
def test_counts_without_rows_give_no_test(reference: list[float], current: list[float]):
    assert np.isnan(ks_from_counts(reference, current).statistic)


@pytest.mark.parametrize("size", [1, 2, 5, 10, 30, 200])
def test_the_p_value_is_near_the_exact_one_down_to_a_few_rows(size: int):
    reference = np.arange(size, dtype=float)
    for n_moved in {1, (size + 1) // 2, size}:
        current = np.where(reference < n_moved, reference + size, reference) + 0.25
        exact = stats.ks_2samp(reference, current, method="exact").pvalue
        found = ks_from_samples(reference, current).p_value
        assert found >= 0.65 * exact
        assert found <= 2.5 * exact or exact < 0.005


def test_without_drift_small_p_values_are_no_more_frequent_than_they_should_be():
    rng = np.random.default_rng(9)
    p_values = [ks_from_samples(rng.normal(size=300), rng.normal(size=80)).p_value for _ in range(800)]
    assert np.mean(np.array(p_values) < 0.05) < 0.065


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=40))
def test_between_classes_it_is_the_test_of_one_class_against_the_other(rows: list[tuple[int, int]]):
    target = np.array([flag for flag, _ in rows])
    score = np.array([value for _, value in rows], dtype=float)
    found = ks_between_classes(target, score)
    if target.all() or not target.any():
        assert np.isnan(found)
    else:
        assert found == pytest.approx(ks_from_samples(score[target], score[~target]).statistic)
        cuts = [np.mean(score[target] >= t) - np.mean(score[~target] >= t) for t in score]
        assert found == pytest.approx(max(np.abs(cuts)))
