import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.contingency import relative_risk

from tenure.stats.fairness import impact_ratio, rate_gap

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@given(COUNTS, COUNTS)
def test_the_impact_ratio_and_its_interval_are_scipys_relative_risk(group, reference):
    found = impact_ratio(*group, *reference)
    expected = relative_risk(*group, *reference)
    assert found.estimate == pytest.approx(expected.relative_risk)
    interval = expected.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_a_group_that_is_never_favoured_has_ratio_0_and_a_bound_above_it():
    found = impact_ratio(0, 40, 30, 60)
    assert (found.estimate, found.low) == (0, 0)
    assert 0 < found.high < 1


@pytest.mark.parametrize("counts", [(0, 0, 1, 2), (1, 2, 0, 0), (1, 2, 0, 5)])
def test_what_cannot_be_compared_is_nan(counts):
    assert math.isnan(impact_ratio(*counts).estimate)


def test_newcombes_published_example():
    """Table II of the paper, 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    gap = rate_gap(56, 70, 48, 80)
    assert (round(gap.low, 4), round(gap.high, 4)) == (0.0524, 0.3339)


@given(COUNTS, COUNTS)
def test_the_gap_turns_with_the_groups_and_stays_within_bounds(group, reference):
    gap, turned = rate_gap(*group, *reference), rate_gap(*reference, *group)
    assert gap.estimate == pytest.approx(-turned.estimate)
    assert (gap.low, gap.high) == pytest.approx((-turned.high, -turned.low))
    assert -1 <= gap.low <= gap.estimate <= gap.high <= 1


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    n, m, p, q = 150, 250, 0.3, 0.45
    draws = zip(rng.binomial(n, p, 2000), rng.binomial(m, q, 2000), strict=True)
    pairs = [(rate_gap(int(a), n, int(b), m), impact_ratio(int(a), n, int(b), m)) for a, b in draws]
    held = np.mean(
        [(gap.low <= p - q <= gap.high, ratio.low <= p / q <= ratio.high) for gap, ratio in pairs], 0
    )
    assert held == pytest.approx([0.95, 0.95], abs=0.015)


@pytest.mark.parametrize("measure", [impact_ratio, rate_gap])
def test_more_hits_than_rows_are_refused(measure):
    with pytest.raises(ValueError, match="between 0 and the 2 rows"):
        measure(3, 2, 1, 2)
