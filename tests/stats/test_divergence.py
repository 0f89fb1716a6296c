from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from tenure.stats.bins import count_bins, equal_frequency_edges
from tenure.stats.divergence import js_distance, js_divergence, kl_divergence, wasserstein_from_bins

Counts: TypeAlias = list[int]
COUNTS = st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(any)


@given(COUNTS, COUNTS)
def test_kl_without_smoothing_is_scipys_entropy_of_current_against_reference(
    reference: Counts, current: Counts
):
    expected = stats.entropy(current, reference)
    assert kl_divergence(reference, current, pseudo_count=0) == pytest.approx(expected, abs=1e-12)


@given(COUNTS, COUNTS)
def test_smoothed_kl_is_finite_and_never_negative(reference: Counts, current: Counts):
    assert 0 <= kl_divergence(reference, current) < 50


@given(COUNTS, COUNTS)
def test_js_is_scipys_with_base_two(reference: Counts, current: Counts):
    expected = distance.jensenshannon(reference, current, base=2)
    assert js_distance(reference, current) == pytest.approx(expected, abs=1e-7)
    assert js_divergence(reference, current) == pytest.approx(expected**2, abs=1e-12)


@given(COUNTS, COUNTS, COUNTS)
def test_js_distance_is_a_metric_between_zero_and_one(first: Counts, second: Counts, third: Counts):
    direct = js_distance(first, second)
    assert 0 <= direct <= 1
    assert direct == pytest.approx(js_distance(second, first), abs=1e-12)
    assert direct <= js_distance(first, third) + js_distance(third, second) + 1e-9


@pytest.mark.parametrize("measure", [kl_divergence, js_divergence, js_distance])
@pytest.mark.parametrize(("reference", "current"), [([], []), ([0, 0], [1, 1]), ([1, 1], [0, 0])])
def test_without_rows_there_is_no_divergence(
    measure: Callable[..., float], reference: Counts, current: Counts
):
    assert np.isnan(measure(reference, current))


@given(COUNTS, COUNTS)
def test_wasserstein_is_the_area_between_the_distributions(reference: Counts, current: Counts):
    edges = np.array([0.0, 0.0, 1.0, 4.0])
    found = wasserstein_from_bins([*reference, 3], [*current, 0], edges)
    assert found == pytest.approx(_area_on_a_grid(reference, current, edges), abs=2e-4)


def _area_on_a_grid(reference: list[int], current: list[int], edges: np.ndarray) -> float:
    """Mass below lies on the lowest edge, mass above on the highest, the rest evenly within its bin."""
    grid = np.linspace(edges[0], edges[-1], 40_001)

    def reached(counts: Counts) -> np.ndarray:
        shares = np.array(counts) / sum(counts)
        below, point, first, second, _ = shares
        return below + point + first * np.clip(grid / 1.0, 0, 1) + second * np.clip((grid - 1) / 3.0, 0, 1)

    return float(np.trapezoid(np.abs(reached(reference) - reached(current)), grid))


def test_wasserstein_of_many_bins_is_near_that_of_the_samples():
    rng = np.random.default_rng(2)
    reference, current = rng.normal(size=5000), rng.normal(0.5, 1.2, size=4000)
    edges = equal_frequency_edges(np.concatenate([reference, current]), n_bins=100)
    found = wasserstein_from_bins(count_bins(reference, edges), count_bins(current, edges), edges)
    assert found == pytest.approx(stats.wasserstein_distance(reference, current), rel=0.03)


def test_wasserstein_of_a_shift_is_the_shift():
    edges = np.arange(0.0, 11.0)
    reference, current = np.zeros(13), np.zeros(13)
    reference[3] = current[7] = 50
    assert wasserstein_from_bins(reference, current, edges) == pytest.approx(4.0)


def test_wasserstein_without_edges_or_values_is_unknown():
    assert np.isnan(wasserstein_from_bins([0, 4, 1], [0, 4, 1], []))
    assert np.isnan(wasserstein_from_bins([0, 0, 0, 9], [0, 4, 0, 1], [0.0, 1.0]))


def test_wasserstein_wants_the_counts_of_its_edges():
    with pytest.raises(ValueError, match="3 edges need 5 counts"):
        wasserstein_from_bins([1, 2], [1, 2], [0, 1, 2])
