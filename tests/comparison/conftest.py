from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from tenure.comparison import compare_features
from tenure.domain.artefacts import Audit, Gold
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.group_values import FeatureComparison
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import FEATURES, LABELS
from tenure.evaluation.config import GatePolicy
from tenure.features.config import FeatureBlock
from tenure.ports import Progress, Silent
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.memory import MemoryRegistry
from tenure.training.config import ModelConfig

AS_OF = date(2024, 12, 31)
SOURCES = {name: Source(path=f"{name}.csv", keys=("customer",)) for name in ("own", "bureau", "weather")}
BLOCKS: TypeAdapter[tuple[FeatureBlock, ...]] = TypeAdapter(tuple[FeatureBlock, ...])


def number(name: str, block: str, *inputs: str) -> FeatureColumn:
    return FeatureColumn(name, FeatureKind.NUMBER, block, inputs)


COLUMNS = (
    number("income", "own"),
    number("score", "bureau"),
    number("overdue", "bureau"),
    *(number(f"noise_{n}", "weather") for n in range(4)),
)


def simulate(*, n_rows: int = 1500, seed: int = 3) -> tuple[pa.Table, pa.Table]:
    """Features and labels: `own` and `bureau` matter, `weather` is drawn apart from everything."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(7, n_rows))
    logit = 1.2 * values[0] - 1.0 * values[1] + 0.8 * values[2]
    classes = logit + rng.logistic(size=n_rows) > 0
    first = datetime(2024, 1, 1)
    events = [first + timedelta(days=int(day)) for day in np.sort(rng.integers(0, 300, n_rows))]
    identity = {"customer": np.arange(n_rows), "event_time": pa.array(events, pa.timestamp("us"))}
    known = pa.array([event + timedelta(days=20) for event in events], pa.timestamp("us"))
    features = {column.name: values[place] for place, column in enumerate(COLUMNS)}
    labels = {"known_at": known, "label": np.where(classes, "bad", "good")}
    return (
        pa.table({**identity, "known_at": identity["event_time"], **features}),
        pa.table({**identity, **labels}),
    )


@dataclass
class Bench:
    """Gold tables and the ports of a comparison."""

    folder: Path
    engine: DuckDBEngine
    columns: Sequence[FeatureColumn] = COLUMNS
    blocks: Sequence[dict[str, Any]] = ()
    progress: Progress = field(default_factory=Silent)

    def __post_init__(self) -> None:
        self.store = DeltaStore(self.folder / "datamart")
        self.registry = MemoryRegistry("loans", self.folder / "registry")

    def fill(self, features: pa.Table, labels: pa.Table) -> None:
        self.features = self.store.replace(FEATURES, features, as_of=AS_OF)
        self.store.replace(LABELS, labels, as_of=AS_OF)

    def compare(self, *, seed: int = 7, audit: Audit | None = None, **model: Any) -> FeatureComparison:
        settings = {"positive": "bad", "algorithms": ["logistic_regression"], "n_estimators": 40} | model
        gold = Gold(Period(AS_OF), self.features, self.features, ("customer",), tuple(self.columns))
        return compare_features(
            gold,
            audit or Audit(AS_OF, ()),
            model=ModelConfig.model_validate(settings),
            cuts=None,
            gate=GatePolicy(resamples=400),
            features=BLOCKS.validate_python(list(self.blocks)),
            sources=SOURCES,
            root=self.folder,
            seed=seed,
            registry=self.registry,
            store=self.store,
            engine=self.engine,
            progress=self.progress,
        )


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


@pytest.fixture
def bench(tmp_path: Path, engine: DuckDBEngine) -> Bench:
    filled = Bench(tmp_path, engine)
    filled.fill(*simulate())
    return filled


@pytest.fixture
def column() -> Callable[..., FeatureColumn]:
    return number


@pytest.fixture
def columns() -> tuple[FeatureColumn, ...]:
    return COLUMNS


@pytest.fixture
def draw() -> Callable[..., tuple[pa.Table, pa.Table]]:
    return simulate
