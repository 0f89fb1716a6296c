"""Prepared rows → the best model there is to be found: tuned, refitted, exported, measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tenure.bundle.encoding import encoded_names
from tenure.domain.evaluations import Evaluation
from tenure.domain.splits import SIDES, Mask
from tenure.ports import Progress
from tenure.stats.arrays import Ints
from tenure.stats.evaluate import EVEN_THRESHOLD, Outcomes, evaluate
from tenure.stats.profile import Profile
from tenure.training.algorithms import Checkpoints, Growth, Matrix, Model, Probabilities, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.calibrating import CalibratedModel, CalibrationChoice, choose_calibration
from tenure.training.choosing import choose_threshold
from tenure.training.config import AlgorithmName, ModelConfig, Oversampling
from tenure.training.export import check_export, export, probe_rows, run_onnx
from tenure.training.monotone import column_directions
from tenure.training.oversampling import smote
from tenure.training.preparing import Prepared
from tenure.training.profiling import profile_of
from tenure.training.recipes import Recipe, Trials, choose_recipe, ranked
from tenure.training.starting import Known, starting_points
from tenure.training.study import TrialResult
from tenure.training.task import Arrays, Task, write_arrays
from tenure.training.tuning import tune
from tenure.training.weighting import row_weights
from tenure.training.workshop import Workshop, open_workshop

CHOSEN_ON = ("train",)
"""What models are fitted on while anything is chosen."""
REFITTED_ON = ("train", "validation")
"""What the winner may be fitted on once everything is chosen."""

STACK_SHARE = 0.25
"""Of the seconds there are, kept from the search where a stack is to be tried."""

NOBODY: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The best model: what it is, what it says, how good it is.

    Attributes
    ----------
    recipe : Recipe
        What was fitted, with which parameters.
    calibration : CalibrationChoice
        How its answers are mapped.
    model : Model
        The model as it was trained, mapping included.
    exported : bytes
        The same as ONNX.
    outcomes : mapping
        What the exported model says of each side, at the threshold.
    threshold : float or None
        Chosen on validation.
    evaluations : tuple of Evaluation
        On train, validation and test.
    profile : Profile
        What later rows are compared with.
    max_export_difference : float
        Between the model and its export, in probability.
    """

    recipe: Recipe
    calibration: CalibrationChoice
    model: Model
    exported: bytes
    outcomes: Mapping[str, Outcomes]
    threshold: float | None
    evaluations: tuple[Evaluation, ...]
    profile: Profile
    max_export_difference: float


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a training made, with all it was made from."""

    prepared: Prepared
    workshop: Workshop
    trials: Trials
    best: Fitted


def make(
    prepared: Prepared,
    *,
    folder: Path,
    model: ModelConfig,
    seed: int,
    jobs: int,
    progress: Progress,
    champion: Known = NOBODY,
    studies: str | None = None,
) -> Made:
    """The best of all algorithms on validation, fitted on train, exported and measured.

    Parameters
    ----------
    prepared
        Rows, split and encoded.
    folder
        Where studies and checkpoints are kept.
    model, seed
        What is tried, and the seed of all of it.
    jobs
        Processes at once.
    progress
        Told of every trial.
    champion
        What it was fitted with, by algorithm: tried early.
    studies
        A database that keeps the studies instead.
    """
    workshop = open_workshop(
        prepared, folder=folder, model=model, seed=seed, champion=champion, database=studies
    )
    trials = search(
        prepared, workshop, model=model, seed=seed, jobs=jobs, progress=progress, champion=champion
    )
    winner, best = ranked(trials)[0]
    progress.say(f"{winner} is best on validation: {model.tuning.metric} {abs(best.score):.4f}")
    left = _seconds_left(trials, model=model, jobs=jobs)
    fitted = fit_best(prepared, trials, workshop, model=model, seed=seed, seconds_left=left)
    return Made(prepared, workshop, trials, fitted)


def search(
    prepared: Prepared,
    workshop: Workshop,
    *,
    model: ModelConfig,
    seed: int,
    jobs: int,
    progress: Progress,
    champion: Known = NOBODY,
) -> Trials:
    """The completed trials of every algorithm, tuned in parallel processes.

    Only training and validation rows are written where those processes can see them.
    """
    validation = prepared.sides["validation"]
    write_arrays(
        workshop.arrays,
        Arrays(sample_of(prepared, CHOSEN_ON, model=model, seed=seed), validation.matrix, validation.codes),
    )
    tasks = [
        Task(
            algorithm=name,
            arrays=workshop.arrays,
            journal=workshop.studies / f"{name}.journal",
            n_classes=len(prepared.classes),
            n_estimators=model.n_estimators,
            every=model.checkpoint_every,
            n_trials=model.tuning.trials,
            seconds=None,
            metric=model.tuning.metric,
            threshold=model.threshold,
            seed=seed,
            starts=starting_points(name, model, champion),
            pruning=model.tuning.pruning,
            device=model.device,
            workers=model.tuning.workers,
            database=workshop.database,
        )
        for name in model.algorithms
    ]
    return tune(
        tasks,
        jobs=jobs,
        progress=progress,
        seconds=_search_seconds(model),
        beside_others=bool(workshop.part),
    )


def fit_best(
    prepared: Prepared,
    trials: Trials,
    workshop: Workshop,
    *,
    model: ModelConfig,
    seed: int,
    seconds_left: float | None = None,
) -> Fitted:
    """The best there is on validation, fitted on train again with checkpoints, exported and measured.

    That is the best trial's model, or a blend or stack of several; its answers mapped where that makes
    them truer. What is measured, and what the threshold is chosen on, are the answers of the exported
    model: the one that is shipped. With ``refit`` the one shipped is fitted on train and validation; what
    is said of validation, the weights, the mapping and the threshold are then those of the models fitted
    on train alone. The fits that a stack needs are tried where the trials say that they take no more than
    `seconds_left`.

    Raises
    ------
    ExportMismatchError
        If model and export disagree on a row of validation or test, or on rows made up to try them.
    """
    fit = partial(_fit, prepared, workshop=workshop, model=model, seed=seed)
    compare = partial(_exported, rows=_rows_to_compare(prepared, seed=seed))
    fit_fold = partial(_fit_fold, prepared, workshop=workshop, model=model, seed=seed)
    recipe, plain = choose_recipe(
        prepared, trials, fit=fit, fit_fold=fit_fold, model=model, seed=seed, seconds_left=seconds_left
    )
    calibration = _calibration(prepared, plain, model=model, seed=seed)
    chosen = shipped = compare(_mapped(plain, calibration))
    if model.refit:
        again = {name: fit(name, trial, rows=REFITTED_ON) for name, trial in recipe.trials.items()}
        shipped = compare(_mapped(recipe.together(again), calibration))
    said = {name: run_onnx(shipped.onnx, prepared.sides[name].matrix) for name in SIDES}
    said["validation"] = run_onnx(chosen.onnx, prepared.sides["validation"].matrix)
    return _measured(prepared, recipe, calibration, shipped, said, model=model)


def _measured(
    prepared: Prepared,
    recipe: Recipe,
    calibration: CalibrationChoice,
    shipped: _Exported,
    said: Mapping[str, Probabilities],
    *,
    model: ModelConfig,
) -> Fitted:
    """The shipped model with its threshold, chosen on what is said of validation, and its evaluations."""
    threshold = choose_threshold(_outcomes(prepared, said, "validation"), model.threshold)
    cut = EVEN_THRESHOLD if threshold is None else threshold
    outcomes = {name: _outcomes(prepared, said, name, cut) for name in SIDES}
    fitted_on = REFITTED_ON if model.refit else CHOSEN_ON
    importance = shipped.model.importance()
    return Fitted(
        recipe=recipe,
        calibration=calibration,
        model=shipped.model,
        exported=shipped.onnx,
        outcomes=outcomes,
        threshold=threshold,
        evaluations=tuple(_evaluate(prepared, said[name], threshold, name) for name in SIDES),
        profile=profile_of(
            prepared,
            outcomes,
            fitted_on=fitted_on,
            importance=importance,
            score=partial(run_onnx, shipped.onnx),
        ),
        max_export_difference=shipped.difference,
    )


def sample_of(prepared: Prepared, sides: Sequence[str], *, model: ModelConfig, seed: int) -> Sample:
    """The rows of those sides, to fit on, each with what it counts for; made-up ones after them."""
    matrix = np.concatenate([prepared.sides[name].matrix for name in sides])
    codes = np.concatenate([prepared.sides[name].codes for name in sides])
    return _sample(prepared, matrix, codes, model=model, seed=seed)


def _sample(prepared: Prepared, matrix: Matrix, codes: Ints, *, model: ModelConfig, seed: int) -> Sample:
    n_classes = len(prepared.classes)
    if isinstance(prepared.imbalance, Oversampling):
        matrix, codes = smote(matrix, codes, policy=prepared.imbalance.smote, seed=seed)
    weights = row_weights(codes, n_classes=n_classes, imbalance=prepared.imbalance)
    directions = column_directions(prepared.encoder.specs, model.monotone)
    return Sample(matrix, codes, weights, n_classes, directions, encoded_names(prepared.encoder.specs))


@dataclass(frozen=True, slots=True, eq=False)
class _Exported:
    """A model and its export."""

    model: Model
    onnx: bytes
    difference: float


def _exported(model: Model, *, rows: Mapping[str, Matrix]) -> _Exported:
    onnx = export(model)
    return _Exported(model, onnx, check_export(model, onnx, rows))


def _calibration(prepared: Prepared, plain: Model, *, model: ModelConfig, seed: int) -> CalibrationChoice:
    side = prepared.sides["validation"]
    raw = Outcomes(side.codes, plain.probabilities(side.matrix))
    return choose_calibration(raw, model.calibration, seed=seed)


def _mapped(model: Model, calibration: CalibrationChoice) -> Model:
    return model if calibration.calibrator is None else CalibratedModel(model, calibration.calibrator)


def _fit(
    prepared: Prepared,
    algorithm: AlgorithmName,
    trial: TrialResult,
    *,
    workshop: Workshop,
    model: ModelConfig,
    seed: int,
    rows: tuple[str, ...] = CHOSEN_ON,
) -> Model:
    sample = sample_of(prepared, rows, model=model, seed=seed)
    kept = workshop.checkpoints(algorithm, trial, rows="-".join(rows))
    return _grown(algorithm, sample, trial, kept, model=model, seed=seed)


def _fit_fold(
    prepared: Prepared,
    algorithm: AlgorithmName,
    trial: TrialResult,
    fitted: Mask,
    number: int,
    *,
    workshop: Workshop,
    model: ModelConfig,
    seed: int,
) -> Model:
    """The trial's model of some training rows."""
    side = prepared.sides["train"]
    sample = _sample(prepared, side.matrix[fitted], side.codes[fitted], model=model, seed=seed)
    kept = workshop.checkpoints(algorithm, trial, rows=f"fold-{number}")
    return _grown(algorithm, sample, trial, kept, model=model, seed=seed)


def _grown(
    algorithm: AlgorithmName, sample: Sample, trial: TrialResult, kept: Path, *, model: ModelConfig, seed: int
) -> Model:
    growth = Growth(
        model.n_estimators,
        model.checkpoint_every,
        seed,
        Checkpoints(kept),
        device=model.device,
        scorecard=model.scorecard,
    )
    with threadpool_limits(1):
        return FITS[algorithm](sample, trial.parameters, growth)


def _search_seconds(model: ModelConfig) -> float | None:
    """What the search may take: all there is, or what is not kept for a stack."""
    seconds = model.tuning.seconds
    stacks = model.ensemble is not None and model.ensemble.stack is not None
    return seconds * (1 - STACK_SHARE) if seconds is not None and stacks else seconds


def _seconds_left(trials: Trials, *, model: ModelConfig, jobs: int) -> float | None:
    """What the search left of the seconds there were, as its trials tell it."""
    if model.tuning.seconds is None:
        return None
    n_processes = min(jobs, len(trials) * model.tuning.workers)
    used = sum(result.seconds for results in trials.values() for result in results)
    return max(model.tuning.seconds - used / n_processes, 0.0)


def _rows_to_compare(prepared: Prepared, *, seed: int) -> dict[str, Matrix]:
    """The rows that model and export must agree on: real ones, and what may come one day."""
    validation, test = (prepared.sides[name].matrix for name in ("validation", "test"))
    made_up = np.concatenate([probe_rows(validation, seed=seed), prepared.strange])
    return {"validation": validation, "test": test, "made-up": made_up}


def _outcomes(
    prepared: Prepared, said: Mapping[str, Probabilities], name: str, cut: float = EVEN_THRESHOLD
) -> Outcomes:
    return Outcomes(prepared.sides[name].codes, said[name], cut)


def _evaluate(prepared: Prepared, said: Probabilities, threshold: float | None, name: str) -> Evaluation:
    labels = prepared.sides[name].rows.labels
    return evaluate(said, labels, prepared.classes, threshold, name)
