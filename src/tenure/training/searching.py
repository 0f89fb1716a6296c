"""The search of a training, ahead of it: studies are filled that the training then finds."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tenure.domain.artefacts import Audit, Gold
from tenure.domain.cuts import CutPolicy
from tenure.domain.decisions import RetrainDecision
from tenure.domain.models import Search, Searched
from tenure.errors import TrainingError
from tenure.ports import Engine, ModelRegistry, Progress, TableStore
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.loading import load_prepared
from tenure.training.starting import champion_parameters


def search_parameters(  # noqa: PLR0913 - three artefacts, and the settings and ports that training needs
    gold: Gold,
    decision: RetrainDecision,
    audit: Audit,
    *,
    model: ModelConfig,
    cuts: CutPolicy | None,
    seed: int,
    jobs: int,
    models: Path,
    studies: str | None,
    registry: ModelRegistry,
    store: TableStore,
    engine: Engine,
    progress: Progress,
) -> Search:
    """The best trial of each algorithm of `model`; nothing is fitted for good, nothing is registered.

    `train` on the same rows finds these studies and goes on from there: it gives the same bundle as if it
    had searched by itself. Several processes may do this at once, each for other algorithms.

    Raises
    ------
    LeakageError
        If the audit found errors that are not muted.
    NotEnoughLabelsError
        If too few labels are known, or a side of the split lacks a class.
    TrainingError
        If another process searches one of these algorithms, or trains on these rows, at this moment.
    """
    # scikit-learn, XGBoost, LightGBM, Optuna and the converters: seconds that nothing else should wait for
    from tenure.training import candidate, claims, workshop  # noqa: PLC0415

    as_of = decision.as_of
    prepared = load_prepared(gold, audit, as_of=as_of, model=model, cuts=cuts, store=store, engine=engine)
    champion = champion_parameters(model, as_of=as_of, registry=registry, store=store)
    whole = workshop.open_workshop(
        prepared, folder=models, model=model, seed=seed, champion=champion, database=studies
    )
    ours = replace(whole, part="-".join(model.algorithms))
    with ExitStack() as kept:
        for name in model.algorithms:
            kept.enter_context(claims.held(whole.studies / f"{name}-ahead.lock", name))
        kept.callback(shutil.rmtree, ours.arrays, ignore_errors=True)
        trials = candidate.search(
            prepared, ours, model=model, seed=seed, jobs=jobs, progress=progress, champion=champion
        )
    found = [Searched(name, len(done), max(trial.score for trial in done)) for name, done in trials.items()]
    return Search(as_of, model.tuning.metric, tuple(found))


def competing(model: ModelConfig, algorithm: AlgorithmName) -> ModelConfig:
    """The same settings for one algorithm alone, with its share of the time there is.

    Raises
    ------
    TrainingError
        If it does not compete.

    Examples
    --------
    >>> model = ModelConfig.model_validate({"algorithms": ["xgboost", "lightgbm"], "tuning": {"seconds": 60}})
    >>> alone = competing(model, AlgorithmName.XGBOOST)
    >>> [name.value for name in alone.algorithms], alone.tuning.seconds
    (['xgboost'], 30.0)
    """
    if algorithm not in model.algorithms:
        raise TrainingError(
            f"`{algorithm}` does not compete; `model.algorithms` has {', '.join(model.algorithms)}",
            hint="name one of them; after a change of the project file `tenure airflow` writes the DAG anew.",
        )
    seconds = model.tuning.seconds
    share = None if seconds is None else seconds / len(model.algorithms)
    tuning = model.tuning.model_copy(update={"seconds": share})
    return model.model_copy(update={"algorithms": (algorithm,), "tuning": tuning})
