"""The port through which the audit has features built again: the build stage, with its settings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tenure.features import rebuild
from tenure.ports import Engine, FeatureBuilder, TableStore
from tenure.project import Project


def feature_builder(project: Project, *, root: Path, store: TableStore, engine: Engine) -> FeatureBuilder:
    """A builder of this project's features, as if nothing were known after a day."""
    return partial(
        rebuild,
        sources=project.sources,
        population=project.population,
        features=project.features,
        root=root,
        store=store,
        engine=engine,
    )
