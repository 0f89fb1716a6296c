"""A small bronze table, and the stage run over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tenure.domain.artefacts import Bronze, Validation
from tenure.domain.findings import Finding
from tenure.domain.periods import Period
from tenure.domain.sources import Column, Source
from tenure.domain.tables import bronze
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.validation import validate
from tenure.validation.config import ValidationPolicy

N_ROWS = 100


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


@pytest.fixture
def store(tmp_path: Path) -> DeltaStore:
    return DeltaStore(tmp_path / "datamart")


def raw_rows(month: int, n_rows: int = N_ROWS, **replaced: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Applications of one month, clean; columns can be replaced or added."""
    day = date(2024, month, 1)
    clean: dict[str, Sequence[Any]] = {
        "id": [f"C{month}-{row}" for row in range(n_rows)],
        "day": [day.isoformat()] * n_rows,
        "age": [str(20 + row % 50) for row in range(n_rows)],
        "job": [("clerk", "nurse", "cook")[row % 3] for row in range(n_rows)],
    }
    return clean | replaced


SOURCE = Source(
    path="applications.csv",
    keys=("id",),
    event_time="day",
    columns={
        "age": Column(type="integer", between=(18, 100)),
        "job": Column(type="category", values=("clerk", "nurse", "cook")),
    },
)


@dataclass
class Lab:
    """Bronze rows of a source, period by period, and the stage over them."""

    store: DeltaStore
    engine: DuckDBEngine
    root: Path

    def put(
        self,
        month: int,
        rows: Mapping[str, Sequence[Any]],
        *,
        name: str = "applications",
        event_times: Sequence[datetime | None] | None = None,
        known_at: Sequence[datetime | None] | None = None,
    ) -> None:
        n_rows = len(next(iter(rows.values())))
        usual = [datetime(2024, month, 1)] * n_rows
        times = {"_event_time": event_times or usual, "_known_at": known_at or event_times or usual}
        arrays = {column: pa.array(times[column], pa.timestamp("us")) for column in times}
        table = pa.table({**rows, "_file": ["a.csv"] * n_rows, "_row": range(1, n_rows + 1), **arrays})
        self.store.replace(bronze(name), table, as_of=date(2024, month, 1))

    def validate(
        self,
        month: int = 1,
        source: Source = SOURCE,
        *,
        name: str = "applications",
        policy: ValidationPolicy | None = None,
    ) -> Validation:
        return validate(
            Bronze(Period(date(2024, month, 1)), ()),
            sources={name: source},
            validation=policy or ValidationPolicy(data_docs="never"),
            root=self.root,
            reports=self.root / "reports",
            store=self.store,
            engine=self.engine,
        )


@pytest.fixture
def lab(store: DeltaStore, engine: DuckDBEngine, tmp_path: Path) -> Lab:
    return Lab(store, engine, tmp_path)


@pytest.fixture
def rows() -> Callable[..., dict[str, Sequence[Any]]]:
    return raw_rows


@pytest.fixture
def source() -> Source:
    return SOURCE


@pytest.fixture
def only() -> Callable[..., Finding]:
    """The one finding with a code (and column); fails when there are more or fewer."""

    def pick(validation: Validation, code: str, column: str | None = None) -> Finding:
        matching = [
            finding
            for finding in validation.findings
            if finding.code == code and column in (None, finding.column)
        ]
        assert len(matching) == 1, [finding.message for finding in matching] or f"no finding {code}"
        return matching[0]

    return pick
