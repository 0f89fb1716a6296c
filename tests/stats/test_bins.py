import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tenure.stats.bins import (
    bin_labels,
    bin_positions,
    count_bins,
    edges_from_quantiles,
    equal_frequency_edges,
)

ANY_FLOATS = arrays(np.float64, st.integers(0, 60), elements=st.floats(width=32))
FEW_VALUES = arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([-1.0, 0.0, 0.0, 2.5, 7.0]))


def position_by_definition(value: float, edges: np.ndarray) -> int:
    if np.isnan(value):
        return len(edges) + 1
    if value < edges[0]:
        return 0
    for place, edge in enumerate(edges[1:], start=1):
        if value <= edge:
            return place
    return len(edges)


def test_equal_frequency_bins_hold_equally_many_distinct_values():
    values = np.random.default_rng(0).normal(size=10_000)
    counts = count_bins(values, equal_frequency_edges(values, n_bins=10))
    assert counts[0] == counts[-2] == counts[-1] == 0
    assert abs(counts[1:-2] - 1000).max() <= 1


@given(ANY_FLOATS, ANY_FLOATS)
def test_every_row_is_counted_once_whatever_it_holds(reference: np.ndarray, current: np.ndarray):
    edges = equal_frequency_edges(reference, n_bins=5)
    counts = count_bins(current, edges)
    assert counts.sum() == current.size
    assert counts[-1] == np.isnan(current).sum()
    assert counts.size == max(edges.size - 1, 0) + 3


@given(FEW_VALUES, ANY_FLOATS)
def test_a_value_lies_in_the_bin_that_the_rule_of_membership_names(
    reference: np.ndarray, current: np.ndarray
):
    edges = equal_frequency_edges(reference, n_bins=4)
    expected = [position_by_definition(value, edges) for value in current]
    assert bin_positions(current, edges).tolist() == expected


@given(FEW_VALUES)
def test_no_reference_row_lies_out_of_the_range_of_the_reference(reference: np.ndarray):
    counts = count_bins(reference, equal_frequency_edges(reference))
    assert counts[0] == counts[-2] == 0


def test_a_flag_column_has_one_bin_for_each_value_even_if_one_is_rare():
    flags = np.array([0] * 97 + [1] * 3)
    edges = equal_frequency_edges(flags, n_bins=10)
    assert count_bins(flags, edges).tolist() == [0, 97, 3, 0, 0]
    assert count_bins(1 - flags, edges).tolist() == [0, 3, 97, 0, 0]


def test_the_zeros_of_a_mostly_zero_column_are_a_bin_of_their_own():
    values = np.concatenate([np.zeros(80), np.linspace(1, 20, 20)])
    counts = count_bins(values, equal_frequency_edges(values, n_bins=10))
    assert counts[1] == 80
    assert counts[1:-2].sum() == 100


def test_each_of_few_distinct_values_gets_its_own_bin():
    values = np.repeat([1, 2, 3, 4], [10, 40, 30, 20])
    assert count_bins(values, equal_frequency_edges(values)).tolist() == [0, 10, 40, 30, 20, 0, 0]


def test_a_constant_column_has_one_bin_and_any_other_value_is_out_of_range():
    edges = equal_frequency_edges(np.full(50, 3.0))
    assert edges.tolist() == [3.0, 3.0]
    assert count_bins([3.0, 2.9, 3.1, np.nan], edges).tolist() == [1, 1, 1, 1]


def test_nan_and_infinity_never_become_edges():
    edges = equal_frequency_edges([np.nan, -np.inf, 1, 2, 3, np.inf], n_bins=2)
    assert edges.tolist() == [1.0, 2.0, 3.0]
    assert edges_from_quantiles([-np.inf, 1, 2, np.inf, np.nan]).tolist() == [1.0, 2.0]


def test_infinite_values_lie_below_and_above():
    assert count_bins([-np.inf, np.inf, np.inf], [0, 1]).tolist() == [1, 0, 2, 0]


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [np.inf]])
def test_without_a_finite_value_there_are_no_edges_and_every_value_lies_above(values: list[float]):
    edges = equal_frequency_edges(values)
    assert edges.size == 0
    assert count_bins([1.0, -1.0, np.nan], edges).tolist() == [0, 2, 1]


def test_edges_from_an_engines_quantiles_are_those_from_the_values():
    values = np.random.default_rng(1).integers(0, 30, 500).astype(float)
    quantiles = np.quantile(values, np.linspace(0, 1, 11), method="inverted_cdf")
    np.testing.assert_array_equal(edges_from_quantiles(quantiles), equal_frequency_edges(values))


@given(ANY_FLOATS)
def test_there_is_a_label_for_every_position(values: np.ndarray):
    edges = equal_frequency_edges(values, n_bins=3)
    assert len(bin_labels(edges)) == count_bins(values, edges).size


@pytest.mark.parametrize("edges", [[1.0], [2.0, 1.0], [0.0, 1.0, 1.0], [0.0, np.nan], [0.0, np.inf]])
def test_edges_that_do_not_ascend_are_refused(edges: list[float]):
    with pytest.raises(ValueError, match="ascend"):
        bin_positions([1.0], edges)


def test_no_bins_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        equal_frequency_edges([1, 2], n_bins=0)


def test_a_table_is_no_column():
    with pytest.raises(ValueError, match="one dimension"):
        equal_frequency_edges([[1, 2], [3, 4]])
