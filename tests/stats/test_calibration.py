import numpy as np
import pytest
from sklearn.calibration import calibration_curve as sklearn_curve

from tenure.stats.calibration import calibration_curve, expected_calibration_error


def test_the_curve_is_scikit_learns_with_uniform_bins():
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 3, size=2000)
    target = rng.random(2000) < probability**1.3
    observed, predicted = sklearn_curve(target, probability, n_bins=10, strategy="uniform")
    curve = calibration_curve(target, probability, n_bins=10)
    np.testing.assert_allclose(curve.observed_share, observed)
    np.testing.assert_allclose(curve.predicted_share, predicted)
    assert curve.n_rows.sum() == 2000


def test_the_error_is_the_weighted_gap_bin_by_bin():
    rng = np.random.default_rng(1)
    probability, target = rng.random(500), rng.integers(0, 2, 500)
    expected = 0.0
    for low in np.arange(10) / 10:
        rows = (probability >= low) & (probability < low + 0.1)
        expected += rows.sum() / 500 * abs(probability[rows].mean() - target[rows].mean())
    assert expected_calibration_error(target, probability) == pytest.approx(expected)


def test_calibrated_scores_have_a_small_error_and_overconfident_ones_a_large():
    rng = np.random.default_rng(2)
    chance = rng.random(20_000)
    target = rng.random(20_000) < chance
    assert expected_calibration_error(target, chance) < 0.02
    assert expected_calibration_error(target, np.round(chance)) > 0.2


def test_more_classes_are_judged_by_the_class_predicted():
    table = np.array([[0.6, 0.3, 0.1], [0.6, 0.2, 0.2], [0.1, 0.1, 0.8], [0.1, 0.1, 0.8]])
    found = expected_calibration_error([0, 1, 2, 2], table, n_bins=10)
    assert found == pytest.approx(0.5 * abs(0.6 - 0.5) + 0.5 * abs(0.8 - 1.0))


def test_the_ends_of_the_scale_belong_to_the_outer_bins():
    curve = calibration_curve([0, 0, 1, 1], [0.0, 0.2, 0.8, 1.0], n_bins=4)
    np.testing.assert_allclose(curve.predicted_share, [0.1, 0.9])
    assert curve.n_rows.tolist() == [2, 2]
    assert curve.error == pytest.approx(0.1)


def test_without_rows_there_is_no_error():
    assert np.isnan(expected_calibration_error([], []))
    assert np.isnan(expected_calibration_error([], np.empty((0, 3))))
