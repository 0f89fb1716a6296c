import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.stats.moments import moments_of

COLUMNS = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)), max_size=25)
Column = list[float | None]


def _finite(values: Column) -> np.ndarray:
    numbers = np.array(values, dtype=float)
    return numbers[np.isfinite(numbers)]


@given(COLUMNS, COLUMNS, COLUMNS)
def test_merged_summaries_are_those_of_all_rows(first: Column, second: Column, third: Column):
    merged = moments_of(first).merge(moments_of(second)).merge(moments_of(third))
    together = first + second + third
    numbers = _finite(together)
    assert merged.n == numbers.size
    assert merged.n_null == together.count(None)
    assert merged.n_rows == len(together)
    if numbers.size:
        size = np.abs(numbers).max()
        assert merged.mean == pytest.approx(numbers.mean(), abs=1e-9 * size)
        assert (merged.minimum, merged.maximum) == (numbers.min(), numbers.max())
    if numbers.size > 1:
        assert merged.std == pytest.approx(numbers.std(ddof=1), rel=1e-9, abs=1e-7 * size)


@given(COLUMNS, COLUMNS)
def test_the_order_of_merging_does_not_matter(first: Column, second: Column):
    forwards = moments_of(first).merge(moments_of(second))
    backwards = moments_of(second).merge(moments_of(first))
    assert forwards.m2 == pytest.approx(backwards.m2, rel=1e-9, abs=1e-6)
    assert forwards.m3 == pytest.approx(backwards.m3, rel=1e-6, abs=1e-3 * (1 + forwards.m2**1.5))


def test_skew_of_merged_summaries_is_scipys():
    rng = np.random.default_rng(0)
    parts = [rng.exponential(size=n) * scale for n, scale in ((10, 1), (1000, 3), (37, 0.1), (1, 50))]
    merged = moments_of(parts[0])
    for part in parts[1:]:
        merged = merged.merge(moments_of(part))
    together = np.concatenate(parts)
    assert merged.skew == pytest.approx(stats.skew(together), rel=1e-10)
    assert merged.variance == pytest.approx(together.var(ddof=1), rel=1e-12)


def test_a_small_spread_around_a_large_mean_survives_merging():
    rng = np.random.default_rng(1)
    parts = [1e9 + rng.normal(size=500) for _ in range(4)]
    merged = moments_of(parts[0])
    for part in parts[1:]:
        merged = merged.merge(moments_of(part))
    assert merged.std == pytest.approx(np.concatenate(parts).std(ddof=1), rel=1e-6)


def test_an_empty_side_adds_its_nulls_only():
    full, empty = moments_of([1.0, 2.0, 4.0]), moments_of([None, None])
    for merged in (full.merge(empty), empty.merge(full)):
        assert (merged.n, merged.n_null) == (3, 2)
        assert (merged.mean, merged.m2, merged.m3) == (full.mean, full.m2, full.m3)
        assert merged.null_share == pytest.approx(0.4)


@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_without_a_value_nothing_but_the_nulls_is_known(values: Column):
    moments = moments_of(values).merge(moments_of(values))
    assert (moments.n, moments.n_null) == (0, 2 * len(values))
    unknown = [moments.mean, moments.std, moments.skew, moments.minimum, moments.maximum]
    assert np.isnan(unknown).all()
    assert not moments.is_constant


def test_no_rows_have_no_null_share():
    assert np.isnan(moments_of([]).null_share)


@pytest.mark.parametrize("constant", [0.0, 0.1, -7.3, 1e15])
def test_a_constant_has_no_spread_and_no_skew(constant: float):
    moments = moments_of([constant] * 7).merge(moments_of([constant] * 3))
    assert moments.is_constant
    assert moments.std == pytest.approx(0, abs=1e-12 * max(abs(constant), 1))
    assert np.isnan(moments.skew)


def test_one_value_has_no_standard_deviation():
    assert np.isnan(moments_of([3.0]).std)
    assert moments_of([3.0]).mean == 3.0


def test_infinite_values_are_counted_and_kept_out():
    moments = moments_of([1.0, np.inf, 3.0, -np.inf, None]).merge(moments_of([np.inf]))
    assert (moments.n, moments.n_null, moments.n_infinite, moments.n_rows) == (2, 1, 3, 6)
    assert (moments.mean, moments.minimum, moments.maximum) == (2.0, 1.0, 3.0)


def test_values_at_the_end_of_the_range_of_floats_raise_nothing():
    moments = moments_of([1e200, -1e200, 5.0]).merge(moments_of([-1e250, 3.0]))
    assert moments.n == 5
    assert moments.minimum == -1e250
    assert not np.isfinite(moments.skew)
