"""What the candidate is made of: the best trial of one algorithm, or a blend of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tenure.bundle.provenance import Member
from tenure.stats.arrays import Ints
from tenure.stats.evaluate import Outcomes
from tenure.training.algorithms import Model, Probabilities
from tenure.training.blending import BlendedModel, choose_weights, cross_fitted_score
from tenure.training.choosing import validation_score
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.preparing import Prepared
from tenure.training.study import TrialResult

Trials: TypeAlias = Mapping[AlgorithmName, tuple[TrialResult, ...]]
FitTrial: TypeAlias = Callable[[AlgorithmName, TrialResult], Model]

BLEND = "blend"
"""The algorithm of a bundle that holds several."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which trials are fitted, and what each weighs in the answer.

    Attributes
    ----------
    trials : mapping
        By algorithm, the best on validation first.
    weights : mapping
        By algorithm, with sum 1; none is 0.
    """

    trials: Mapping[AlgorithmName, TrialResult]
    weights: Mapping[AlgorithmName, float]

    @property
    def algorithm(self) -> str:
        """The algorithm of the one, or ``blend``."""
        names = list(self.trials)
        return names[0].value if len(names) == 1 else BLEND

    @property
    def members(self) -> tuple[Member, ...]:
        """As a bundle's provenance tells them."""
        return tuple(
            Member(name.value, self.weights[name], trial.parameters) for name, trial in self.trials.items()
        )


def ranked(trials: Trials) -> tuple[tuple[AlgorithmName, TrialResult], ...]:
    """The best trial of each algorithm, the best algorithm first; the earlier of equals."""
    best = {name: best_trial(results) for name, results in trials.items()}
    return tuple(sorted(best.items(), key=lambda item: -item[1].score))


def best_trial(results: Sequence[TrialResult]) -> TrialResult:
    """The trial with the highest score of those that were not given up; the earlier of equals."""
    return max((result for result in results if not result.pruned), key=lambda result: result.score)


def choose_recipe(
    prepared: Prepared, trials: Trials, *, fit: FitTrial, model: ModelConfig, seed: int
) -> tuple[Recipe, Model]:
    """The recipe that does best on validation by the tuning metric, and the model fitted by it on train.

    A blend is taken only where it does better than the best model alone on rows that its weights were
    not chosen on. Its weights are then chosen on all of validation.

    Parameters
    ----------
    prepared
        Rows, split and encoded.
    trials
        Completed trials of every algorithm.
    fit
        Fits a trial of an algorithm on train.
    model
        Whether to blend, and what is better.
    seed
        Of the parts that validation is cut into.
    """
    best = ranked(trials)
    alone = Recipe(dict(best[:1]), {best[0][0]: 1.0})
    if model.ensemble is None or len(best) == 1:
        return alone, fit(*best[0])
    candidates = dict(best[: model.ensemble.blend])
    models = {name: fit(name, trial) for name, trial in candidates.items()}
    side = prepared.sides["validation"]
    said = [each.probabilities(side.matrix) for each in models.values()]

    def score(codes: Ints, probabilities: Probabilities) -> float:
        return validation_score(Outcomes(codes, probabilities), model.tuning.metric, model.threshold)

    if cross_fitted_score(said, side.codes, score, seed=seed) <= score(side.codes, said[0]):
        return alone, models[best[0][0]]
    weights = dict(zip(models, choose_weights(said, side.codes, score), strict=True))
    kept = {name: weight for name, weight in weights.items() if weight > 0}
    recipe = Recipe({name: candidates[name] for name in kept}, kept)
    return recipe, blend({name: models[name] for name in kept}, kept)


def blend(models: Mapping[AlgorithmName, Model], weights: Mapping[AlgorithmName, float]) -> Model:
    """The one model, or the weighted mean of several."""
    if len(models) == 1:
        return next(iter(models.values()))
    return BlendedModel(
        {name.value: model for name, model in models.items()}, tuple(weights[name] for name in models)
    )
