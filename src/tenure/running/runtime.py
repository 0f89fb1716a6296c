"""What the steps of one project are given: its settings and its ports, by name."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tenure.alerting.config import AlertPolicy
from tenure.alerting.evidence import ProjectFacts
from tenure.auditing.config import AuditPolicy
from tenure.domain.costs import CostPolicy
from tenure.domain.cuts import CutPolicy
from tenure.domain.periods import PeriodUnit
from tenure.domain.serving import ServeConfig
from tenure.domain.sources import Source
from tenure.domain.splits import SplitPolicy
from tenure.domain.triggers import Circumstances, Trigger
from tenure.evaluation.config import GatePolicy
from tenure.features.config import FeatureBlock, Label, Population, SqlBlock
from tenure.features.queries import query_text
from tenure.flow import LOOP, Step
from tenure.monitoring.config import MonitorPolicy
from tenure.ports import (
    Engine,
    ExperimentTracker,
    FeatureBuilder,
    ModelRegistry,
    OnlineStore,
    Progress,
    Silent,
    TableStore,
)
from tenure.project import Project, SparkConfig, load_project
from tenure.project.queries import outcome_columns, tables_read
from tenure.retraining.config import RetrainPolicy
from tenure.running.changes import code_sha256, manual_trigger, raw_sha256, raw_states
from tenure.running.rebuilding import feature_builder
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.mlflow import MlflowRegistry, MlflowTracker
from tenure.stores.online import open_online_store
from tenure.stores.postgres import with_driver
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.searching import competing
from tenure.validation.config import ValidationPolicy

SETTINGS: Mapping[str, Any] = {
    "name": str,
    "root": Path,
    "models": Path,
    "studies": str | None,
    "reports": Path,
    "seed": int,
    "jobs": int,
    "unit": PeriodUnit,
    "sources": Mapping[str, Source],
    "population": Population,
    "label": Label,
    "features": tuple[FeatureBlock, ...],
    "model": ModelConfig,
    "split": SplitPolicy,
    "cuts": CutPolicy | None,
    "costs": CostPolicy | None,
    "outcomes": frozenset[str],
    "gate": GatePolicy,
    "monitor": MonitorPolicy,
    "retrain": RetrainPolicy,
    "alert": AlertPolicy,
    "facts": ProjectFacts,
    "validation": ValidationPolicy,
    "audit": AuditPolicy,
    "serve": ServeConfig | None,
    "store": TableStore,
    "engine": Engine,
    "registry": ModelRegistry,
    "tracker": ExperimentTracker,
    "progress": Progress,
    "rebuild": FeatureBuilder,
    "online": OnlineStore | None,
}
"""The type of every setting and port that a step may ask for, by the name it asks under."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """One project, opened: where its tables, models and reports are, and who answers the ports."""

    project: Project
    root: Path
    store: TableStore
    engine: Engine
    registry: ModelRegistry
    tracker: ExperimentTracker
    progress: Progress
    jobs: int
    online: OnlineStore | None = None
    """Where the latest features of each entity go; None where serving does not ask for them."""
    trigger: Trigger = field(default_factory=manual_trigger)
    """What set the run off: it is written down, and changes nothing."""

    @property
    def project_sha256(self) -> str:
        """Hash of what the project file says: of its settings, not of its layout or comments."""
        return hashlib.sha256(self.project.model_dump_json().encode()).hexdigest()

    @property
    def code_sha256(self) -> str:
        """Hash of the project file's settings, of the queries and suites it names, and of the package."""
        return code_sha256(self.project, root=self.root)

    def raw_states(self) -> dict[str, str]:
        """A hash per source of which raw rows there are now."""
        memory = self.models / "raw_files.json"
        return raw_states(self.project.sources, root=self.root, engine=self.engine, memory=memory)

    def circumstances(self, step: Step) -> Circumstances:
        """What the step runs under now."""
        takes_in = step is LOOP[0]
        return Circumstances(
            trigger=self.trigger,
            project_sha256=self.project_sha256,
            code_sha256=self.code_sha256,
            raw_sha256=raw_sha256(self.raw_states()) if takes_in else "",
        )

    @property
    def reports(self) -> Path:
        """The folder of the reports."""
        return self.root / self.project.reports

    @property
    def models(self) -> Path:
        """The folder of registry, studies and bundles."""
        return self.root / self.project.models

    def competing(self, algorithm: AlgorithmName) -> Runtime:
        """The same with that algorithm alone.

        Raises
        ------
        TrainingError
            If it does not compete.
        """
        model = competing(self.project.model, algorithm)
        return dataclasses.replace(self, project=self.project.model_copy(update={"model": model}))

    def settings(self) -> dict[str, Any]:
        """Every setting and port, by the names in `SETTINGS`."""
        project = self.project
        sections = ("sources", "population", "label", "features", "model", "gate")
        policies = ("monitor", "retrain", "alert", "validation", "audit")
        ports = (
            "root",
            "models",
            "reports",
            "jobs",
            "store",
            "engine",
            "registry",
            "tracker",
            "progress",
            "online",
        )
        return {
            **{name: getattr(project, name) for name in (*sections, *policies, "serve", "seed")},
            **{name: getattr(self, name) for name in ports},
            "name": project.project,
            "studies": None if project.studies is None else with_driver(project.studies),
            "unit": project.period,
            "split": project.model.split,
            "cuts": project.label.cuts,
            "costs": project.model.threshold.cost,
            "facts": project_facts(project, root=self.root),
            "outcomes": outcome_columns(project.label, project.sources, root=self.root),
            "rebuild": feature_builder(project, root=self.root, store=self.store, engine=self.engine),
        }


def open_runtime(
    path: Path,
    *,
    progress: Progress | None = None,
    jobs: int | None = None,
    trigger: Trigger | None = None,
) -> Runtime:
    """The project at `path` with its ports.

    Parameters
    ----------
    path
        The project file, or its folder.
    progress
        Who shows how far long work has come; nobody when absent.
    jobs
        Processes that train in parallel; one per core when absent.
    trigger
        What set the run off; whoever runs this process, by hand, when absent.

    Raises
    ------
    ProjectError
        If the project file has problems.
    """
    project, root = load_project(path)
    models = root / project.models
    tracking, artifacts = project.tracking, project.artifacts
    return Runtime(
        project=project,
        root=root,
        store=DeltaStore(_location(root, project.datamart)),
        engine=_engine(project, root),
        registry=MlflowRegistry(project.project, models, tracking, artifacts),
        tracker=MlflowTracker(project.project, models, tracking, artifacts),
        progress=progress or Silent(),
        jobs=jobs or os.cpu_count() or 1,
        online=_online(project, root),
        trigger=trigger or manual_trigger(),
    )


def _engine(project: Project, root: Path) -> Engine:
    config = project.engine
    if not isinstance(config, SparkConfig):
        return DuckDBEngine(threads=config.threads, memory_limit=config.memory_limit)
    from tenure.stores.spark import SparkEngine  # noqa: PLC0415 - an extra

    folder = None if config.folder is None else (root / config.folder).resolve()
    return SparkEngine(config.master, settings=config.settings, folder=folder)


def _online(project: Project, root: Path) -> OnlineStore | None:
    serve = project.serve
    if serve.features != "online":
        return None
    folder = (root / serve.folder).resolve()
    return open_online_store(
        serve.online, project=project.project, folder=folder, seconds=serve.online_seconds
    )


def project_facts(project: Project, *, root: Path) -> ProjectFacts:
    """Which sources each feature view reads, and what a wrong decision costs."""
    known = {name.lower(): name for name in project.sources}
    blocks: dict[str, tuple[str, ...]] = {name: (name,) for name in project.sources}
    for block in project.features:
        if isinstance(block, SqlBlock):
            read = sorted(table.lower() for table in tables_read(query_text(block, root)))
            blocks[block.name] = tuple(known[table] for table in read if table in known)
    return ProjectFacts(blocks, project.model.threshold.cost)


def _location(root: Path, datamart: str) -> str:
    """The datamart's address: a URL as it is, a folder relative to the project file."""
    return datamart if "://" in datamart else str((root / datamart).resolve())
