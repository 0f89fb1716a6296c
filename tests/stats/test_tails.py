import numpy as np
import pytest
from scipy import stats

from tenure.stats.tails import (
    chi2_quantile,
    chi2_tail,
    midranks,
    normal_quantile,
    normal_tail,
    top_ranks,
)


@pytest.mark.parametrize("value", [-8.0, -1.0, 0.0, 0.3, 2.5, 12.0])
def test_tails_and_quantiles_of_the_normal_distribution_are_those_of_scipy(value):
    assert normal_tail(value) == pytest.approx(stats.norm.sf(value), rel=1e-12)
    assert normal_quantile(stats.norm.cdf(value)) == pytest.approx(stats.norm.ppf(stats.norm.cdf(value)))


@pytest.mark.parametrize("n_degrees", [1, 9, 200])
@pytest.mark.parametrize("value", [0.0, 0.5, 20.0, 400.0])
def test_tails_and_quantiles_of_chi_squared_are_those_of_scipy(value, n_degrees):
    assert chi2_tail(value, n_degrees) == pytest.approx(stats.chi2.sf(value, n_degrees), rel=1e-12)
    for share in (0.01, 0.5, 0.999):
        assert chi2_quantile(share, n_degrees) == pytest.approx(stats.chi2.ppf(share, n_degrees), rel=1e-9)


@pytest.mark.parametrize("n_values", [0, 1, 50])
def test_ranks_are_those_of_scipy_ties_and_infinities_included(n_values):
    rng = np.random.default_rng(0)
    values = np.append(rng.integers(0, 12, n_values).astype(float), [np.inf, -np.inf, np.inf])[: n_values + 3]
    for some in (values, values[:n_values]):
        np.testing.assert_array_equal(midranks(some), stats.rankdata(some))
        np.testing.assert_array_equal(top_ranks(some), stats.rankdata(some, method="max"))
