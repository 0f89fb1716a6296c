from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import onnx
import pytest
from pydantic import ValidationError
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from tenure.bundle import load_bundle
from tenure.bundle.provenance import members_of
from tenure.bundle.reasons.combination import EDGE, Combination, straight_log
from tenure.training import candidate as candidate_module
from tenure.training import recipes
from tenure.training.algorithms import Growth, Model, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.config import DEFAULT_ALGORITHMS, AlgorithmName, ModelConfig
from tenure.training.export import check_export, export, probe_rows
from tenure.training.folds import folds_like_split
from tenure.training.preparing import Prepared, prepare
from tenure.training.recipes import choose_recipe
from tenure.training.rows import load_labelled_rows
from tenure.training.stacking import StackedModel, fit_combination
from tenure.training.study import TrialResult

AS_OF = date(2024, 1, 1)
FIRST, SECOND = AlgorithmName.DECISION_TREE, AlgorithmName.LOGISTIC_REGRESSION
TRIALS = {FIRST: (TrialResult(0, {}, -0.5, 2.0),), SECOND: (TrialResult(0, {}, -0.6, 1.0),)}


def two(positive: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - positive, positive])


def witnesses(n_rows: int = 4000, seed: int = 0) -> tuple[np.ndarray, list[np.ndarray]]:
    """What came true, and two models of which each knows what the other does not."""
    rng = np.random.default_rng(seed)
    margins = rng.normal(size=(2, n_rows))
    codes = (rng.random(n_rows) < expit(margins.sum(axis=0))).astype(np.int64)
    return codes, [two(expit(margins[0])), two(expit(margins[1]))]


def test_two_witnesses_of_different_things_are_believed_as_a_logistic_regression_on_their_logits_does() -> (
    None
):
    codes, said = witnesses()
    places, combination = fit_combination(said, codes) or pytest.fail("two models are worth asking")
    assert places == (0, 1)
    ratios = np.column_stack([straight_log(each)[:, 1] - straight_log(each)[:, 0] for each in said])
    expected = LogisticRegression(C=1.0, tol=1e-8, max_iter=5000).fit(ratios, codes).predict_proba(ratios)
    np.testing.assert_allclose(combination(said), expected, atol=2e-4)
    assert combination.weights[:, 1, 1] == pytest.approx([1, 1], abs=0.15)
    assert sum(combination.shares) == pytest.approx(1)


def test_three_classes_are_put_together_as_by_a_multinomial_regression() -> None:
    rng = np.random.default_rng(1)
    said = [rng.dirichlet([2, 3, 4], size=900) for _ in range(2)]
    codes = np.array([rng.choice(3, p=shares) for shares in said[0]])
    _, combination = fit_combination(said, codes) or pytest.fail("two models are worth asking")
    ratios = np.column_stack([straight_log(each)[:, 1:] - straight_log(each)[:, :1] for each in said])
    expected = LogisticRegression(C=1.0, tol=1e-8, max_iter=5000).fit(ratios, codes).predict_proba(ratios)
    np.testing.assert_allclose(combination(said), expected, atol=2e-3)
    np.testing.assert_allclose(combination.weights.sum(axis=1), 0, atol=1e-12)


def test_a_model_whose_word_counts_against_it_is_left_out() -> None:
    codes, said = witnesses()
    liar = said[0][:, ::-1]
    places, combination = fit_combination([said[0], liar * 0.5 + 0.25, said[1]], codes) or pytest.fail("two")
    assert 1 not in places or (combination.weights[:, 1, 1] > 0).all()
    assert fit_combination([said[0], two(1 - expit(2 * logit(said[1][:, 1])))], codes) is None


def test_a_class_with_a_handful_of_rows_teaches_nothing() -> None:
    codes, said = witnesses(60)
    rare = np.where(np.arange(60) < 4, 1, 0)
    assert fit_combination(said, rare) is None
    assert fit_combination(said, codes) is not None


def test_the_logarithm_goes_on_straight_below_the_edge_and_keeps_every_ranking() -> None:
    shares = np.linspace(0, 1, 10_001)
    logs = straight_log(shares)
    slopes = np.diff(logs) / np.diff(shares)
    assert (slopes > 0).all()
    assert slopes.max() == pytest.approx(1 / EDGE)
    inside = shares >= EDGE
    np.testing.assert_allclose(logs[inside], np.log(shares[inside]))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_stack_of_every_algorithm_is_exported_as_one_graph_that_says_the_same(
    n_classes: int, sample: Callable[..., Sample]
) -> None:
    rows, unseen = sample(n_classes=n_classes), sample(n_classes=n_classes, seed=9)
    growth = Growth(40, 20, seed=1)
    members = {name.value: FITS[name](rows, defaults(SPACES[name]), growth) for name in DEFAULT_ALGORITHMS}
    said = [member.probabilities(unseen.matrix) for member in members.values()]
    places, combination = fit_combination(said, unseen.codes) or pytest.fail("several are worth asking")
    model = StackedModel(
        {list(members)[place]: list(members.values())[place] for place in places}, combination
    )
    exported = export(model)
    asked = {"unseen": unseen.matrix, "made-up": probe_rows(unseen.matrix, seed=1)}
    assert check_export(model, exported, asked) < 1e-6
    graph = onnx.load_model_from_string(exported).graph
    assert [value.name for value in graph.input] == ["features"]
    assert [value.name for value in graph.output] == ["probabilities"]
    assert model.probabilities(unseen.matrix).sum(axis=1) == pytest.approx(1)
    assert model.importance().sum() == pytest.approx(1)
    assert "stack.json" in model.native()


def test_what_rises_with_every_member_rises_with_the_stack() -> None:
    codes, said = witnesses()
    _, combination = fit_combination(said, codes) or pytest.fail("two models are worth asking")
    low, high = two(np.linspace(0, 0.99, 100)), two(np.linspace(0.01, 1, 100))
    for other in (0.0, 0.03, 0.5, 1.0):
        same = two(np.full(100, other))
        assert (combination([high, same])[:, 1] > combination([low, same])[:, 1]).all()


@dataclass
class Told:
    """A model that says what it was told to say, by row of the matrix."""

    answers: dict[bytes, float]

    def probabilities(self, matrix: np.ndarray) -> np.ndarray:
        return two(np.array([self.answers[row.tobytes()] for row in matrix]))


@pytest.fixture
def prepared(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> Prepared:
    bench = make_bench(lender(n_months=12))
    gold = bench.gold()
    rows = load_labelled_rows(gold.columns, gold.keys, as_of=AS_OF, store=bench.store, engine=bench.engine)
    return prepare(rows, gold.columns, model=quick())


def compete(
    prepared: Prepared,
    knows: Callable[[np.ndarray, np.ndarray], dict[AlgorithmName, np.ndarray]],
    **more: Any,
) -> tuple[recipes.Recipe, list[tuple[np.ndarray, int]]]:
    """What is taken of two models that say what `knows` makes of the truth, and which folds were fitted."""
    rng = np.random.default_rng(5)
    sides = [prepared.sides[name] for name in ("train", "validation")]
    matrix = np.concatenate([side.matrix for side in sides])
    codes = np.concatenate([side.codes for side in sides])
    answers = knows(codes, rng.random(codes.size))
    told = {
        name: Told(dict(zip((row.tobytes() for row in matrix), shares.tolist(), strict=True)))
        for name, shares in answers.items()
    }
    folds: list[tuple[np.ndarray, int]] = []

    def fit(name: AlgorithmName, _trial: TrialResult) -> Any:
        return told[name]

    def fit_fold(name: AlgorithmName, _trial: TrialResult, fitted: np.ndarray, number: int) -> Any:
        folds.append((fitted, number))
        return told[name]

    model = ModelConfig.model_validate(
        {"tuning": {"metric": "log_loss"}, "ensemble": {"blend": 2, "stack": 2}} | more.pop("model", {})
    )
    recipe, _ = choose_recipe(prepared, TRIALS, fit=fit, fit_fold=fit_fold, model=model, seed=1, **more)
    return recipe, folds


def experts(codes: np.ndarray, where: np.ndarray) -> dict[AlgorithmName, np.ndarray]:
    """Each knows half of the rows, nine times in ten, and says of the others that it does not know."""
    noisy = np.where(np.random.default_rng(7).random(codes.size) < 0.9, codes, 1 - codes)
    known = np.where(noisy == 1, 0.9, 0.1)
    return {FIRST: np.where(where < 0.5, known, 0.5), SECOND: np.where(where < 0.5, 0.5, known)}


def test_of_models_that_know_different_regions_the_stack_is_taken(prepared: Prepared) -> None:
    recipe, folds = compete(prepared, experts)
    assert recipe.algorithm == recipe.contest.taken == "stack"
    scores = recipe.contest.scores
    assert scores["stack"] > scores["blend"] > scores["alone"]
    assert sum(recipe.weights.values()) == pytest.approx(1)
    assert {number for _, number in folds} == set(range(5))
    assert recipe.contest.n_rows_out_of_fold < prepared.sides["train"].rows.n_rows


def test_a_stack_that_adds_nothing_to_the_best_model_is_refused(prepared: Prepared) -> None:
    def one_knows(codes: np.ndarray, noise: np.ndarray) -> dict[AlgorithmName, np.ndarray]:
        return {FIRST: np.where(codes == 1, 0.99, 0.01), SECOND: 0.2 + 0.6 * noise}

    recipe, _ = compete(prepared, one_knows, model={"tuning": {"metric": "roc_auc"}})
    assert recipe.algorithm == "decision_tree"
    assert recipe.contest.scores["alone"] >= recipe.contest.scores.get("stack", 0.0)
    assert recipe.contest.taken == "alone"


def test_a_stack_that_does_worse_than_the_blend_is_refused(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsure = Combination(np.zeros((2, 2, 2)) + 1e-9, np.zeros(2))
    monkeypatch.setattr(recipes, "fit_combination", lambda *_: ((0, 1), unsure))
    recipe, _ = compete(prepared, experts)
    assert recipe.contest.taken == "blend"
    assert recipe.contest.scores["stack"] == pytest.approx(-np.log(2), abs=1e-3)


def test_no_stack_is_tried_for_which_the_trials_say_that_there_is_no_time(prepared: Prepared) -> None:
    recipe, folds = compete(prepared, experts, seconds_left=5 * 3.0 - 0.1)
    assert (recipe.contest.taken, folds) == ("blend", [])
    recipe, _ = compete(prepared, experts, seconds_left=5 * 3.0)
    assert recipe.contest.taken == "stack"


def test_folds_are_by_time_or_by_entity_as_the_split_is(prepared: Prepared) -> None:
    side = prepared.sides["train"]
    by_time = ModelConfig.model_validate({}).split
    by_entity = ModelConfig.model_validate({"split": {"by": "entity"}}).split
    times = side.rows.event_times
    for fitted, held_out in folds_like_split(side.rows, side.codes, n_classes=2, policy=by_time):
        assert times[fitted].max() < times[held_out].min()
    dealt = folds_like_split(side.rows, side.codes, n_classes=2, policy=by_entity)
    customers = np.array(side.rows.table["customer"].to_pylist())
    for fitted, held_out in dealt:
        assert not set(customers[fitted]) & set(customers[held_out])
    assert np.sum([held_out for _, held_out in dealt], axis=0).tolist() == [1] * side.rows.n_rows


@pytest.mark.parametrize("split", [{}, {"split": {"by": "entity"}}])
def test_nothing_that_a_stack_learns_from_has_seen_validation_test_or_the_rows_it_speaks_of(
    split: dict[str, Any],
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[set[bytes], set[bytes]]] = []

    def watched(
        prepared: Prepared, name: AlgorithmName, trial: TrialResult, fitted: Any, k: int, **more: Any
    ) -> Model:
        def fit(sample: Sample, parameters: Any, growth: Growth) -> Any:
            asked: set[bytes] = set()
            seen.append(({row.tobytes() for row in sample.matrix}, asked))
            inner = FITS[name](sample, parameters, growth)

            class Asked:
                def probabilities(self, matrix: np.ndarray) -> np.ndarray:
                    asked.update(row.tobytes() for row in matrix)
                    return inner.probabilities(matrix)

            return Asked()

        with monkeypatch.context() as patch:
            patch.setattr(candidate_module, "FITS", {name: fit})
            return real(prepared, name, trial, fitted, k, **more)

    real = candidate_module._fit_fold
    monkeypatch.setattr(candidate_module, "_fit_fold", watched)
    made: list[Prepared] = []
    real_make = candidate_module.make

    def make(prepared: Prepared, **settings: Any) -> Any:
        made.append(prepared)
        return real_make(prepared, **settings)

    monkeypatch.setattr(candidate_module, "make", make)
    bench = make_bench(lender())
    bench.train(quick(algorithms=["decision_tree", "logistic_regression"], ensemble={"stack": 2}, **split))
    (prepared,) = made
    rows = {name: {row.tobytes() for row in side.matrix} for name, side in prepared.sides.items()}
    assert len(seen) == 10
    for fitted, asked in seen:
        assert asked
        assert fitted | asked <= rows["train"]
        assert not fitted & asked
        assert not (fitted | asked) & (rows["validation"] | rows["test"])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_stack_that_wins_is_the_bundle_and_its_provenance_says_against_what(
    n_classes: int,
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if n_classes == 3:  # on so few rows the forest alone, or the blend, would be taken
        monkeypatch.setattr(recipes, "cross_fitted_score", lambda *_, **__: -100.0)
        monkeypatch.setattr(recipes, "validation_score", first_is_bad(recipes.validation_score))
    bench = make_bench(lender(n_classes=n_classes))
    task = {"task": "multiclass", "positive": None} if n_classes == 3 else {}
    model = quick(
        algorithms=["random_forest", "decision_tree"],
        tuning={"trials": 1, "metric": "log_loss"},
        ensemble={"blend": 2, "stack": 2},
        refit=True,
        **task,
    )
    candidate = bench.train(model)
    bundle = load_bundle(bench.registry.bundle(candidate.version.version))
    contest = bundle.provenance["contest"]
    assert candidate.algorithm == bundle.schema.algorithm == contest["taken"] == "stack"
    assert contest["scores"]["stack"] > max(contest["scores"]["blend"], contest["scores"]["alone"])
    assert contest["n_rows_out_of_fold"] > 0
    assert candidate.max_export_difference < 1e-6
    members = members_of(bundle.provenance)
    assert {member.algorithm for member in members} == {"random_forest", "decision_tree"}
    assert sum(member.weight for member in members) == pytest.approx(1)
    (run,) = bench.tracker.runs
    assert run.metrics["contest_stack"] == [(0, contest["scores"]["stack"])]


def first_is_bad(score: Callable[..., float]) -> Callable[..., float]:
    """The score, but that of the first who is judged, who is the best model alone."""
    n_judged = 0

    def scored(*given: Any) -> float:
        nonlocal n_judged
        n_judged += 1
        return score(*given) - (100.0 if n_judged == 1 else 0.0)

    return scored


def test_an_ensemble_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="give `blend`, `stack` or both"):
        ModelConfig.model_validate({"ensemble": {}})
