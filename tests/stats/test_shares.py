from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.stats.shares import shares_of, smoothed_shares

Counts: TypeAlias = list[int]
COUNTS = st.lists(st.integers(0, 1000), min_size=3, max_size=3).filter(any)


@given(COUNTS, COUNTS, st.floats(0.01, 5))
def test_smoothed_shares_sum_to_one_and_none_is_zero(reference: Counts, current: Counts, pseudo_count: float):
    for shares in smoothed_shares(reference, current, pseudo_count=pseudo_count):
        assert shares.sum() == pytest.approx(1)
        assert (shares > 0).all()


@given(COUNTS)
def test_shares_sum_to_one(counts: Counts):
    assert shares_of(counts).sum() == pytest.approx(1)


def test_smoothing_adds_the_pseudo_count_to_each_occupied_bin():
    reference, current = smoothed_shares([9, 1, 0, 0], [0, 2, 2, 0], pseudo_count=1)
    np.testing.assert_allclose(reference, np.array([10, 2, 1]) / 13)
    np.testing.assert_allclose(current, np.array([1, 3, 3]) / 7)


def test_a_sample_without_rows_has_no_shares():
    reference, current = smoothed_shares([0, 0], [1, 3])
    assert np.isnan(reference).all()
    assert not np.isnan(current).any()
