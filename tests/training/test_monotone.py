from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tenure.bundle import encoded_names, load_bundle
from tenure.errors import TrainingError
from tenure.training.algorithms import Growth, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.config import AlgorithmName, Device, ModelConfig
from tenure.training.export import check_export, export, probe_rows, run_onnx

CONSTRAINED = (
    AlgorithmName.XGBOOST,
    AlgorithmName.LIGHTGBM,
    AlgorithmName.RANDOM_FOREST,
    AlgorithmName.DECISION_TREE,
    AlgorithmName.SCORECARD,
)
UP, DOWN = 2, 0
"""Column 2 says nothing, column 0 raises the score: both are asked for against the data."""
DIRECTIONS = tuple({UP: 1, DOWN: -1}.get(column, 0) for column in range(10))
STEPS = np.linspace(-4, 4, 60).astype(np.float32)


def falls(say: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, column: int) -> tuple[bool, bool]:
    """Whether the score ever rises, and ever falls, as a column of random rows goes up."""
    wide = np.repeat(rows, len(STEPS), axis=0)
    wide[:, column] = np.tile(STEPS, len(rows))
    changes = np.diff(say(wide)[:, 1].reshape(len(rows), -1), axis=1)
    return bool((changes > 1e-7).any()), bool((changes < -1e-7).any())


@pytest.mark.parametrize("name", CONSTRAINED)
def test_the_exported_model_goes_one_way_only_on_random_rows(
    name: AlgorithmName, sample: Callable[..., Sample]
) -> None:
    rows, free = sample(n_rows=800), sample(n_rows=800)
    growth, parameters = Growth(60, 20, seed=3), defaults(SPACES[name])
    kept = FITS[name](replace(rows, directions=DIRECTIONS), parameters, growth)
    exported = export(kept)
    unseen = sample(n_rows=60, seed=9).matrix
    assert check_export(kept, exported, {"unseen": unseen, "made-up": probe_rows(unseen, seed=1)}) < 1e-6
    rises, falls_ = falls(lambda m: run_onnx(exported, m), unseen, UP)
    assert not falls_
    rises, falls_ = falls(lambda m: run_onnx(exported, m), unseen, DOWN)
    assert not rises
    without = FITS[name](free, parameters, growth)
    assert falls(without.probabilities, unseen, DOWN)[0]  # nobody would have kept to it by himself
    assert not any(np.isnan(kept.probabilities(unseen)).ravel())


@pytest.mark.parametrize("name", [AlgorithmName.RANDOM_FOREST, AlgorithmName.DECISION_TREE])
def test_null_is_the_lowest_value_of_a_tree_with_directions(
    name: AlgorithmName, sample: Callable[..., Sample]
) -> None:
    rows = replace(sample(n_rows=800), directions=DIRECTIONS)
    model = FITS[name](rows, defaults(SPACES[name]), Growth(40, 20, seed=3))
    unseen = sample(seed=9).matrix
    lowest = np.where(np.isnan(unseen), np.finfo(np.float32).min, unseen)
    np.testing.assert_array_equal(model.probabilities(unseen), model.probabilities(lowest))


def test_a_training_keeps_the_directions_of_the_project_file_by_feature(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender())
    model = quick(algorithms=["xgboost"], monotone={"income": "decreasing", "ratio": "increasing"})
    candidate = bench.train(model)
    bundle = load_bundle(bench.registry.bundle(candidate.version.version))
    names = encoded_names(bundle.schema.features)
    rows = np.random.default_rng(0).normal(size=(40, len(names))).astype(np.float32)
    assert not falls(bundle.score_matrix, rows, names.index("income"))[0]
    assert not falls(bundle.score_matrix, rows, names.index("ratio"))[1]


@pytest.mark.parametrize(
    ("monotone", "told"),
    [
        ({"incom": "increasing"}, "names `incom`, which is none of the 7 features"),
        ({"job": "increasing"}, "names `job`, a category: its values have no order"),
    ],
)
def test_a_direction_that_no_feature_can_have_is_refused(
    monotone: dict[str, str],
    told: str,
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
) -> None:
    with pytest.raises(TrainingError, match=told):
        make_bench(lender()).train(quick(monotone=monotone))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"monotone": {"age": "increasing"}}, "`logistic_regression` cannot keep `monotone`"),
        (
            {"task": "multiclass", "algorithms": ["xgboost"], "monotone": {"age": "increasing"}},
            "the task is multiclass",
        ),
        ({"algorithms": ["xgboost"], "monotone": {"age": "up"}}, "'increasing' or 'decreasing'"),
    ],
)
def test_a_direction_that_cannot_be_kept_is_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ModelConfig.model_validate(settings)


@pytest.mark.parametrize("name", [AlgorithmName.XGBOOST, AlgorithmName.LIGHTGBM])
def test_a_graphics_card_that_the_library_cannot_use_is_told_with_what_to_install(
    name: AlgorithmName, sample: Callable[..., Sample]
) -> None:
    with pytest.raises(TrainingError, match=r"`model\.device` is cuda") as refused:
        FITS[name](sample(), defaults(SPACES[name]), Growth(20, 20, seed=1, device=Device.CUDA))
    assert "model.device: cpu" in refused.value.hint
