import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tenure.stats.scaling import Scaling, fit_scaling


def labelled(n_rows, n_classes, *, sharpness, seed=0):
    """Labels drawn from true probabilities, and what a model says that is surer by `sharpness`."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(n_rows, n_classes))
    truth = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    said = truth**sharpness / (truth**sharpness).sum(axis=1, keepdims=True)
    codes = (truth.cumsum(axis=1) > generator.random((n_rows, 1))).argmax(axis=1)
    return codes, said, truth


def test_of_two_classes_it_is_the_logistic_curve_on_the_log_odds():
    codes, said, _ = labelled(4000, 2, sharpness=2.5)
    odds = np.log(said[:, 1] / said[:, 0])
    fitted = fit_scaling(codes, said)
    curve = LogisticRegression(C=np.inf).fit(odds[:, None], codes)
    assert fitted.slope == pytest.approx(curve.coef_[0, 0], abs=2e-3)
    assert fitted.offsets[1] == pytest.approx(curve.intercept_[0], abs=2e-3)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_a_model_too_sure_is_brought_back_to_the_truth(n_classes):
    codes, said, truth = labelled(20_000, n_classes, sharpness=3.0)
    mended = fit_scaling(codes, said).apply(said)
    assert np.abs(mended - truth).mean() < 0.01
    assert np.abs(said - truth).mean() > 0.1


def test_a_model_that_is_right_is_left_almost_as_it_is():
    codes, said, _ = labelled(20_000, 3, sharpness=1.0)
    fitted = fit_scaling(codes, said)
    assert fitted.slope == pytest.approx(1.0, abs=0.05)
    assert np.abs(fitted.offsets).max() < 0.06


def test_few_rows_of_one_class_do_not_make_it_certain():
    fitted = fit_scaling([1, 1, 1], [[0.4, 0.6]] * 3)
    assert 0.6 < fitted.apply([[0.4, 0.6]])[0, 1] < 0.95


def test_without_rows_nothing_is_changed():
    assert fit_scaling([], np.empty((0, 2))) == Scaling(1.0, (0.0, 0.0))


def test_certain_probabilities_stay_finite():
    assert np.isfinite(fit_scaling([0, 1], [[1.0, 0.0], [1.0, 0.0]]).apply([[1.0, 0.0]])).all()
