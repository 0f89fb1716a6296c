import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.stats.bins import count_bins, equal_frequency_edges
from tenure.stats.quantiles import mode, mode_of_counts, quantiles_from_bins

LEVELS = np.array([0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0])


@given(st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=80), st.integers(1, 12))
def test_a_quantile_is_off_by_no_more_than_its_bin(values: list[float], n_bins: int):
    edges = equal_frequency_edges(values, n_bins=n_bins)
    found = quantiles_from_bins(count_bins(values, edges), edges, LEVELS)
    exact = np.quantile(values, LEVELS, method="inverted_cdf")
    places = np.clip(np.searchsorted(edges, exact, side="left"), 1, edges.size - 1)
    assert (found >= edges[places - 1] - 1e-9).all()
    assert (found <= edges[places] + 1e-9).all()
    assert (np.diff(found) >= 0).all()


def test_many_bins_give_the_quantiles_of_the_values():
    values = np.random.default_rng(0).lognormal(size=20_000)
    edges = equal_frequency_edges(values, n_bins=200)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    found = quantiles_from_bins(count_bins(values, edges), edges, levels)
    np.testing.assert_allclose(found, np.quantile(values, levels), rtol=0.005)


def test_counts_of_two_months_give_the_quantiles_of_both():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=4000), rng.normal(1, 1, size=6000)
    edges = np.linspace(-6, 7, 400)
    found = quantiles_from_bins(count_bins(first, edges) + count_bins(second, edges), edges, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(
        found, np.quantile(np.concatenate([first, second]), [0.1, 0.5, 0.9]), atol=0.04
    )


def test_empty_bins_are_jumped_over():
    found = quantiles_from_bins([0, 0, 10, 0, 0, 10, 0, 0], [0, 1, 2, 3, 4, 5], [0.0, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(found, [1.0, 2.0, 4.5, 5.0])


def test_rows_out_of_range_lie_on_the_outermost_edges():
    found = quantiles_from_bins([30, 40, 30, 0], [0, 1], [0.1, 0.5, 0.9])
    np.testing.assert_allclose(found, [0.0, 0.5, 1.0])


def test_the_point_bin_of_a_constant_has_all_its_quantiles():
    assert quantiles_from_bins([0, 9, 0, 0], [4.0, 4.0], [0, 0.5, 1]).tolist() == [4, 4, 4]


@pytest.mark.parametrize(("counts", "edges"), [([0, 3, 1], []), ([0, 0, 0, 5], [0, 1])])
def test_without_edges_or_values_there_are_no_quantiles(counts: list[int], edges: list[float]):
    assert np.isnan(quantiles_from_bins(counts, edges, [0.1, 0.9])).all()


def test_counts_of_other_edges_are_refused():
    with pytest.raises(ValueError, match="2 edges need 4 counts; there are 2"):
        quantiles_from_bins([1, 2], [0, 1], [0.5])


@given(st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=30))
def test_the_mode_is_scipys(values: list[float]):
    assert mode(values) == stats.mode(values).mode


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_without_a_value_there_is_no_mode(values: list[float]):
    assert np.isnan(mode(values))


def test_null_is_never_the_mode():
    assert mode([np.nan, np.nan, np.nan, 2.0]) == 2.0
    assert mode_of_counts([np.nan, 1.0], [9, 1]) == 1.0
    assert np.isnan(mode_of_counts([1.0, 2.0], [0, 0]))
