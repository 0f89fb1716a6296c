from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import pytest

from tenure.errors import ExportMismatchError
from tenure.training.algorithms import Growth, Model, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.lgbm import LightGBMModel, fit_lightgbm, round_thresholds
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.config import AlgorithmName
from tenure.training.export import check_export, export, probe_rows, run_onnx

GROWTH = Growth(n_estimators=60, every=20, seed=3)
everything = pytest.mark.parametrize("name", AlgorithmName)
of_each_task = pytest.mark.parametrize(
    ("name", "n_classes"),
    [(name, n) for n in (2, 3) for name in AlgorithmName if (name, n) != (AlgorithmName.SCORECARD, 3)],
)


def fit(name: AlgorithmName, sample: Sample, **changes: float | str) -> Model:
    return FITS[name](sample, defaults(SPACES[name]) | changes, GROWTH)


@of_each_task
def test_the_exported_model_says_what_the_trained_one_says(
    name: AlgorithmName, n_classes: int, sample: Callable[..., Sample]
) -> None:
    model = fit(name, sample(n_classes=n_classes))
    exported = export(model)
    unseen = sample(n_classes=n_classes, seed=9).matrix
    unseen[:40, 5] = np.nan  # a column without a null in training
    unseen[40:80, 4] = 0  # an unknown category
    difference = check_export(model, exported, {"unseen": unseen, "made-up": probe_rows(unseen, seed=1)})
    assert difference < 1e-6
    shares = run_onnx(exported, unseen)
    assert shares.shape == (400, n_classes)
    assert shares.sum(axis=1) == pytest.approx(1.0, abs=1e-6)


@of_each_task
def test_the_graph_takes_features_and_gives_probabilities_and_nothing_else(
    name: AlgorithmName, n_classes: int, sample: Callable[..., Sample]
) -> None:
    graph = onnx.load_model_from_string(export(fit(name, sample(n_classes=n_classes)))).graph
    (given,), (answer,) = graph.input, graph.output
    assert (given.name, answer.name) == ("features", "probabilities")
    assert given.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert answer.type.tensor_type.elem_type == onnx.TensorProto.FLOAT


@everything
def test_the_same_seed_gives_the_same_bytes(name: AlgorithmName, sample: Callable[..., Sample]) -> None:
    first, second = fit(name, sample()), fit(name, sample())
    assert export(first) == export(second)
    assert first.native() == second.native()


@everything
def test_columns_that_decide_are_the_important_ones(
    name: AlgorithmName, sample: Callable[..., Sample]
) -> None:
    importance = fit(name, sample()).importance()
    assert importance.shape == (10,)
    assert (importance >= 0).all()
    assert set(np.argsort(importance)[-4:]) & {0, 5}
    assert importance[[0, 1, 4, 5]].sum() > importance[[2, 3, 6, 7, 8, 9]].sum()


def test_a_model_and_an_export_that_disagree_are_refused_with_the_number_of_rows(
    sample: Callable[..., Sample],
) -> None:
    rows = sample()
    model, other = fit(AlgorithmName.DECISION_TREE, rows), fit(AlgorithmName.DECISION_TREE, rows, max_depth=1)
    with pytest.raises(ExportMismatchError, match=r"differs from the trained one on \d+ of 400 test rows"):
        check_export(model, export(other), {"test": rows.matrix})


def test_an_export_that_loses_the_way_of_nulls_is_refused(sample: Callable[..., Sample]) -> None:
    rows = sample()
    model = fit(AlgorithmName.RANDOM_FOREST, rows)
    graph = onnx.load_model_from_string(export(model))
    (trees,) = graph.graph.node
    (missing,) = [part for part in trees.attribute if part.name == "nodes_missing_value_tracks_true"]
    missing.ints[:] = [0] * len(missing.ints)
    with pytest.raises(ExportMismatchError):
        check_export(model, graph.SerializeToString(), {"test": rows.matrix})


def test_made_up_rows_hold_nulls_zeros_and_extremes(sample: Callable[..., Sample]) -> None:
    rows = probe_rows(sample().matrix, seed=0)
    assert np.isnan(rows).all(axis=1).any()
    assert (rows == 0).all(axis=1).any()
    assert (rows == np.finfo(np.float32).max).all(axis=1).any()
    assert len(rows) > 50


def neighbours() -> Sample:
    """Two float32 values side by side, the class between them: no float32 lies in the middle."""
    low = np.float32(0.1)
    high = np.nextafter(low, np.float32(1))
    values = np.where(np.arange(400) % 2 == 0, low, high).astype(np.float32)
    return Sample(values[:, None], (np.arange(400) % 2).astype(np.int64), np.ones(400), 2)


def test_thresholds_between_two_neighbouring_float32_values_survive_the_export() -> None:
    rows = neighbours()
    space = defaults(SPACES[AlgorithmName.LIGHTGBM])
    model = fit_lightgbm(rows, space, GROWTH)
    said = model.probabilities(rows.matrix)[:, 1]
    assert said[1] > 0.9
    assert said[0] < 0.1
    assert check_export(model, export(model), {"train": rows.matrix}) < 1e-6


def test_rounding_thresholds_down_changes_no_prediction_on_float32_rows(
    sample: Callable[..., Sample],
) -> None:
    rows = sample()
    model = fit(AlgorithmName.LIGHTGBM, rows)
    assert isinstance(model, LightGBMModel)
    text = model.booster.model_to_string()
    values = [
        float(v) for line in text.split("\n") if line.startswith("threshold=") for v in line[10:].split()
    ]
    assert all(float(np.float32(value)) == value for value in values)
    assert round_thresholds(round_thresholds(text)) == round_thresholds(text)
