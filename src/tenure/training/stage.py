"""The shell: labelled rows from the datamart in, a registered candidate out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tenure.domain.artefacts import Audit, Gold
from tenure.domain.cuts import CutPolicy
from tenure.domain.decisions import RetrainDecision
from tenure.domain.models import Candidate
from tenure.domain.tables import FEATURES, LABELS
from tenure.ports import Engine, ExperimentTracker, ModelRegistry, Progress, TableStore
from tenure.training.config import ModelConfig
from tenure.training.loading import load_prepared
from tenure.training.starting import champion_parameters


def train(  # noqa: PLR0913 - three artefacts, and the settings and ports that training needs
    gold: Gold,
    decision: RetrainDecision,
    audit: Audit,
    *,
    name: str,
    model: ModelConfig,
    cuts: CutPolicy | None,
    seed: int,
    jobs: int,
    models: Path,
    studies: str | None,
    registry: ModelRegistry,
    tracker: ExperimentTracker,
    store: TableStore,
    engine: Engine,
    progress: Progress,
) -> Candidate:
    """A challenger at ``staging``: the best of the algorithms on validation, measured on test.

    Killed anywhere, it goes on where it was; run again on the same rows, it gives the same bundle and
    registers no new version.

    Raises
    ------
    LeakageError
        If the audit found errors that are not muted, or the encoder saw other rows than train.
    NotEnoughLabelsError
        If too few labels are known, or a side of the split lacks a class.
    TrainingError
        If the classes do not fit the task, no feature varies, a direction cannot be kept, the device
        is not there, or a tuning process died.
    ExportMismatchError
        If the exported model and the trained one disagree.
    """
    # scikit-learn, XGBoost, LightGBM, Optuna and the converters: seconds that nothing else should wait for
    from tenure.training import candidate, recording  # noqa: PLC0415

    as_of = decision.as_of
    tables = {table: store.version(table) for table in (FEATURES, LABELS)}
    prepared = load_prepared(gold, audit, as_of=as_of, model=model, cuts=cuts, store=store, engine=engine)
    champion = champion_parameters(model, as_of=as_of, registry=registry, store=store)
    made = candidate.make(
        prepared,
        folder=models,
        model=model,
        seed=seed,
        jobs=jobs,
        progress=progress,
        champion=champion,
        studies=studies,
    )
    folder, sha256 = recording.write_candidate(
        made, project=name, keys=gold.keys, columns=gold.columns, audit=audit, model=model, seed=seed
    )
    if not _is_known(sha256, as_of, registry):
        with tracker.run(f"train {as_of}", as_of=as_of) as run:
            recording.record_training(run, made, model=model, decision=decision, tables=tables)
    tags = {"algorithm": made.best.recipe.algorithm}
    version = registry.register(folder, as_of=as_of, sha256=sha256, tags=tags)
    made.workshop.clear()
    return recording.candidate_of(made, version, task=model.task)


def _is_known(sha256: str, as_of: date, registry: ModelRegistry) -> bool:
    """Whether this very training was recorded and registered before."""
    return any((v.bundle_sha256, v.as_of) == (sha256, as_of) for v in registry.versions())
