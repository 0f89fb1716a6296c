"""A small world: gold tables of known content, bundles whose answers are known, and who was in office."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle import load_bundle
from tenure.domain.evaluations import Task
from tenure.domain.models import Candidate, Span
from tenure.domain.tables import DECISIONS, FEATURES, LABELS
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.memory import MemoryRegistry
from tenure.testing import write_small_bundle

JUDGED = date(2024, 7, 1)
MONTHS = [date(2023, month, 1) for month in range(1, 13)]
N_PER_MONTH = 150


def span(first, last, n_rows=1):
    return Span(MONTHS[first - 1], MONTHS[last - 1], n_rows)


def labelled_rows(seed=5):
    """A year of rows: `x0` tells much of the label, `x1` a little, `x2` nothing."""
    rng = np.random.default_rng(seed)
    n_rows = N_PER_MONTH * len(MONTHS)
    values = rng.normal(size=(n_rows, 3)).round(4)
    odds = 1.6 * values[:, 0] + 0.5 * values[:, 1] - 0.8
    labels = np.where(rng.random(n_rows) < 1 / (1 + np.exp(-odds)), "yes", "no")
    return values, labels


@dataclass
class World:
    store: DeltaStore
    engine: DuckDBEngine
    registry: MemoryRegistry
    folder: object

    def fill(self, labels, values, as_of=JUDGED):
        """Write features and labels; a label is known six months after its event."""
        events = [datetime(day.year, day.month, 1) for day in MONTHS for _ in range(N_PER_MONTH)]
        identity = {"id": [f"c{i}" for i in range(len(events))], "event_time": events}
        numbers = {f"x{place}": values[:, place] for place in range(values.shape[1])}
        features = pa.table({**identity, "known_at": events, **numbers})
        known = [event + timedelta(days=182) for event in events]
        matured = pa.table({**identity, "known_at": known, "label": labels.tolist()})
        self.store.replace(FEATURES, features, as_of=as_of)
        self.store.replace(LABELS, matured, as_of=as_of)

    def register(self, name, as_of=JUDGED, **bundle):
        path = self.folder / name
        sha256 = write_small_bundle(path, as_of=as_of, **bundle)
        return self.registry.register(path, as_of=as_of, sha256=sha256, tags={})

    def appoint(self, version, since):
        """Put a version in office, in the registry and in the decisions."""
        champion = self.registry.production()
        self.registry.promote(version.version, expected=champion.version if champion else None)
        row = {
            "kind": ["promotion"],
            "outcome": ["promoted"],
            "model": [version.name],
            "model_version": [version.version],
            "replaced_version": [champion.version if champion else None],
            "bundle_sha256": [version.bundle_sha256],
        }
        self.store.replace(DECISIONS, pa.table(row), as_of=since, where={"kind": "promotion"})

    def candidate(self, version, split):
        schema = load_bundle(self.registry.bundle(version.version)).schema
        return Candidate(
            as_of=version.as_of,
            version=version,
            algorithm=schema.algorithm,
            task=Task.BINARY,
            classes=schema.classes,
            threshold=schema.threshold,
            features=tuple(spec.name for spec in schema.features),
            split=split,
            evaluations=(),
            trials=(),
            max_export_difference=0.0,
        )


@pytest.fixture
def world(tmp_path):
    return World(
        DeltaStore(tmp_path / "datamart"),
        DuckDBEngine(),
        MemoryRegistry("loans", tmp_path / "registry"),
        tmp_path,
    )


@pytest.fixture
def filled(world):
    values, labels = labelled_rows()
    world.fill(labels, values)
    return world
