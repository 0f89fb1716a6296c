from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from tenure.stats.classification import (
    accuracy,
    confusion_matrix,
    f1,
    f1_by_class,
    macro_f1,
    macro_precision,
    macro_recall,
    precision,
    precision_by_class,
    recall,
    recall_by_class,
)

Rows: TypeAlias = list[tuple[int, int]]
Codes: TypeAlias = list[float]
BINARY_ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=25)
CLASS_ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=25)


@given(BINARY_ROWS)
def test_binary_metrics_are_scikit_learns_with_zero_division_zero(rows: Rows):
    target, predicted = (np.array(side) for side in zip(*rows, strict=True))
    matrix = confusion_matrix(target, predicted)
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(target, predicted, labels=[0, 1]))
    assert accuracy(matrix) == pytest.approx(metrics.accuracy_score(target, predicted))
    expected = metrics.precision_recall_fscore_support(
        target, predicted, labels=[1], average=None, zero_division=0
    )
    assert (precision(matrix), recall(matrix), f1(matrix)) == pytest.approx(
        [float(v[0]) for v in expected[:3]]
    )


@given(CLASS_ROWS)
def test_macro_metrics_are_scikit_learns_with_zero_division_zero(rows: Rows):
    target, predicted = (np.array(side) for side in zip(*rows, strict=True))
    matrix = confusion_matrix(target, predicted, n_classes=4)
    expected = metrics.precision_recall_fscore_support(target, predicted, average="macro", zero_division=0)
    assert (macro_precision(matrix), macro_recall(matrix), macro_f1(matrix)) == pytest.approx(expected[:3])


@given(CLASS_ROWS, CLASS_ROWS)
def test_matrices_of_two_months_add_up_to_that_of_both(first: Rows, second: Rows):
    def matrix(rows: Rows) -> np.ndarray:
        target, predicted = zip(*rows, strict=True)
        return confusion_matrix(target, predicted, n_classes=4)

    np.testing.assert_array_equal(matrix(first) + matrix(second), matrix(first + second))


def test_a_class_never_predicted_has_a_precision_of_zero_not_nan():
    matrix = confusion_matrix([1, 1, 0], [0, 0, 0])
    assert (precision(matrix), recall(matrix), f1(matrix)) == (0.0, 0.0, 0.0)


def test_the_positive_class_can_be_chosen():
    matrix = confusion_matrix([0, 0, 1, 2], [0, 1, 1, 0], n_classes=3)
    assert precision(matrix, positive=0) == 0.5
    assert recall(matrix, positive=2) == 0.0


def test_without_rows_every_metric_is_unknown():
    matrix = confusion_matrix([], [])
    assert matrix.sum() == 0
    for measure in (accuracy, precision, recall, f1, macro_precision, macro_recall, macro_f1):
        assert np.isnan(measure(matrix))
    for by_class in (precision_by_class, recall_by_class, f1_by_class):
        assert np.isnan(by_class(matrix)).all()


@pytest.mark.parametrize(
    ("target", "predicted", "message"),
    [
        ([0, 2], [0, 1], r"`target` must hold codes 0 \.\. 1; it holds 2"),
        ([0, 1], [0, 0.5], "`predicted` must hold codes"),
        ([0, 1], [0, np.nan], "it holds nan"),
        ([0, 1, 1], [0, 1], "same rows"),
    ],
)
def test_codes_out_of_range_and_other_rows_are_refused(target: Codes, predicted: Codes, message: str):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(target, predicted)


def test_a_matrix_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="square"):
        accuracy([[1, 2, 3], [4, 5, 6]])
