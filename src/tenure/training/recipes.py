"""What the candidate is made of: the best trial of one algorithm, or a blend or stack of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from tenure.bundle.provenance import Member
from tenure.bundle.reasons import Combination
from tenure.domain.splits import Mask
from tenure.stats.arrays import Ints
from tenure.stats.evaluate import Outcomes
from tenure.training.algorithms import Model, Probabilities
from tenure.training.blending import BlendedModel, choose_weights, cross_fitted_score
from tenure.training.choosing import validation_score
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.folds import folds_like_split
from tenure.training.preparing import Prepared
from tenure.training.stacking import StackedModel, fit_combination
from tenure.training.study import TrialResult

Trials: TypeAlias = Mapping[AlgorithmName, tuple[TrialResult, ...]]
FitTrial: TypeAlias = Callable[[AlgorithmName, TrialResult], Model]
FitFold: TypeAlias = Callable[[AlgorithmName, TrialResult, Mask, int], Model]
"""Fits a trial of an algorithm on some of the training rows, those of a fold of that number."""
Score: TypeAlias = Callable[[Ints, Probabilities], float]

ALONE, BLEND, STACK = "alone", "blend", "stack"
"""How the answer is made; the last two are the algorithm of a bundle that holds several."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Ways to make the candidate, compared on validation; a stack that cannot be had is not there.

    Attributes
    ----------
    taken : str
        ``alone``, ``blend`` or ``stack``.
    scores : mapping
        On validation, higher is better. A blend's is that on rows that its weights were not chosen on.
    n_rows_out_of_fold : int
        Training rows that a stack learned from; 0 where there is none.
    """

    taken: str = ALONE
    scores: Mapping[str, float] = field(default_factory=dict)
    n_rows_out_of_fold: int = 0

    def to_json(self) -> dict[str, object]:
        """As ``provenance.json`` holds it."""
        return {"taken": self.taken, "scores": self.finite, "n_rows_out_of_fold": self.n_rows_out_of_fold}

    @property
    def finite(self) -> dict[str, float]:
        """The scores of what could be judged."""
        return {name: score for name, score in self.scores.items() if np.isfinite(score)}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which trials are fitted, and what each weighs in the answer.

    Attributes
    ----------
    trials : mapping
        By algorithm, the best on validation first.
    weights : mapping
        By algorithm, with sum 1; none is 0. In a stack, the share of each in the sizes of all weights.
    """

    trials: Mapping[AlgorithmName, TrialResult]
    weights: Mapping[AlgorithmName, float]

    combination: Combination | None = None
    """How a stack puts its members' words together; None for one model, and for a blend."""
    contest: Contest = field(default_factory=Contest)
    """What it was compared with."""

    @property
    def algorithm(self) -> str:
        """The algorithm of the one, or ``blend``, or ``stack``."""
        names = list(self.trials)
        if self.combination is not None:
            return STACK
        return names[0].value if len(names) == 1 else BLEND

    @property
    def members(self) -> tuple[Member, ...]:
        """As a bundle's provenance tells them."""
        return tuple(
            Member(name.value, self.weights[name], trial.parameters) for name, trial in self.trials.items()
        )

    def together(self, models: Mapping[AlgorithmName, Model]) -> Model:
        """The one model, the weighted mean of several, or what is learned from their words."""
        if len(models) == 1:
            return next(iter(models.values()))
        members = {name.value: model for name, model in models.items()}
        if self.combination is not None:
            return StackedModel(members, self.combination)
        return BlendedModel(members, tuple(self.weights[name] for name in models))


def ranked(trials: Trials) -> tuple[tuple[AlgorithmName, TrialResult], ...]:
    """The best trial of each algorithm, the best algorithm first; the earlier of equals."""
    best = {name: best_trial(results) for name, results in trials.items()}
    return tuple(sorted(best.items(), key=lambda item: -item[1].score))


def best_trial(results: Sequence[TrialResult]) -> TrialResult:
    """The trial with the highest score of those that were not given up; the earlier of equals."""
    return max((result for result in results if not result.pruned), key=lambda result: result.score)


def choose_recipe(
    prepared: Prepared,
    trials: Trials,
    *,
    fit: FitTrial,
    fit_fold: FitFold,
    model: ModelConfig,
    seed: int,
    seconds_left: float | None = None,
) -> tuple[Recipe, Model]:
    """The recipe that does best on validation by the tuning metric, and the model fitted by it on train.

    A blend is taken only where it does better than the best model alone on rows that its weights were
    not chosen on. Its weights are then chosen on all of validation. A stack, which learned nothing there,
    is taken only where it does better than both.

    Parameters
    ----------
    prepared
        Rows, split and encoded.
    trials
        Completed trials of every algorithm.
    fit, fit_fold
        Fit a trial of an algorithm on train, and on some rows of it.
    model
        Whether to blend or stack, and what is better.
    seed
        Of the parts that validation is cut into.
    seconds_left
        What the fits of a stack may take, reckoned from the trials; None is no limit.
    """
    best = ranked(trials)
    alone = Recipe(dict(best[:1]), {best[0][0]: 1.0})
    policy = model.ensemble
    if policy is None or len(best) == 1:
        return alone, fit(*best[0])
    models = {name: fit(name, trial) for name, trial in best[: max(policy.blend or 0, policy.stack or 0)]}
    side = prepared.sides["validation"]
    said = {name: each.probabilities(side.matrix) for name, each in models.items()}

    def score(codes: Ints, probabilities: Probabilities) -> float:
        return validation_score(Outcomes(codes, probabilities), model.tuning.metric, model.threshold)

    recipes, scores = {ALONE: alone}, {ALONE: score(side.codes, said[best[0][0]])}
    if policy.blend is not None:
        asked = [said[name] for name, _ in best[: policy.blend]]
        scores[BLEND] = cross_fitted_score(asked, side.codes, score, seed=seed)
        recipes[BLEND] = _blend(dict(best[: policy.blend]), choose_weights(asked, side.codes, score))
    heard = _out_of_fold(prepared, best, fit_fold, model=model, seconds_left=seconds_left)
    stack = _stack(dict(best[: policy.stack]), heard)
    if stack is not None and stack.combination is not None:
        scores[STACK] = score(side.codes, stack.combination([said[name] for name in stack.trials]))
        recipes[STACK] = stack
    taken = max(scores, key=lambda name: scores[name])  # the earlier, simpler one of equals
    contest = Contest(taken, scores, 0 if heard is None else heard.codes.size)
    recipe = replace(recipes[taken], contest=contest)
    return recipe, recipe.together({name: models[name] for name in recipe.trials})


def _blend(candidates: Mapping[AlgorithmName, TrialResult], weights: Sequence[float]) -> Recipe:
    kept = {name: weight for name, weight in zip(candidates, weights, strict=True) if weight > 0}
    return Recipe({name: candidates[name] for name in kept}, kept)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """What models said of training rows that they were not fitted on, and what came true."""

    said: Sequence[Probabilities]
    codes: Ints


def _stack(candidates: Mapping[AlgorithmName, TrialResult], heard: _Heard | None) -> Recipe | None:
    fitted = None if heard is None else fit_combination(heard.said, heard.codes)
    if fitted is None:
        return None
    places, combination = fitted
    names = [list(candidates)[place] for place in places]
    weights = dict(zip(names, combination.shares, strict=True))
    return Recipe({name: candidates[name] for name in names}, weights, combination)


def _out_of_fold(
    prepared: Prepared,
    best: Sequence[tuple[AlgorithmName, TrialResult]],
    fit_fold: FitFold,
    *,
    model: ModelConfig,
    seconds_left: float | None,
) -> _Heard | None:
    """What the best say of the training rows, fold by fold; None where nobody asks, or no time is left."""
    if model.ensemble is None or model.ensemble.stack is None:
        return None
    side, candidates = prepared.sides["train"], best[: model.ensemble.stack]
    folds = folds_like_split(side.rows, side.codes, n_classes=len(prepared.classes), policy=model.split)
    needed = len(folds) * sum(trial.seconds for _, trial in candidates)
    if not folds or (seconds_left is not None and needed > seconds_left):
        return None

    def said_by(name: AlgorithmName, trial: TrialResult) -> Probabilities:
        fits = ((fit_fold(name, trial, fitted, k), held_out) for k, (fitted, held_out) in enumerate(folds))
        return np.concatenate([each.probabilities(side.matrix[held_out]) for each, held_out in fits])

    codes = np.concatenate([side.codes[held_out] for _, held_out in folds])
    return _Heard([said_by(name, trial) for name, trial in candidates], codes)
