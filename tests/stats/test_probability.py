from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from tenure.stats.probability import brier_by_row, brier_score, log_loss, log_loss_by_row


def _rows(n_classes: int, n_rows: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n_classes)
    return rng.integers(0, n_classes, n_rows), rng.dirichlet(np.ones(n_classes), size=n_rows)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_log_loss_is_scikit_learns(n_classes: int):
    target, table = _rows(n_classes)
    expected = metrics.log_loss(target, table, labels=range(n_classes))
    assert log_loss(target, table) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_brier_score_is_scikit_learns(n_classes: int):
    target, table = _rows(n_classes)
    if n_classes == 2:
        expected = metrics.brier_score_loss(target, table[:, 1])
    else:
        expected = metrics.brier_score_loss(target, table, labels=range(n_classes))
    assert brier_score(target, table) == pytest.approx(expected, rel=1e-12)


def test_the_probability_of_class_one_alone_says_the_same_as_both():
    target, table = _rows(2)
    assert log_loss(target, table[:, 1]) == pytest.approx(log_loss(target, table))
    assert brier_score(target, table[:, 1]) == pytest.approx(brier_score(target, table))


def test_a_certain_error_costs_much_but_not_everything():
    assert log_loss([1], [0.0]) == pytest.approx(metrics.log_loss([1], [0.0], labels=[0, 1]))
    assert log_loss([1], [0.0]) == pytest.approx(36.04, abs=0.01)


def test_the_score_is_the_mean_over_rows():
    target, table = _rows(3)
    assert log_loss_by_row(target, table).mean() == pytest.approx(log_loss(target, table))
    assert brier_by_row(target, table).mean() == pytest.approx(brier_score(target, table))
    assert brier_by_row(target, table).shape == target.shape


def test_certainty_that_comes_true_costs_nothing():
    assert log_loss([0, 1], [0.0, 1.0]) == 0
    assert brier_score([0, 1], [0.0, 1.0]) == 0


@pytest.mark.parametrize("measure", [log_loss, brier_score])
def test_without_rows_there_is_no_score(measure: Callable[..., float]):
    assert np.isnan(measure([], np.empty((0, 3))))


@pytest.mark.parametrize("measure", [log_loss, brier_score])
@pytest.mark.parametrize("wrong", [1.2, -0.1, np.nan])
def test_what_is_no_probability_is_refused(measure: Callable[..., float], wrong: float):
    with pytest.raises(ValueError, match="must lie in"):
        measure([0, 1], [0.5, wrong])


def test_rows_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="same rows"):
        log_loss([0, 1, 1], [0.5, 0.5])
    with pytest.raises(ValueError, match="one or two dimensions"):
        log_loss([0], [[[0.5, 0.5]]])
