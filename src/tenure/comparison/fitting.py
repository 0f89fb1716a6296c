"""One fit, the same for every set of features: which algorithm, which parameters, what it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tenure.bundle import load_bundle
from tenure.bundle.provenance import members_of
from tenure.domain.office import in_office
from tenure.domain.tables import DECISIONS
from tenure.ports import ModelRegistry, TableStore
from tenure.stats.evaluate import Outcomes
from tenure.training.algorithms import Growth
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.space import Parameters
from tenure.training.algorithms.spaces import SPACES
from tenure.training.candidate import CHOSEN_ON, sample_of
from tenure.training.choosing import choose_threshold
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.preparing import Prepared
from tenure.training.starting import fitting, starting_points


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is fitted, with which parameters, and where they come from."""

    algorithm: AlgorithmName
    parameters: Parameters
    taken_from: str


def choose_recipe(model: ModelConfig, *, as_of: date, registry: ModelRegistry, store: TableStore) -> Recipe:
    """The champion's algorithm and parameters, where the project names it; of a blend the heaviest.

    With nobody in office, or somebody of other algorithms: the first algorithm of the project, with its
    defaults and `model.tuning.start`. Nothing is tuned: a search would find other parameters for each set
    of features, and the difference would be that of two searches.

    Raises
    ------
    TrainingError
        If `model.tuning.start` has a parameter that the algorithm does not have.
    """
    return _of_champion(model, as_of, registry, store) or _of_project(model)


def answers_on_test(prepared: Prepared, recipe: Recipe, *, model: ModelConfig, seed: int) -> Outcomes:
    """What the recipe, fitted on train, says of the test rows, at the threshold chosen on validation."""
    validation, test = (prepared.sides[name] for name in ("validation", "test"))
    growth = Growth(model.n_estimators, model.checkpoint_every, seed, device=model.device)
    with threadpool_limits(1):
        sample = sample_of(prepared, CHOSEN_ON, model=model, seed=seed)
        fitted = FITS[recipe.algorithm](sample, recipe.parameters, growth)
    chosen_on = Outcomes(validation.codes, fitted.probabilities(validation.matrix))
    threshold = choose_threshold(chosen_on, model.threshold)
    answers = Outcomes(test.codes, fitted.probabilities(test.matrix))
    return answers if threshold is None else replace(answers, threshold=threshold)


def _of_champion(
    model: ModelConfig, as_of: date, registry: ModelRegistry, store: TableStore
) -> Recipe | None:
    office = in_office(store.read(DECISIONS, until=as_of), as_of)
    if office is None:
        return None
    version = office.version
    bundle = load_bundle(registry.bundle(version.version), sha256=version.bundle_sha256)
    members = [each for each in members_of(bundle.provenance) if each.algorithm in model.algorithms]
    if not members:
        return None
    heaviest = max(members, key=lambda member: member.weight)
    algorithm = AlgorithmName(heaviest.algorithm)
    parameters = fitting(SPACES[algorithm], heaviest.parameters)
    return Recipe(algorithm, parameters, f"version {version.version}, in office")


def _of_project(model: ModelConfig) -> Recipe:
    algorithm = model.algorithms[0]
    told = "model.tuning.start" if model.tuning.start.get(algorithm) else "its defaults"
    return Recipe(algorithm, starting_points(algorithm, model, {})[0], told)
