from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as sk

from tenure.stats.evaluate import METRICS, Outcomes, class_codes, evaluate, measure

RNG = np.random.default_rng(11)


def binary(n_rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    score = RNG.random(n_rows).round(2)
    codes = (RNG.random(n_rows) < score).astype(int)
    return np.column_stack([1 - score, score]), codes


def three(n_rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    table = RNG.dirichlet([1, 2, 1], size=n_rows)
    codes = np.array([RNG.choice(3, p=row) for row in table])
    return table, codes


def test_binary_metrics_equal_those_of_scikit_learn() -> None:
    table, codes = binary()
    labels = np.array(["good", "bad"], dtype=object)[codes]
    found = evaluate(table, labels, ("good", "bad"), 0.4, "test")
    called = (table[:, 1] >= 0.4).astype(int)
    assert found.value("roc_auc") == pytest.approx(sk.roc_auc_score(codes, table[:, 1]))
    assert found.value("gini") == pytest.approx(2 * sk.roc_auc_score(codes, table[:, 1]) - 1)
    assert found.value("accuracy") == pytest.approx(sk.accuracy_score(codes, called))
    assert found.value("precision") == pytest.approx(sk.precision_score(codes, called))
    assert found.value("recall") == pytest.approx(sk.recall_score(codes, called))
    assert found.value("f1") == pytest.approx(sk.f1_score(codes, called))
    assert found.value("brier") == pytest.approx(sk.brier_score_loss(codes, table[:, 1]))
    assert found.value("log_loss") == pytest.approx(sk.log_loss(codes, table[:, 1]))
    rates = sk.roc_curve(codes, table[:, 1])
    assert found.value("ks") == pytest.approx(np.abs(rates[1] - rates[0]).max())
    assert found.names == tuple(METRICS)


def test_metrics_of_three_classes_equal_those_of_scikit_learn() -> None:
    table, codes = three()
    found = evaluate(table, np.array(["a", "b", "c"], dtype=object)[codes], ("a", "b", "c"), None, "test")
    called = table.argmax(axis=1)
    assert found.value("roc_auc") == pytest.approx(sk.roc_auc_score(codes, table, multi_class="ovr"))
    assert found.value("accuracy") == pytest.approx(sk.accuracy_score(codes, called))
    assert found.value("precision") == pytest.approx(sk.precision_score(codes, called, average="macro"))
    assert found.value("recall") == pytest.approx(sk.recall_score(codes, called, average="macro"))
    assert found.value("f1") == pytest.approx(sk.f1_score(codes, called, average="macro"))
    assert found.value("log_loss") == pytest.approx(sk.log_loss(codes, table))
    assert found.value("brier") == pytest.approx(((table - np.eye(3)[codes]) ** 2).sum(axis=1).mean())


def test_a_score_at_the_threshold_counts_as_positive() -> None:
    outcomes = Outcomes(np.array([1, 0]), np.array([[0.7, 0.3], [0.71, 0.29]]), 0.3)
    assert outcomes.predicted.tolist() == [1, 0]
    assert measure("accuracy", outcomes) == 1.0


def test_a_metric_that_the_rows_leave_undefined_is_absent() -> None:
    found = evaluate([[0.4, 0.6], [0.9, 0.1]], ["a", "a"], ("a", "b"), 0.5, "2024-01-01")
    assert "roc_auc" not in found.names
    assert "ks" not in found.names
    assert found.value("accuracy") == 0.5
    assert evaluate(np.empty((0, 2)), [], ("a", "b"), 0.5, "nobody").metrics == ()


def test_class_counts_name_every_class_even_those_that_do_not_occur() -> None:
    found = evaluate([[0.4, 0.6]], ["b"], ("a", "b"), 0.5, "test")
    assert found.class_counts == (("a", 0), ("b", 1))


def test_a_label_that_is_no_class_is_named() -> None:
    with pytest.raises(ValueError, match="the label 'c' is none of the classes a, b"):
        class_codes(["a", "c"], ("a", "b"))


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "brier", "log_loss", "accuracy", "roc_auc"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_intervals_are_about_as_wide_as_the_spread_of_resampled_values(name: str, n_classes: int) -> None:
    table, codes = binary(600) if n_classes == 2 else three(600)
    classes = ("a", "b", "c")[:n_classes]
    found = evaluate(table, np.array(classes, dtype=object)[codes], classes, 0.5, "test")
    metric = next(metric for metric in found.metrics if metric.name == name)
    rng = np.random.default_rng(5)
    drawn = [rng.integers(0, 600, 600) for _ in range(300)]
    spread = np.std([measure(name, Outcomes(codes[rows], table[rows])) for rows in drawn])
    assert metric.low is not None
    assert metric.high is not None
    assert metric.low < metric.value < metric.high
    assert (metric.high - metric.low) / 2 == pytest.approx(1.96 * spread, rel=0.25)


def test_every_number_is_finite() -> None:
    table, codes = binary(50)
    found = evaluate(table, np.array(["x", "y"], dtype=object)[codes], ("x", "y"), 0.99, "test")
    assert all(math.isfinite(metric.value) for metric in found.metrics)
