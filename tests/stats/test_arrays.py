import numpy as np
import pandas as pd
import pytest

from tenure.stats.arrays import (
    as_codes,
    as_counts,
    as_flags,
    as_floats,
    as_probabilities,
    as_scores,
    check_same_length,
)


def test_columns_of_a_data_frame_are_taken_as_they_are():
    frame = pd.DataFrame({"n": [1, 2], "flag": [True, False], "x": [0.5, None]})
    assert as_floats(frame["n"], "n").tolist() == [1.0, 2.0]
    assert as_flags(frame["flag"], "flag").tolist() == [True, False]
    assert np.isnan(as_floats(frame["x"], "x")[1])


def test_single_precision_and_integers_become_double_precision():
    for dtype in (np.float32, np.int8, np.uint64):
        assert as_floats(np.array([1, 2], dtype=dtype), "x").dtype == np.float64


def test_words_are_no_numbers():
    with pytest.raises(ValueError, match="could not convert"):
        as_floats(["a"], "x")


def test_what_is_given_is_not_changed():
    given = np.array([[0.5, 1.0000001]])
    as_probabilities(given, "p")
    assert given[0, 1] == 1.0000001


def test_a_probability_off_by_single_precision_is_put_on_the_border():
    table = as_probabilities(np.array([1.0000001, -0.0000001, 0.25]), "p")
    assert table[:, 1].tolist() == [1.0, 0.0, 0.25]
    assert table.min() == 0.0
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]; it holds"):
        as_probabilities([1.001], "p")


def test_infinite_scores_can_be_ranked_and_nan_cannot():
    assert as_scores([np.inf, -np.inf], "score").size == 2
    with pytest.raises(ValueError, match="2 NaN among 3"):
        as_scores([np.nan, np.nan, 1.0], "score")


@pytest.mark.parametrize("counts", [[-1], [np.nan], [np.inf]])
def test_a_count_is_finite_and_not_negative(counts: list[float]):
    with pytest.raises(ValueError, match="`rows` must hold counts of 0 or more"):
        as_counts(counts, "rows")


@pytest.mark.parametrize("code", [-1, 3, 0.5, np.nan, np.inf])
def test_a_code_is_one_of_the_classes(code: float):
    with pytest.raises(ValueError, match=r"codes 0 \.\. 2"):
        as_codes([0, code], "target", n_classes=3)


def test_lengths_are_told_one_by_one():
    check_same_length(a=np.zeros(2), b=np.zeros((2, 5)))
    with pytest.raises(ValueError, match="`a` has 2, `b` has 3, `c` has 2"):
        check_same_length(a=np.zeros(2), b=np.zeros(3), c=np.zeros(2))
