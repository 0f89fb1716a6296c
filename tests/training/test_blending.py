from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from sklearn.metrics import roc_auc_score

from tenure.bundle import load_bundle
from tenure.bundle.provenance import members_of
from tenure.training import recipes
from tenure.training.algorithms import Growth, Model, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.blending import BlendedModel, choose_weights, cross_fitted_score
from tenure.training.config import DEFAULT_ALGORITHMS, AlgorithmName, ModelConfig
from tenure.training.export import check_export, export, probe_rows

RNG = np.random.default_rng(3)
CODES = (RNG.random(600) < 0.4).astype(np.int64)


def said(noise: float, seed: int) -> np.ndarray:
    """Answers that know the truth under noise of their own."""
    rng = np.random.default_rng(seed)
    score = 1 / (1 + np.exp(-(CODES - 0.4 + noise * rng.normal(size=CODES.size))))
    return np.column_stack([1 - score, score])


def auc(codes: np.ndarray, shares: np.ndarray) -> float:
    return float(roc_auc_score(codes, shares[:, 1]))


def fitted(rows: Sample, names: tuple[AlgorithmName, ...]) -> dict[str, Model]:
    growth = Growth(40, 20, seed=1)
    return {name.value: FITS[name](rows, defaults(SPACES[name]), growth) for name in names}


def test_models_with_errors_of_their_own_answer_better_together() -> None:
    answers = [said(1.0, 1), said(1.0, 2), said(1.2, 3)]
    weights = choose_weights(answers, CODES, auc)
    assert sum(weights) == pytest.approx(1)
    assert min(weights) > 0
    best_alone = max(auc(CODES, each) for each in answers)
    assert auc(CODES, np.tensordot(weights, np.array(answers), axes=1)) > best_alone + 0.02
    assert cross_fitted_score(answers, CODES, auc, seed=1) > best_alone + 0.02


def test_weights_never_do_worse_on_their_rows_than_the_best_model_alone() -> None:
    answers = [said(0.5, 1), said(5.0, 2)]
    weights = choose_weights(answers, CODES, auc)
    assert auc(CODES, np.tensordot(weights, np.array(answers), axes=1)) >= auc(CODES, answers[0])


def test_a_class_with_one_row_cannot_be_shared_out_so_nothing_is_blended() -> None:
    codes = (np.arange(20) == 3).astype(np.int64)
    answers = [said(1.0, 1)[:20], said(1.0, 2)[:20]]
    assert cross_fitted_score(answers, codes, auc, seed=1) == float("-inf")


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_blend_of_every_algorithm_is_exported_as_one_graph_that_says_the_same(
    n_classes: int, sample: Callable[..., Sample]
) -> None:
    rows, unseen = sample(n_classes=n_classes), sample(n_classes=n_classes, seed=9).matrix
    members = fitted(rows, DEFAULT_ALGORITHMS)
    model = BlendedModel(members, (0.3, 0.25, 0.2, 0.15, 0.1))
    exported = export(model)
    asked = {"unseen": unseen, "made-up": probe_rows(unseen, seed=1)}
    assert check_export(model, exported, asked) < 1e-6
    graph = onnx.load_model_from_string(exported).graph
    assert [value.name for value in graph.input] == ["features"]
    assert [value.name for value in graph.output] == ["probabilities"]
    expected = sum(
        weight * member.probabilities(unseen)
        for weight, member in zip(model.weights, members.values(), strict=True)
    )
    np.testing.assert_allclose(model.probabilities(unseen), expected)
    assert model.importance().sum() == pytest.approx(1)
    assert "xgboost/model.ubj" in model.native()


@pytest.fixture
def blended(
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Any, Any, ModelConfig]:
    """A training in which blending wins, whatever these few rows say."""
    monkeypatch.setattr(recipes, "cross_fitted_score", lambda *_, **__: float("inf"))
    monkeypatch.setattr(recipes, "choose_weights", lambda *_: (0.75, 0.25))
    bench = make_bench(lender())
    model = quick(
        algorithms=["random_forest", "xgboost", "decision_tree"],
        ensemble={"blend": 2},
        calibration="platt",
        refit=True,
    )
    return bench, bench.train(model, jobs=2), model


def test_a_blend_that_wins_is_the_bundle_with_every_members_own_files(
    blended: tuple[Any, Any, ModelConfig],
) -> None:
    bench, candidate, model = blended
    bundle = load_bundle(bench.registry.bundle(candidate.version.version))
    assert candidate.algorithm == bundle.schema.algorithm == "blend"
    members = members_of(bundle.provenance)
    assert [member.weight for member in members] == [0.75, 0.25]
    best = [trial.algorithm for trial in candidate.trials[:2]]
    assert [member.algorithm for member in members] == best
    native = {path.relative_to(bundle.folder / "native").parts[0] for path in bundle.native}
    assert native >= set(best)
    assert not [path for path in Path(bundle.folder).rglob("*") if path.suffix in {".pkl", ".joblib"}]
    (run,) = bench.tracker.runs
    assert f"{best[0]}.weight" in run.parameters
    assert bench.train(model) == candidate


def test_a_blend_that_does_not_win_on_held_out_rows_is_not_taken(
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recipes, "cross_fitted_score", lambda *_, **__: -1.0)
    bench = make_bench(lender())
    names = ["logistic_regression", "decision_tree"]
    alone = bench.train(quick(algorithms=names, ensemble={"blend": 2}))
    assert alone.algorithm == alone.trials[0].algorithm
