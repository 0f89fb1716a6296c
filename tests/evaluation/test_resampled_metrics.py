"""A resampled metric is checked against the metric measured on the rows as often as they were drawn."""

import numpy as np
import pytest
from scipy import stats

from tenure.evaluation.resampling import resampled_metric
from tenure.stats.evaluate import METRICS, Outcomes, measure


def outcomes(n_classes, n_rows=60, seed=1):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(n_classes), size=n_rows).round(2)  # rounded, so that scores tie
    probabilities[:, -1] = 1 - probabilities[:, :-1].sum(axis=1)
    codes = rng.integers(0, n_classes, size=n_rows)
    return Outcomes(codes, probabilities.clip(0, 1), 0.4)


def repeated(rows, weights):
    times = weights.astype(int)
    return Outcomes(rows.codes.repeat(times), rows.probabilities.repeat(times, axis=0), rows.threshold)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", METRICS)
def test_drawing_rows_so_often_is_measuring_them_so_often(name, n_classes):
    rows = outcomes(n_classes)
    weights = np.random.default_rng(2).integers(0, 3, size=(20, rows.codes.size)).astype(float)
    weights = np.vstack([np.ones(rows.codes.size), weights])
    expected = [measure(name, repeated(rows, line)) for line in weights]
    np.testing.assert_allclose(resampled_metric(name, rows)(weights), expected, atol=1e-12)


def test_ks_of_one_draw_is_that_of_scipy():
    rows = outcomes(2)
    positive = rows.codes == 1
    score = rows.probabilities[:, 1]
    expected = stats.ks_2samp(score[positive], score[~positive]).statistic
    found = resampled_metric("ks", rows)(np.ones((1, rows.codes.size)))
    np.testing.assert_allclose(found, [expected], atol=1e-12)


@pytest.mark.parametrize("name", ["ks", "roc_auc", "gini"])
def test_a_draw_of_one_class_leaves_a_ranking_undefined(name):
    rows = outcomes(2)
    of_one_class = (rows.codes == 1).astype(float)[None, :]
    assert np.isnan(resampled_metric(name, rows)(of_one_class)).all()
