"""Classes cut from a number, against pandas and NumPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from tenure.domain.cuts import CutPolicy, LabelCuts, class_names, cuts_of, learn_cuts
from tenure.errors import NotEnoughLabelsError, ProjectError

THREE = ("low", "medium", "high")
POLICY = CutPolicy(quantiles=(0.4, 0.8), classes=THREE)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["prices", "heaps", "with negatives"])
def test_classes_are_those_of_pandas_qcut(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    values = np.exp(rng.normal(14, 1, 997))
    if kind == "heaps":
        values = np.round(values, -5)
    if kind == "with negatives":
        values -= values.mean()
    cuts = learn_cuts(values, quantiles=[0.4, 0.8], classes=THREE)
    expected = pd.qcut(values, [0, 0.4, 0.8, 1], labels=list(THREE))
    assert cuts.classify(values).tolist() == list(expected)
    assert cuts.edges == tuple(np.quantile(values, [0.4, 0.8]))


@given(
    st.lists(st.integers(-50, 50), min_size=5, max_size=60),
    st.sampled_from([(0.5,), (0.4, 0.8), (0.2, 0.5, 0.9)]),
)
def test_cuts_either_are_those_of_pandas_or_are_refused_where_ties_leave_a_class_empty(
    values, quantiles
) -> None:
    classes = [f"c{place}" for place in range(len(quantiles) + 1)]
    edges = np.quantile(values, quantiles)
    tied = (np.diff([*edges, max(values)]) <= 0).any()
    if tied:
        with pytest.raises(NotEnoughLabelsError, match="no training label is of class"):
            learn_cuts(values, quantiles=quantiles, classes=classes)
        return
    assume(edges[0] > min(values))  # pandas refuses edges that repeat, the smallest value being one of them
    expected = pd.qcut(values, [0, *quantiles, 1], labels=classes)
    assert learn_cuts(values, quantiles=quantiles, classes=classes).classify(values).tolist() == list(
        expected
    )


def test_a_value_at_a_cut_is_of_the_class_below_it_and_infinite_values_are_at_the_ends() -> None:
    cuts = LabelCuts((100.0, 250.0), THREE)
    values = [-np.inf, 100, np.nextafter(100, 101), 250, np.nextafter(250, 251), np.inf]
    assert cuts.classify(values).tolist() == ["low", "low", "medium", "medium", "high", "high"]


def test_what_is_no_number_has_no_class() -> None:
    with pytest.raises(ValueError, match="1 of 2 values are no numbers"):
        LabelCuts((1.0,), ("low", "high")).classify([np.nan, 3])


def test_only_training_rows_are_looked_at() -> None:
    training = np.arange(100) < 70
    labels = np.arange(100.0)
    others = np.where(training, labels, 1e9 * np.random.default_rng(0).normal(size=100))
    found = [cuts_of(POLICY, pa.chunked_array([each]), training) for each in (labels, others)]
    assert found[0] == found[1] == learn_cuts(labels[:70], quantiles=(0.4, 0.8), classes=THREE)


def test_stated_values_are_taken_as_they_are() -> None:
    policy = CutPolicy(values=(100_000, 250_000), classes=THREE)
    labels = pa.chunked_array([[1.0, 2.0]])
    assert cuts_of(policy, labels, np.array([True, True])) == LabelCuts((100_000.0, 250_000.0), THREE)


def test_equal_labels_cannot_be_cut() -> None:
    with pytest.raises(
        NotEnoughLabelsError, match=r"no training label is of class `medium`.* are 5, 5, the largest"
    ):
        learn_cuts([5.0] * 40, quantiles=[0.4, 0.8], classes=THREE)


def test_without_labels_there_is_nothing_to_learn_from() -> None:
    with pytest.raises(NotEnoughLabelsError, match="no training label"):
        learn_cuts([], quantiles=[0.5], classes=["a", "b"])


def test_numbers_need_cuts_and_names_need_none() -> None:
    numbers, names = pa.chunked_array([[1.0, 2.0]]), pa.chunked_array([["a", "b"]])
    with pytest.raises(ProjectError, match="labels in the datamart are numbers"):
        class_names(numbers, None)
    with pytest.raises(ProjectError, match="labels in the datamart are names"):
        class_names(names, LabelCuts((1.5,), ("low", "high")))
    with pytest.raises(ProjectError, match="wants numbers to cut"):
        cuts_of(POLICY, names, np.array([True, True]))


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"classes": ["a", "b"]}, "give one of `quantiles`"),
        ({"quantiles": [0.5], "values": [1], "classes": ["a", "b"]}, "give one of `quantiles`"),
        ({"quantiles": [0.8, 0.4], "classes": THREE}, "cuts must increase; they are 0.8, 0.4"),
        ({"quantiles": [0.4, 0.8], "classes": ["a", "b"]}, "2 cuts make 3 classes; 2 are named"),
        ({"values": [1], "classes": ["a", "a"]}, "a name of its own"),
        ({"quantiles": [1.0], "classes": ["a", "b"]}, "less than 1"),
        ({"values": [float("inf")], "classes": ["a", "b"]}, "finite"),
    ],
)
def test_a_section_that_does_not_add_up_is_told(section: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        CutPolicy.model_validate(section)


@pytest.mark.parametrize("edges", [(), (2.0, 2.0), (3.0, 2.0), (float("nan"), 1.0)])
def test_cuts_that_leave_a_class_without_values_are_no_cuts(edges: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="finite and increase"):
        LabelCuts(edges, THREE[: len(edges) + 1])
