import numpy as np
import pytest

from tenure.bundle.tradeoff import TRADEOFF, tradeoff_of
from tenure.domain.costs import CostPolicy
from tenure.stats.evaluate import Outcomes
from tenure.stats.threshold import CostTable, minimise_cost, threshold_curve
from tenure.training.curves import MAX_KEPT, tradeoff

COSTS = CostPolicy(false_positive=50, false_negative=4000)


def outcomes(n_rows=2000, n_classes=2, seed=0):
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.ones(n_classes), n_rows)
    codes = (shares.cumsum(axis=1) > generator.random((n_rows, 1))).argmax(axis=1)
    return Outcomes(codes, shares)


def test_each_point_is_what_its_threshold_does_to_the_rows():
    of = outcomes(300)
    told = tradeoff(of, COSTS)
    for at, precision, recall, cost in zip(
        told.thresholds, told.precision, told.recall, told.mean_cost, strict=True
    ):
        called, positive = of.probabilities[:, 1] >= at, of.codes == 1
        assert precision == pytest.approx(positive[called].mean() if called.any() else 0.0)
        assert recall == pytest.approx(called[positive].mean())
        missed, wrong = (positive & ~called).sum(), (called & ~positive).sum()
        assert cost == pytest.approx((4000 * missed + 50 * wrong) / 300)


def test_the_lowest_point_of_the_cost_is_near_the_threshold_that_would_be_chosen():
    of = outcomes()
    told = tradeoff(of, COSTS)
    best = minimise_cost(threshold_curve(of.codes, of.probabilities[:, 1]), CostTable(50, 4000))
    assert min(told.mean_cost) == pytest.approx(best.objective, rel=0.05)


def test_there_are_no_more_points_than_a_bundle_keeps_and_they_survive_it():
    told = tradeoff(outcomes(), None)
    assert len(told.thresholds) == MAX_KEPT
    assert told.mean_cost == ()
    assert tradeoff_of({TRADEOFF: told.to_json()}) == told


def test_more_than_two_classes_have_no_threshold():
    assert tradeoff(outcomes(n_classes=3), COSTS) is None
