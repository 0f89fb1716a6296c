from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.artefacts import Audit, Gold
from tenure.domain.cuts import CutPolicy
from tenure.domain.decisions import RetrainDecision
from tenure.domain.durations import shift_months
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.models import Candidate
from tenure.domain.periods import Period
from tenure.domain.tables import FEATURES, LABELS
from tenure.ports import Silent
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.memory import MemoryRegistry, MemoryTracker
from tenure.training import train
from tenure.training.algorithms import Sample
from tenure.training.config import ModelConfig

AS_OF = date(2024, 1, 1)
N_MONTHS = 12
ROWS_A_MONTH = 40
COLUMNS = (
    FeatureColumn("income", FeatureKind.NUMBER, "simulated"),
    FeatureColumn("debt", FeatureKind.NUMBER, "simulated"),
    FeatureColumn("age", FeatureKind.NUMBER, "simulated"),
    FeatureColumn("job", FeatureKind.CATEGORY, "simulated"),
    FeatureColumn("nothing", FeatureKind.NUMBER, "simulated"),
    FeatureColumn("always", FeatureKind.NUMBER, "simulated"),
    FeatureColumn("ratio", FeatureKind.NUMBER, "simulated"),
)


@dataclass(frozen=True)
class Lender:
    """Simulated gold rows: every month's features, and the labels known a month later."""

    features: pa.Table
    labels: pa.Table


def simulate(*, n_classes: int = 2, seed: int = 0, n_months: int = N_MONTHS) -> Lender:
    rng = np.random.default_rng(seed)
    n_rows = n_months * ROWS_A_MONTH
    months = [shift_months(date(2023, 1, 1), number) for number in range(n_months)]
    events = [datetime(day.year, day.month, day.day) for day in months for _ in range(ROWS_A_MONTH)]
    known = [
        datetime(later.year, later.month, later.day)
        for later in (shift_months(day, 1) for day in months)
        for _ in range(ROWS_A_MONTH)
    ]
    numbers = rng.normal(size=(3, n_rows))
    jobs = rng.choice(["cook", "clerk", "nurse", None], size=n_rows, p=[0.4, 0.3, 0.2, 0.1]).astype(object)
    jobs[::97] = "astronaut"
    logit = 1.5 * numbers[0] - numbers[1] + (jobs == "cook") + rng.logistic(size=n_rows)
    numbers[:, :][rng.random((3, n_rows)) < 0.08] = np.nan
    classes = np.digitize(logit, np.quantile(logit, np.arange(1, n_classes) / n_classes))
    keys = np.arange(n_rows)
    features = pa.table(
        {
            "customer": keys,
            "event_time": pa.array(events, pa.timestamp("us")),
            "known_at": pa.array(events, pa.timestamp("us")),
            "income": pa.array(numbers[0], from_pandas=True),
            "debt": pa.array(numbers[1], from_pandas=True),
            "age": pa.array(np.round(40 + 10 * numbers[2]), from_pandas=True),
            "job": pa.array(jobs.tolist(), pa.string()),
            "nothing": pa.nulls(n_rows, pa.float64()),
            "always": np.ones(n_rows),
            "ratio": np.where(np.arange(n_rows) % 50 == 7, np.inf, rng.random(n_rows)),
        }
    )
    labels = pa.table(
        {
            "customer": keys,
            "event_time": pa.array(events, pa.timestamp("us")),
            "known_at": pa.array(known, pa.timestamp("us")),
            "label": pa.array([("good", "late", "lost")[code] for code in classes]),
        }
    )
    return Lender(features, labels)


@dataclass
class Bench:
    """A datamart and the ports of one training, in one folder."""

    folder: Path
    engine: DuckDBEngine
    tracker: MemoryTracker = field(default_factory=MemoryTracker)

    def __post_init__(self) -> None:
        self.store = DeltaStore(self.folder / "datamart")
        self.registry = MemoryRegistry("loans", self.folder / "registry")
        self.models = self.folder / "models"

    def fill(self, lender: Lender) -> None:
        self.store.replace(FEATURES, lender.features, as_of=AS_OF)
        self.store.replace(LABELS, lender.labels, as_of=AS_OF)

    def gold(self) -> Gold:
        features = self.store.replace(FEATURES, self.store.read(FEATURES).drop(["as_of"]), as_of=AS_OF)
        return Gold(Period(AS_OF), features, features, ("customer",), COLUMNS)

    def train(
        self,
        model: ModelConfig,
        *,
        cuts: CutPolicy | None = None,
        audit: Audit | None = None,
        as_of: date = AS_OF,
        jobs: int = 1,
    ) -> Candidate:
        return train(
            self.gold(),
            RetrainDecision(as_of, True, (), 0),
            audit or Audit(as_of, ()),
            name="loans",
            model=model,
            cuts=cuts,
            seed=7,
            jobs=jobs,
            models=self.models,
            studies=None,
            registry=self.registry,
            tracker=self.tracker,
            store=self.store,
            engine=self.engine,
            progress=Silent(),
        )


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


@pytest.fixture(scope="session")
def make_bench(engine: DuckDBEngine, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Lender], Bench]:
    def make(lender: Lender) -> Bench:
        bench = Bench(tmp_path_factory.mktemp("bench"), engine)
        bench.fill(lender)
        return bench

    return make


@pytest.fixture(scope="session")
def lender() -> Callable[..., Lender]:
    return simulate


@pytest.fixture(scope="session")
def quick() -> Callable[..., ModelConfig]:
    """Settings of a small training; keys of the project file replace them."""

    def settings(**changes: object) -> ModelConfig:
        small: dict[str, object] = {
            "positive": "late",
            "algorithms": ["decision_tree"],
            "tuning": {"trials": 2},
            "n_estimators": 40,
            "min_class_rows": 2,
        }
        return ModelConfig.model_validate(small | changes)

    return settings


@pytest.fixture(scope="session")
def sample() -> Callable[..., Sample]:
    """Rows to fit on: nulls, a column without nulls, categories, a rounded column, one of large values."""

    def make(*, n_classes: int = 2, n_rows: int = 400, seed: int = 0) -> Sample:
        rng = np.random.default_rng(seed)
        matrix = rng.normal(size=(n_rows, 10)).astype(np.float32)
        matrix[rng.random(matrix.shape) < 0.1] = np.nan
        matrix[:, 3] = np.round(matrix[:, 3])
        matrix[:, 4] = rng.integers(0, 2, n_rows)
        matrix[:, 5] = np.nan_to_num(matrix[:, 5]) - 0.4
        matrix[:, 6] *= 1e6
        signal = np.nan_to_num(matrix[:, 0]) + 0.5 * np.nan_to_num(matrix[:, 1]) + matrix[:, 5] + matrix[:, 4]
        noisy = signal + rng.logistic(scale=0.3, size=n_rows)
        codes = np.digitize(noisy, np.quantile(noisy, np.arange(1, n_classes) / n_classes))
        return Sample(matrix, codes.astype(np.int64), np.ones(n_rows), n_classes)

    return make
