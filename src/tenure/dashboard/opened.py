"""A project file → what the pages read of it: its tables and its registry, and what is not to be shown."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from tenure.domain.periods import PeriodUnit
from tenure.domain.tables import DECISIONS, FINDINGS, INCIDENTS, LABELS, MONITORING, PREDICTIONS, RUNS
from tenure.ports import ModelRegistry, TableStore
from tenure.running.runtime import open_runtime

PROJECT = "TENURE_PROJECT"
"""The environment variable that names the project file, or its folder."""
READ = (RUNS, DECISIONS, FINDINGS, INCIDENTS, LABELS, MONITORING, PREDICTIONS)
"""The tables that pages are made from; when one of them changes, pages are read again."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One project, for reading."""

    name: str
    folder: str
    unit: PeriodUnit
    store: TableStore
    registry: ModelRegistry
    personal: frozenset[str]
    """Columns marked ``pii``: their values are never shown."""
    lock: threading.RLock = field(default_factory=threading.RLock, compare=False, repr=False)
    """Held by whoever reads: a table's handle serves one thread at a time."""

    def versions(self) -> tuple[int, ...]:
        """The version of each of the tables that pages are made from."""
        return tuple(self.store.version(table) for table in READ)


def open_project(path: Path) -> Opened:
    """The project at `path`: its file, or its folder.

    Raises
    ------
    ProjectError
        If the project file has problems.
    """
    runtime = open_runtime(path)
    sources = runtime.project.sources.values()
    return Opened(
        name=runtime.project.project,
        folder=str(runtime.root.resolve()),
        unit=runtime.project.period,
        store=runtime.store,
        registry=runtime.registry,
        personal=frozenset(name for s in sources for name, column in s.columns.items() if column.pii),
    )
