import time

import numpy as np
import pytest

from tenure.stats.bootstrap import Resampling, bootstrap_difference, bootstrap_interval, draw_weights
from tenure.stats.delong import delong_difference, delong_interval
from tenure.stats.ranking import roc_auc
from tenure.stats.resampled import resampled_f1, resampled_mean, resampled_roc_auc


def _two_scores(n_rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = rng.random(n_rows) < 0.29
    shared = target + rng.normal(size=n_rows)
    return target, shared + 0.3 * rng.normal(size=n_rows), shared + 0.9 * rng.normal(size=n_rows)


def _all_weights(n_rows: int, resampling: Resampling) -> np.ndarray:
    return np.concatenate(list(draw_weights(n_rows, resampling)))


def test_each_resample_takes_as_many_rows_as_there_are():
    weights = _all_weights(40, Resampling(seed=1, n_resamples=200))
    assert weights.shape == (200, 40)
    assert (weights.sum(axis=1) == 40).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(40), abs=0.35)


def test_strata_keep_their_size():
    strata = np.array([0] * 30 + [1] * 10)
    weights = _all_weights(40, Resampling(seed=1, n_resamples=50, strata=strata))
    assert (weights[:, strata == 1].sum(axis=1) == 10).all()
    assert (weights[:, strata == 0].sum(axis=1) == 30).all()
    assert weights.std() > 0.5


def test_rows_of_a_cluster_are_taken_together():
    clusters = np.array([7, 7, 7, 3, 3, 9])
    weights = _all_weights(6, Resampling(seed=1, n_resamples=50, clusters=clusters))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 4]).all()
    assert (weights[:, [0, 3, 5]].sum(axis=1) == 3).all()


def test_memory_is_bounded_without_changing_the_number_of_resamples(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tenure.stats.bootstrap.CELLS_AT_ONCE", 100)
    tables = list(draw_weights(30, Resampling(seed=1, n_resamples=10)))
    assert [len(table) for table in tables] == [3, 3, 3, 1]


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    target, score, _ = _two_scores(300)
    measure = resampled_roc_auc(target, score)
    first, again, other = (
        bootstrap_interval(measure, n_rows=300, resampling=Resampling(seed=seed)) for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_the_interval_of_a_mean_is_that_of_the_central_limit():
    values = np.random.default_rng(2).exponential(size=800)
    interval = bootstrap_interval(
        resampled_mean(values), n_rows=800, resampling=Resampling(seed=0, n_resamples=4000)
    )
    error = values.std(ddof=0) / np.sqrt(800)
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.standard_error == pytest.approx(error, rel=0.05)
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_the_spread_of_an_auc_is_delongs():
    target, better, worse = _two_scores(600)
    alone = bootstrap_interval(resampled_roc_auc(target, better), n_rows=600, resampling=Resampling(seed=0))
    paired = bootstrap_difference(
        resampled_roc_auc(target, better),
        resampled_roc_auc(target, worse),
        n_rows=600,
        resampling=Resampling(seed=0),
    )
    assert alone.standard_error == pytest.approx(delong_interval(target, better).standard_error, rel=0.1)
    delong = delong_difference(target, better, worse)
    assert paired.standard_error == pytest.approx(delong.standard_error, rel=0.1)
    assert paired.estimate == pytest.approx(delong.estimate, abs=1e-12)
    assert (paired.low, paired.high) == pytest.approx(
        (delong.low, delong.high), abs=0.25 * delong.standard_error
    )


def test_pairing_makes_the_interval_shorter_than_two_intervals_apart():
    target, better, worse = _two_scores(600)
    measures = resampled_roc_auc(target, better), resampled_roc_auc(target, worse)
    paired = bootstrap_difference(*measures, n_rows=600, resampling=Resampling(seed=0))
    apart = [bootstrap_interval(one, n_rows=600, resampling=Resampling(seed=0)) for one in measures]
    assert paired.standard_error < 0.8 * np.hypot(apart[0].standard_error, apart[1].standard_error)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """Two models of equal skill: the difference 0 should lie in about 90 of 100 intervals."""
    rng = np.random.default_rng(11)
    held = 0
    for seed in range(200):
        target = rng.random(300) < 0.3
        shared = target + rng.normal(size=300)
        first, second = shared + 0.5 * rng.normal(size=300), shared + 0.5 * rng.normal(size=300)
        interval = bootstrap_difference(
            resampled_roc_auc(target, first),
            resampled_roc_auc(target, second),
            n_rows=300,
            resampling=Resampling(seed=seed, n_resamples=300, level=0.9),
        )
        held += interval.low <= 0 <= interval.high
    assert 0.83 <= held / 200 <= 0.96


def test_a_model_against_itself_differs_by_nothing():
    target, score, _ = _two_scores(200)
    measure = resampled_roc_auc(target, score)
    interval = bootstrap_difference(measure, measure, n_rows=200, resampling=Resampling(seed=0))
    assert (interval.low, interval.estimate, interval.high, interval.standard_error) == (0, 0, 0, 0)
    assert not interval.lies_above(0)


def test_repeated_rows_of_one_entity_are_no_independent_evidence():
    target, score, _ = _two_scores(150)
    rows = np.repeat(np.arange(150), 6)
    measure = resampled_roc_auc(target[rows], score[rows])
    naive = bootstrap_interval(measure, n_rows=900, resampling=Resampling(seed=0))
    clustered = bootstrap_interval(measure, n_rows=900, resampling=Resampling(seed=0, clusters=rows))
    single = bootstrap_interval(resampled_roc_auc(target, score), n_rows=150, resampling=Resampling(seed=0))
    assert clustered.standard_error > 2 * naive.standard_error
    assert clustered.standard_error == pytest.approx(single.standard_error, rel=0.1)


def test_better_by_a_percentage_is_a_function_of_weights_like_any_other():
    target, better, worse = _two_scores(400)
    candidate, champion = resampled_roc_auc(target, better), resampled_roc_auc(target, worse)
    interval = bootstrap_interval(
        lambda weights: candidate(weights) - 1.02 * champion(weights),
        n_rows=400,
        resampling=Resampling(seed=0),
    )
    assert interval.estimate == pytest.approx(roc_auc(target, better) - 1.02 * roc_auc(target, worse))


def test_resamples_without_one_class_are_left_out():
    target = np.array([1] + [0] * 9)
    interval = bootstrap_interval(
        resampled_roc_auc(target, np.arange(10)), n_rows=10, resampling=Resampling(seed=0)
    )
    assert interval.estimate == 0.0
    assert not np.isnan(interval.low)


def test_a_metric_that_is_never_defined_has_no_bounds():
    interval = bootstrap_interval(
        resampled_roc_auc([1, 1, 1], [0.1, 0.2, 0.3]), n_rows=3, resampling=Resampling(seed=0)
    )
    assert np.isnan([interval.low, interval.high, interval.estimate, interval.standard_error]).all()
    assert not interval.lies_above(0)
    assert not interval.lies_below(1)


@pytest.mark.parametrize(
    ("n_rows", "groups", "message"),
    [
        (0, {}, "there are 0"),
        (3, {"strata": np.array([0, 1])}, "`strata` must have one value for each of 3 rows; it has 2"),
        (3, {"clusters": np.array([0])}, "`clusters` must have one value for each of 3 rows; it has 1"),
        (2, {"strata": np.array([0, 1]), "clusters": np.array([0, 1])}, "not by both"),
    ],
)
def test_rows_and_groups_must_agree(n_rows: int, groups: dict[str, np.ndarray], message: str):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(
            resampled_mean(np.ones(n_rows)), n_rows=n_rows, resampling=Resampling(seed=0, **groups)
        )


def test_a_thousand_resamples_of_five_thousand_rows_take_about_a_second_at_most():
    target, better, worse = _two_scores(5000)
    started = time.process_time()
    for candidate, champion in (
        (resampled_roc_auc(target, better), resampled_roc_auc(target, worse)),
        (resampled_f1(target, better > 0.8), resampled_f1(target, worse > 0.8)),
    ):
        bootstrap_difference(candidate, champion, n_rows=5000, resampling=Resampling(seed=0))
    assert time.process_time() - started < 4
