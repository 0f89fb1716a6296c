"""Profiles merge: a week from seven days, a total from shards."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tenure.domain.features import FeatureKind
from tenure.stats.deciles import watched_score
from tenure.stats.profile import Profile, merge_profiles, reference_profile

KINDS = {"income": FeatureKind.NUMBER, "debt": FeatureKind.NUMBER, "job": FeatureKind.CATEGORY}
IMPORTANCE = {"income": 0.5, "job": 0.3, "debt": 0.2}


def rows_of(n, seed=1):
    rng = np.random.default_rng(seed)
    income, debt = rng.lognormal(10, 1, n), rng.poisson(2, n).astype(float)
    income[rng.random(n) < 0.1] = np.nan
    income[:2] = np.inf
    table = pa.table(
        {"income": pa.array(income, from_pandas=True), "debt": debt, "job": rng.choice(list("abc"), n)}
    )
    score = 1 / (1 + np.exp(2 - debt + rng.normal(size=n)))
    return table, np.column_stack([1 - score, score]), np.where(score > 0.5, "1", "0")


def reference(n=2_000, seed=1):
    table, probabilities, predicted = rows_of(n, seed)
    return reference_profile(
        table,
        KINDS,
        classes=("0", "1"),
        probabilities=probabilities,
        predicted=predicted,
        importance=IMPORTANCE,
    )


def parts_of(then, cuts, n=1_000, seed=2):
    table, probabilities, predicted = rows_of(n, seed)
    bounds = [0, *cuts, n]
    return [
        then.empty_like().count(table[a:b], probabilities[a:b], predicted[a:b]) for a, b in pairwise(bounds)
    ]


def flat(value):
    """Every number and word of a profile, in order."""
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in flat(value[key])]
    if isinstance(value, list):
        return [leaf for each in value for leaf in flat(each)]
    return [value]


def assert_same(one: Profile, other: Profile):
    for a, b in zip(flat(one.to_json()), flat(other.to_json()), strict=True):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-9) if isinstance(a, float) else a == b


def test_three_parts_merge_to_what_is_counted_at_once_however_they_are_grouped():
    then = reference()
    a, b, c = parts_of(then, [100, 101])
    (whole,) = parts_of(then, [])
    assert_same(a.merge(b).merge(c), whole)
    assert_same(a.merge(b.merge(c)), whole)
    assert_same(merge_profiles([c, a, b]), whole)


def test_a_part_without_rows_changes_nothing():
    then = reference()
    assert then.merge(then.empty_like()) == then
    assert then.empty_like().merge(then) == then


def test_other_edges_are_refused():
    with pytest.raises(ValueError, match="their edges are the same"):
        reference(seed=1).merge(reference(seed=9))


def test_other_features_are_refused_by_name():
    then = reference()
    with pytest.raises(ValueError, match="features are the same; one has debt, income, job"):
        then.merge(then.scores_only())


def test_a_profile_comes_back_from_its_json():
    then = reference()
    assert Profile.from_json(then.to_json(), classes=["0", "1"]) == then


def test_sums_of_the_score_by_bin_are_those_of_scipy():
    table, probabilities, _ = rows_of(2_000)
    then = reference()
    score, debt = probabilities[:, 1], table["debt"].to_numpy()
    edges = then.numbers["debt"].edges
    assert edges[0] == edges[1] == 0.0
    inside, _, _ = stats.binned_statistic(-debt, score, "sum", bins=[-e for e in edges[:0:-1]] + [1e-9])
    assert then.score_sums["debt"][1:-2] == pytest.approx(inside[::-1])
    jobs = np.array(table["job"].to_pylist())
    for place, job in enumerate(then.categories["job"].top):
        assert then.score_sums["job"][place] == pytest.approx(score[jobs == job].sum())
    assert sum(then.score_sums["income"]) == pytest.approx(score.sum())


def test_means_by_decile_are_those_of_scipy_and_only_of_numbers():
    table, probabilities, _ = rows_of(2_000)
    then = reference().deciles
    assert list(then.features) == ["income", "debt"]
    score, income = probabilities[:, 1], table["income"].to_numpy()
    there = np.isfinite(income)
    edges = [-np.inf, *then.score.edges[1:-1], np.inf]
    means, _, _ = stats.binned_statistic(-score[there], income[there], "mean", bins=[-e for e in edges[::-1]])
    assert [then.features["income"].mean(d) for d in range(10)] == pytest.approx(means[::-1])
    assert sum(then.features["income"].n) == there.sum()
    assert all(abs(n - 200) <= 1 for n in then.score.counts[1:-2])


def test_a_score_beyond_those_of_the_reference_is_of_the_outermost_decile():
    then = reference().deciles.empty_like()
    found = then.count([-1.0, 2.0], {"income": [10.0, 20.0], "debt": [1.0, np.nan]})
    assert found.features["income"].total[0] == 10.0
    assert found.features["income"].total[-1] == 20.0
    assert sum(found.features["debt"].n) == 1


def test_of_three_classes_the_likeliest_is_watched():
    assert watched_score([[0.2, 0.5, 0.3], [0.7, 0.2, 0.1]]).tolist() == [0.5, 0.7]
