"""Small tables, written by hand or drawn at random, and what is computed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tenure.domain.artefacts import Gold, Silver
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import AS_OF, FEATURES, LABELS, ROW_EVENT_TIME, ROW_KNOWN_AT, silver
from tenure.features import Label, Population, build, compute_features
from tenure.ports import Engine, TableStore
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

Rows = Sequence[Mapping[str, Any]]
_TIME = pa.timestamp("us")


@pytest.fixture(scope="session")
def engine() -> Engine:
    return DuckDBEngine()


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return DeltaStore(tmp_path / "datamart")


def table(rows: Rows, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows as an Arrow table with these columns, and silver's own."""
    types = {**columns, ROW_EVENT_TIME: _TIME, ROW_KNOWN_AT: _TIME, AS_OF: pa.date32()}
    schema = pa.schema(list(types.items()))
    return pa.Table.from_pylist([{name: row.get(name) for name in types} for row in rows], schema=schema)


Given = tuple[Source, Rows, Mapping[str, pa.DataType]]
"""A source, its rows, and the types of its own columns."""


@pytest.fixture
def computed(engine: Engine) -> Callable[..., tuple[list[dict[str, Any]], list[Any]]]:
    """Features of a population as a list of rows in order of the keys and times, and what they are."""

    def compute(
        people: Rows, given: Mapping[str, Given], blocks: Sequence[Any], *, keys: Sequence[str] = ("id",)
    ) -> tuple[list[dict[str, Any]], list[Any]]:
        population = engine.table(pa.Table.from_pylist(list(people)))
        tables = {name: engine.table(table(rows, columns)) for name, (_, rows, columns) in given.items()}
        sources = {name: source for name, (source, _, _) in given.items()}
        result, columns = compute_features(
            population, tables, blocks=blocks, sources=sources, keys=keys, engine=engine
        )
        return engine.arrow(result).to_pylist(), list(columns)

    return compute


@dataclass(frozen=True)
class Datamart:
    """A datamart whose silver tables are written by hand."""

    store: TableStore
    engine: Engine
    root: Path

    def write(self, name: str, given: Given, period: Period) -> None:
        """The rows that became known in a period, as cleaning would write them."""
        _, rows, columns = given
        known = [row for row in rows if period.contains(_day_known(row, period))]
        self.store.replace(silver(name), table(known, columns).drop_columns([AS_OF]), as_of=period.end)

    def build(
        self,
        period: Period,
        given: Mapping[str, Given],
        *,
        population: Population,
        label: Label,
        blocks: Sequence[Any],
    ) -> Gold:
        """One period: silver written, features and labels built."""
        for name, part in given.items():
            self.write(name, part, period)
        return build(
            Silver(period, (), ()),
            sources={name: source for name, (source, _, _) in given.items()},
            population=population,
            label=label,
            features=tuple(blocks),
            root=self.root,
            store=self.store,
            engine=self.engine,
        )

    def features(self) -> list[dict[str, Any]]:
        """All rows of gold/features, in order of their first column and time."""
        return _sorted(self.store.read(FEATURES))

    def labels(self) -> list[dict[str, Any]]:
        """All rows of gold/labels, likewise."""
        return _sorted(self.store.read(LABELS))


@pytest.fixture
def datamart(store: TableStore, engine: Engine, tmp_path: Path) -> Datamart:
    return Datamart(store, engine, tmp_path)


def _day_known(row: Mapping[str, Any], period: Period) -> date:
    known = row.get("received", row[ROW_KNOWN_AT])
    if known is None:
        return period.end if period.first else date.min
    return known.date() if isinstance(known, datetime) else known


def _sorted(rows: pa.Table) -> list[dict[str, Any]]:
    return sorted(rows.to_pylist(), key=lambda row: (str(row[rows.column_names[0]]), row["event_time"]))
