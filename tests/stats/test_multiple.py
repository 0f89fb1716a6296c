import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.stats.multiple import benjamini_hochberg

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def _by_definition(p_values: list[float]) -> list[float]:
    """The smallest false discovery rate at which the step-up procedure rejects each test."""
    ranked = sorted(p_values)
    n_tests = len(ranked)
    return [
        min(min(1.0, later * n_tests / place) for place, later in enumerate(ranked, 1) if later >= p)
        for p in p_values
    ]


@given(P_VALUES)
def test_adjusted_p_values_follow_the_step_up_procedure(p_values: list[float]):
    np.testing.assert_allclose(benjamini_hochberg(p_values), _by_definition(p_values), atol=1e-12)


@given(P_VALUES)
def test_adjusted_p_values_are_scipys_and_never_smaller(p_values: list[float]):
    adjusted = benjamini_hochberg(p_values)
    np.testing.assert_allclose(adjusted, stats.false_discovery_control(p_values, method="bh"))
    assert (adjusted >= np.array(p_values) - 1e-12).all()


def test_a_test_that_could_not_be_made_stays_out_and_stays_unknown():
    adjusted = benjamini_hochberg([0.01, np.nan, 0.04])
    np.testing.assert_allclose(adjusted, [0.02, np.nan, 0.04])


def test_false_discoveries_among_many_columns_stay_below_the_limit():
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(300):
        null, real = rng.random(40), stats.norm.sf(rng.normal(3, 1, 10))
        rejected = benjamini_hochberg(np.concatenate([null, real])) < 0.1
        shares.append(rejected[:40].sum() / max(rejected.sum(), 1))
    assert np.mean(shares) < 0.1


def test_nothing_to_adjust_is_nothing_adjusted():
    assert benjamini_hochberg([]).size == 0
    assert np.isnan(benjamini_hochberg([np.nan])).all()


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, 1.5])
