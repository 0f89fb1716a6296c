"""The training once per fold: how well the recipe does, on rows that no other fold tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.domain.artefacts import Audit, Gold
from tenure.domain.cuts import CutPolicy
from tenure.domain.evaluations import evaluation_on
from tenure.domain.models import CrossValidation, Fold
from tenure.errors import TrainingError
from tenure.ports import Engine, Progress, TableStore
from tenure.training.config import ModelConfig
from tenure.training.monotone import require_orders
from tenure.training.preparing import Prepared, prepare
from tenure.training.requirements import require_audit
from tenure.training.rows import load_labelled_rows, require_labels

if TYPE_CHECKING:
    from tenure.training.candidate import Made


def cross_validate(  # noqa: PLR0913 - two artefacts, and the settings and ports that training needs
    gold: Gold,
    audit: Audit,
    *,
    model: ModelConfig,
    cuts: CutPolicy | None,
    seed: int,
    jobs: int,
    models: Path,
    store: TableStore,
    engine: Engine,
    progress: Progress,
) -> CrossValidation:
    """The evaluation of every fold's best model on that fold's test rows; nothing is registered.

    Each fold is a whole training: split, cuts, encoder, trials, threshold. Killed, it goes on with the trials
    that were done.

    Raises
    ------
    TrainingError
        If rows are split by time: then there is one test, the latest events.
    LeakageError
        If the audit found errors that are not muted.
    NotEnoughLabelsError
        If too few labels are known, or a side of a fold lacks a class.
    """
    _require_folds(model)
    require_audit(audit)
    require_orders(gold.columns, model.monotone)
    rows = load_labelled_rows(gold.columns, gold.keys, as_of=audit.as_of, store=store, engine=engine)
    require_labels(rows, at_least=model.min_labels, as_of=audit.as_of)
    # scikit-learn, XGBoost, LightGBM and the converters: seconds that nothing else should wait for
    from tenure.training import candidate  # noqa: PLC0415

    make = partial(candidate.make, folder=models, seed=seed, jobs=jobs, progress=progress)
    prepared = partial(prepare, rows, gold.columns, cuts=cuts)
    numbers = progress.track(range(1, model.split.n_folds + 1), "folds", total=model.split.n_folds)
    folds = (_fold(number, model=model, prepared=prepared, make=make) for number in numbers)
    return CrossValidation(audit.as_of, tuple(folds))


def _fold(
    number: int, *, model: ModelConfig, prepared: Callable[..., Prepared], make: Callable[..., Made]
) -> Fold:
    split = model.split.model_copy(update={"fold": number})
    policy = model.model_copy(update={"split": split})
    made = make(prepared(model=policy), model=policy)
    made.workshop.clear()
    test = evaluation_on(made.best.evaluations, "test")
    return Fold(number, made.best.recipe.algorithm, made.prepared.split, test)


def _require_folds(model: ModelConfig) -> None:
    if model.split.n_folds < 2:
        raise TrainingError(
            f"rows are split by {model.split.by}: there is one test, not several folds",
            hint="`model.split: {by: entity, train: 0.68, validation: 0.12, test: 0.20}` makes five folds, "
            "for tables that have no time to part by.",
        )
