from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from tenure.domain.artefacts import Bronze
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.sources import Source
from tenure.domain.tables import bronze
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

    def _write(name: str, rows: Sequence[Sequence[object]], **how: str) -> Path:
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding=how.get("encoding", "utf-8")) as stream:
            csv.writer(stream, delimiter=how.get("delimiter", ",")).writerows(rows)
        return path

    return _write


@pytest.fixture
def run(tmp_path: Path, store: DeltaStore, engine: DuckDBEngine) -> Callable[..., Bronze]:
    """Ingests the month that ends at a day; the first call of a test is the first period."""

    def _run(end: str, sources: Mapping[str, Source], *, first: bool | None = None) -> Bronze:
        is_first = not store.tables() if first is None else first
        period = Period(date.fromisoformat(end), PeriodUnit.MONTH, first=is_first)
        return ingest(period, sources=sources, root=tmp_path / "raw", store=store, engine=engine)

    return _run


@pytest.fixture
def taken(store: DeltaStore) -> Callable[..., list[dict[str, object]]]:
    """The bronze rows of a source, ordered by period, file and row."""

    def _taken(name: str, end: str | None = None) -> list[dict[str, object]]:
        rows = store.read(bronze(name)).to_pylist()
        kept = [row for row in rows if end is None or str(row["as_of"]) == end]
        return sorted(kept, key=lambda row: (str(row["as_of"]), str(row["_file"]), int(str(row["_row"]))))

    return _taken
