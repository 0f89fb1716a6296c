"""Small projects that have run, and one that has not; the lenders of the tests of reports, in memory."""

from __future__ import annotations

import csv
import importlib.util
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import yaml

from tenure.dashboard.opened import Opened, open_project
from tenure.domain.periods import PeriodUnit
from tenure.ports import Silent
from tenure.replay import backfill, plan
from tenure.running.runtime import open_runtime

_SPEC = importlib.util.spec_from_file_location(
    "tenure_tests_lenders", Path(__file__).parents[1] / "reporting" / "conftest.py"
)
_LENDERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_LENDERS)
datamart, lend = _LENDERS.datamart, _LENDERS.lend

TURKISH = "İlçe_geliri_m²"
FIRST, LAST = date(2024, 2, 1), date(2024, 7, 1)
SHIFTED = 6
"""The month from which on the first feature has moved, and a category is new."""


@dataclass(frozen=True)
class Small:
    """One source, some numbers, a category; the label is known a month after the event."""

    n_features: int = 5
    classes: tuple[str, ...] = ("0", "1")
    n_rows: int = 150
    min_labels: int = 100

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers: the first of them says who will default."""
        return (TURKISH, *(f"x_{place}" for place in range(1, self.n_features)))

    def write(self, root: Path) -> Path:
        """The project file, and the files of six months."""
        root.mkdir(parents=True)
        for month in range(1, 7):
            self._deliver(root / "loans", month)
        numbers = {name: {"type": "number"} for name in self.names}
        project = {
            "project": "small",
            "sources": {
                "loans": {
                    "path": "loans",
                    "keys": ["id"],
                    "event_time": "started",
                    "columns": {
                        **numbers,
                        "mix": {"type": "category"},
                        "phone": {"pii": True},
                        "bad": {"type": "category", "feature": False},
                    },
                }
            },
            "population": {"select": "SELECT id, started AS event_time FROM loans"},
            "label": {
                "select": "SELECT id, started AS event_time, bad AS label FROM loans",
                "horizon": "1 month",
            },
            "features": [{"source": "loans"}],
            "model": {
                "task": "binary" if len(self.classes) == 2 else "multiclass",
                "algorithms": ["decision_tree"],
                "tuning": {"trials": 1},
                "min_labels": self.min_labels,
                "min_class_rows": 1,
            },
            "retrain": {"min_labels": self.min_labels, "cooldown_periods": 2},
            "gate": {"minimum": {"accuracy": 0.0}, "min_rows": 10, "latency_ms": None, "resamples": 100},
        }
        text = yaml.safe_dump(project, allow_unicode=True, sort_keys=False)
        (root / "tenure.yaml").write_text(text, encoding="utf-8")
        return root

    def _deliver(self, folder: Path, month: int) -> None:
        draw = random.Random(month)  # noqa: S311 - a draw that can be repeated
        folder.mkdir(exist_ok=True)
        with (folder / f"2024-{month:02d}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "started", "phone", *self.names, "mix", "bad"])
            writer.writerows(self._row(draw, month, number) for number in range(self.n_rows))

    def _row(self, draw: random.Random, month: int, number: int) -> Sequence[object]:
        values = [round(draw.gauss(0, 1), 4) for _ in self.names]
        odds = 1 / (1 + math.exp(-2 * values[0]))
        bad = self.classes[
            min(int(draw.random() < odds) + int(draw.random() < odds / 2), len(self.classes) - 1)
        ]
        moved = 2.0 if month >= SHIFTED else 0.0
        mix = "New_Thing" if month >= SHIFTED and number % 4 == 0 else draw.choice(("Bad", "Good"))
        day = f"2024-{month:02d}-{1 + number % 28:02d}"
        key = f"c{number % (self.n_rows - 10)}" if number < self.n_rows - 10 else f"new{month}-{number}"
        return [key, day, f"+90-555-{number}", round(values[0] + moved, 4), *values[1:], mix, bad]


def replayed(root: Path, *, last: date = LAST) -> Path:
    """The project after its periods."""
    runtime = open_runtime(root, progress=Silent(), jobs=1)
    for _ in backfill(plan(FIRST, last, runtime=runtime), runtime=runtime):
        pass
    return root


class Versioned(_LENDERS._beside("tables").Tables):
    """Tables in memory that say that nothing has changed."""

    def version(self, table: str) -> int:
        return 0 if self.exists(table) else -1


@pytest.fixture(scope="session")
def recession(lend: Callable[..., object]) -> object:
    """24 periods: nobody for nine, version 1, a recession, version 2 refused, version 3."""
    return lend(store=Versioned())


@pytest.fixture(scope="session")
def tables() -> type[Versioned]:
    """Tables in memory."""
    return Versioned


@pytest.fixture(scope="session")
def opened_as() -> Callable[..., Opened]:
    """A lender's tables in memory, opened for reading."""

    def make(made: object, *, personal: frozenset[str] = frozenset()) -> Opened:
        return Opened(
            made.lender.name, f"memory-{id(made)}", PeriodUnit.MONTH, made.store, made.registry, personal
        )

    return make


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six periods of a small lender, the last of which has drifted; not to be changed."""
    return replayed(Small().write(tmp_path_factory.mktemp("small") / "project"))


@pytest.fixture(scope="session")
def small(small_project: Path) -> Opened:
    """It, opened for reading."""
    return open_project(small_project)


@pytest.fixture(scope="session")
def empty_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which nothing has run."""
    return Small().write(tmp_path_factory.mktemp("empty") / "project")


@pytest.fixture(scope="session")
def write_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a project of one's own, and replay it up to a period."""

    def make(last: date = LAST, **settings: object) -> Path:
        return replayed(Small(**settings).write(tmp_path_factory.mktemp("own") / "project"), last=last)

    return make
