import numpy as np
import pytest

from tenure.stats.estimation import compare_with_truth, estimate_metrics
from tenure.stats.evaluate import METRICS, Outcomes
from tenure.stats.interval import Interval


def scores(n_rows, n_classes, *, seed=0):
    """Probabilities, and the class called of each row: at a threshold of 0.4 of two."""
    logits = np.random.default_rng(seed).normal(size=(n_rows, n_classes))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    called = shares[:, 1] >= 0.4 if n_classes == 2 else shares.argmax(axis=1)
    return shares, called.astype(np.int64)


def simulated(shares, metric, *, n_draws, seed=1):
    """The metric on labels drawn from the probabilities, draw by draw."""
    generator = np.random.default_rng(seed)
    measure = METRICS[metric].measure
    drawn = (shares.cumsum(axis=1) > generator.random((n_draws, len(shares), 1))).argmax(axis=2)
    return np.array([measure(Outcomes(labels, shares, 0.4)) for labels in drawn])


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(
    "metric", ["roc_auc", "gini", "accuracy", "precision", "recall", "f1", "brier", "log_loss"]
)
def test_value_and_error_are_those_of_labels_drawn_from_the_scores(metric, n_classes):
    shares, called = scores(400, n_classes)
    found = estimate_metrics(shares, called)[metric]
    drawn = simulated(shares, metric, n_draws=300)
    assert found.estimate == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(300) + 5e-4)
    assert found.standard_error == pytest.approx(drawn.std(), rel=0.15)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    n_held = 0
    for seed in range(200):
        shares, called = scores(300, 2, seed=seed)
        found = estimate_metrics(shares, called)["roc_auc"]
        truth = simulated(shares, "roc_auc", n_draws=1, seed=seed)[0]
        n_held += found.low <= truth <= found.high
    assert 180 <= n_held <= 199


def test_certain_scores_promise_a_perfect_metric_without_error():
    shares = np.array([[1.0, 0.0]] * 5 + [[0.0, 1.0]] * 5)
    found = estimate_metrics(shares, shares.argmax(axis=1))
    assert found["roc_auc"].estimate == pytest.approx(1.0)
    assert found["accuracy"].estimate == 1.0
    assert found["accuracy"].standard_error == 0.0


def test_equal_scores_tell_nothing_apart():
    shares = np.tile([0.7, 0.3], (50, 1))
    found = estimate_metrics(shares, np.zeros(50, dtype=int))
    assert found["roc_auc"].estimate == pytest.approx(0.5)
    assert found["accuracy"].estimate == pytest.approx(0.7)


def test_what_is_undefined_is_absent():
    nobody_called = estimate_metrics([[0.9, 0.1], [0.8, 0.2]], [0, 0])
    assert "precision" not in nobody_called
    assert estimate_metrics(np.empty((0, 2)), []) == {}


def test_a_class_that_is_none_is_refused():
    with pytest.raises(ValueError, match="places of 2 classes"):
        estimate_metrics([[0.5, 0.5]], [2])


def test_an_error_that_chance_explains_is_no_surprise():
    estimate = Interval(0.76, 0.84, 0.95, 0.80, 0.02)
    assert compare_with_truth(estimate, 0.82).p_value > 0.3
    far = compare_with_truth(estimate, 0.70)
    assert far.error == pytest.approx(-0.1)
    assert far.p_value < 1e-6


def test_an_estimate_without_error_has_no_chance_to_be_told():
    assert np.isnan(compare_with_truth(Interval(1, 1, 0.95, 1.0, 0.0), 0.9).p_value)
