from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from tenure.cleaning import clean
from tenure.domain.artefacts import Silver, Validation
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.sources import Source
from tenure.domain.tables import silver
from tenure.ingestion import ingest
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine


@pytest.fixture(scope="session")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


@pytest.fixture
def store(tmp_path: Path) -> DeltaStore:
    return DeltaStore(tmp_path / "datamart")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows as a CSV below the project's folder; the first row is the header."""

    def _write(name: str, rows: Sequence[Sequence[object]]) -> Path:
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows)
        return path

    return _write


@pytest.fixture
def run(tmp_path: Path, store: DeltaStore, engine: DuckDBEngine) -> Callable[..., Silver]:
    """Ingests and cleans the month that ends at a day; the first call of a test is the first period."""

    def _run(end: str, sources: Mapping[str, Source], *, root: Path | None = None) -> Silver:
        period = Period(date.fromisoformat(end), PeriodUnit.MONTH, first=not store.tables())
        folder = root or tmp_path / "raw"
        bronze = ingest(period, sources=sources, root=folder, store=store, engine=engine)
        return clean(bronze, Validation(period, ()), sources=sources, store=store, engine=engine)

    return _run


@pytest.fixture
def cleaned(store: DeltaStore) -> Callable[..., list[dict[str, object]]]:
    """The silver rows of a source, ordered by period and key."""

    def _cleaned(name: str, end: str | None = None) -> list[dict[str, object]]:
        rows = store.read(silver(name)).to_pylist()
        kept = [row for row in rows if end is None or str(row["as_of"]) == end]
        return sorted(kept, key=lambda row: (str(row["as_of"]), str(row.get("id")), str(row["_event_time"])))

    return _cleaned
