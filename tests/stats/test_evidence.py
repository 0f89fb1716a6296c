import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import CategoricalNB

from tenure.stats.evidence import (
    evidence_scores,
    information_interval,
    table_of_groups,
    weights_of_evidence,
)
from tenure.stats.information import contingency_table, information_value


def draw(shares_0, shares_1, n_0: int, n_1: int, *, rng: np.random.Generator):
    return np.stack([rng.multinomial(n_0, shares_0), rng.multinomial(n_1, shares_1)], axis=1)


def test_the_weights_are_those_of_a_categorical_naive_bayes_with_half_a_row_per_group():
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, 400)
    groups = (rng.integers(0, 3, 400) + target).astype(np.int64)
    fitted = CategoricalNB(alpha=0.5).fit(groups[:, None], target).feature_log_prob_[0]
    weights = weights_of_evidence(contingency_table(groups.tolist(), target)[np.argsort(_order(groups))])
    np.testing.assert_allclose(weights, fitted[1] - fitted[0])


def _order(groups):
    """The groups in the order in which they appear."""
    return [group for place, group in enumerate(groups) if group not in groups[:place]]


@pytest.mark.parametrize(("n_0", "n_1"), [(4000, 400), (900, 1500)])
def test_the_interval_holds_the_information_value_of_the_population_nineteen_times_in_twenty(n_0, n_1):
    shares_0, shares_1 = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.3, 0.4])
    truth = float(((shares_0 - shares_1) * np.log(shares_0 / shares_1)).sum())
    rng = np.random.default_rng(1)
    found = [information_interval(draw(shares_0, shares_1, n_0, n_1, rng=rng)) for _ in range(600)]
    held = np.mean([each.low <= truth <= each.high for each in found])
    assert 0.925 <= held <= 0.975
    spread = np.std([each.estimate for each in found])
    assert np.mean([each.standard_error for each in found]) == pytest.approx(spread, rel=0.1)


def test_many_groups_of_noise_are_not_taken_for_information():
    rng = np.random.default_rng(2)
    even = np.full(40, 1 / 40)
    found = [information_interval(draw(even, even, 2000, 200, rng=rng)) for _ in range(200)]
    assert np.mean([each.estimate for each in found]) > 0.15
    assert np.mean([(each.low + each.high) / 2 for each in found]) == pytest.approx(0, abs=0.02)


def test_the_interval_is_around_the_information_value():
    table = [[300, 40], [200, 80], [100, 120]]
    assert information_interval(table).estimate == information_value(table)


def test_one_class_has_no_interval():
    assert np.isnan(information_interval([[5, 0], [3, 0]]).low)


def test_scores_of_columns_of_noise_rank_nothing_and_telling_ones_add_up():
    rng = np.random.default_rng(3)
    target = rng.integers(0, 2, 4000)
    noise = [rng.integers(0, 10, 4000) for _ in range(30)]
    telling = [np.digitize(rng.normal(size=4000) + 0.6 * target, [-1, 0, 1]) for _ in range(3)]
    alone = roc_auc_score(target, evidence_scores(telling[:1], target))
    together = roc_auc_score(target, evidence_scores([*telling, *noise], target))
    assert roc_auc_score(target, evidence_scores(noise, target)) == pytest.approx(0.5, abs=0.03)
    assert together > alone + 0.08


def test_a_row_is_not_scored_by_its_own_class():
    """Every row a group of its own: in its fold nothing is known of it."""
    target = np.tile([0, 1, 1], 100)
    assert not evidence_scores([np.arange(300)], target, least=-np.inf).any()


def test_the_table_counts_the_rows_named_only():
    groups, codes = np.array([0, 1, 1, 2]), np.array([0, 1, 0, 1])
    named = np.array([True, True, False, False])
    assert table_of_groups(groups, codes, n_groups=3, rows=named).tolist() == [[1, 0], [0, 1], [0, 0]]
