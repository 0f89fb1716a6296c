from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.stats.psi import (
    measure_psi,
    population_stability_index,
    psi_by_bin,
    psi_critical_value,
    psi_expected_under_no_drift,
    psi_p_value,
)

Counts: TypeAlias = list[int]
COUNTS = st.lists(st.integers(0, 50), min_size=4, max_size=4)


def test_it_is_the_sum_of_both_kullback_leibler_divergences():
    reference, current = np.array([10, 20, 30, 40]), np.array([40, 30, 20, 11])
    p, q = reference / reference.sum(), current / current.sum()
    expected = stats.entropy(p, q) + stats.entropy(q, p)
    found = population_stability_index(reference, current, pseudo_count=0)
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_published_style_scorecard_table_gives_its_textbook_value():
    found = population_stability_index([0.10, 0.25, 0.30, 0.35], [0.15, 0.20, 0.30, 0.35], pseudo_count=0)
    assert found == pytest.approx(0.05 * np.log(1.5) + 0.05 * np.log(1.25), rel=1e-12)


@given(COUNTS, COUNTS)
def test_it_is_symmetric_finite_and_never_negative(reference: Counts, current: Counts):
    forwards = population_stability_index(reference, current)
    backwards = population_stability_index(current, reference)
    if sum(reference) == 0 or sum(current) == 0:
        assert np.isnan(forwards)
    else:
        assert 0 <= forwards < 50
        assert forwards == pytest.approx(backwards, abs=1e-12)


@given(COUNTS, COUNTS)
def test_the_parts_are_never_negative_and_sum_to_the_index(reference: Counts, current: Counts):
    parts = psi_by_bin(reference, current)
    assert parts.shape == (4,)
    if sum(reference) and sum(current):
        assert (parts >= 0).all()
        assert parts.sum() == pytest.approx(population_stability_index(reference, current))


@given(COUNTS)
def test_equal_counts_have_no_drift(counts: Counts):
    if sum(counts):
        assert population_stability_index(counts, counts) == 0


def test_bins_empty_on_both_sides_change_nothing():
    assert population_stability_index([5, 3, 0, 0], [4, 9, 0, 0]) == population_stability_index(
        [5, 3], [4, 9]
    )


def test_without_smoothing_an_empty_bin_is_infinite_and_with_it_is_not():
    assert population_stability_index([90, 10], [100, 0], pseudo_count=0) == np.inf
    assert population_stability_index([90, 10], [100, 0]) < 0.5


def test_a_few_rows_of_the_same_distribution_do_not_explode():
    rng = np.random.default_rng(3)
    reference = np.full(10, 1000)
    found = [population_stability_index(reference, rng.multinomial(10, np.full(10, 0.1))) for _ in range(300)]
    floored = [_psi_with_floor(reference, rng.multinomial(10, np.full(10, 0.1))) for _ in range(300)]
    assert np.mean(found) < psi_expected_under_no_drift(10, 10_000, 10) < np.mean(floored)


def _psi_with_floor(reference: np.ndarray, current: np.ndarray) -> float:
    p = np.maximum(reference / reference.sum(), 1e-4)
    q = np.maximum(current / current.sum(), 1e-4)
    return float(((q - p) * np.log(q / p)).sum())


def test_smoothing_hardly_matters_with_many_rows():
    reference, current = [5000, 3000, 2000], [4000, 3000, 3000]
    plain = population_stability_index(reference, current, pseudo_count=0)
    assert population_stability_index(reference, current) == pytest.approx(plain, rel=1e-3)


def test_its_mean_and_tail_without_drift_are_those_of_theory():
    rng = np.random.default_rng(5)
    shares = np.array([0.05, 0.15, 0.2, 0.1, 0.2, 0.3])
    found = np.array(
        [
            population_stability_index(rng.multinomial(4000, shares), rng.multinomial(1000, shares))
            for _ in range(1500)
        ]
    )
    assert found.mean() == pytest.approx(psi_expected_under_no_drift(6, 4000, 1000), rel=0.07)
    limit = psi_critical_value(n_bins=6, n_reference=4000, n_current=1000, level=0.95)
    assert (found > limit).mean() == pytest.approx(0.05, abs=0.018)


def test_the_p_value_is_uniform_without_drift_and_tiny_with_it():
    rng = np.random.default_rng(8)
    shares = np.full(10, 0.1)
    p_values = [
        measure_psi(rng.multinomial(5000, shares), rng.multinomial(2000, shares)).p_value for _ in range(500)
    ]
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    moved = np.concatenate([np.full(5, 0.06), np.full(5, 0.14)])
    assert measure_psi(rng.multinomial(5000, shares), rng.multinomial(2000, moved)).p_value < 1e-10


def test_critical_value_and_p_value_are_inverses():
    size = {"n_bins": 8, "n_reference": 900, "n_current": 120}
    limit = psi_critical_value(**size, level=0.99)
    assert psi_p_value(limit, **size) == pytest.approx(0.01)


def test_only_bins_that_hold_rows_count_as_bins():
    index = measure_psi([10, 20, 0, 0], [10, 15, 5, 0])
    assert index.n_bins == 3
    assert index.expected == pytest.approx(2 * (1 / 30 + 1 / 30))


def test_one_bin_cannot_drift():
    index = measure_psi([10], [300])
    assert (index.value, index.expected, index.p_value) == (0.0, 0.0, 1.0)
    assert psi_critical_value(n_bins=1, n_reference=10, n_current=10) == 0.0


@pytest.mark.parametrize(("reference", "current"), [([], []), ([0, 0], [1, 2]), ([1, 2], [0, 0]), ([0], [0])])
def test_without_rows_on_a_side_nothing_is_known(reference: Counts, current: Counts):
    index = measure_psi(reference, current)
    assert np.isnan(index.value)
    assert np.isnan(index.p_value)


@pytest.mark.parametrize(
    ("reference", "message"), [([1, 2, 3], "same rows"), ([-1, 2], "0 or more"), ([np.nan, 1], "0 or more")]
)
def test_counts_that_are_none_are_refused(reference: Counts, message: str):
    with pytest.raises(ValueError, match=message):
        population_stability_index(reference, [1, 2])
