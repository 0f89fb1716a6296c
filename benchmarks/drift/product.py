"""The product: ``product.py profile|measure|scan FOLDER THREADS``; prints seconds and what it found.

``profile`` is done once, at training: it reads the reference. ``measure`` is done every period: it reads the
period's rows and the profile. ``scan`` is the floor: every value of the period read once by the same engine.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq

from harness.clock import Clock
from tenure.domain.features import FeatureKind
from tenure.domain.measurements import MeasurementVerdict
from tenure.domain.tables import Snapshot
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.counting import count_features
from tenure.monitoring.drift import Ruler, measure_features
from tenure.monitoring.effects import measure_weight
from tenure.stats.profile import Profile, reference_profile
from tenure.stores.duckdb import DuckDBEngine

CLASSES = ("0", "1")


def profile(folder: Path) -> dict[str, Any]:
    """Write the profile of the reference."""
    clock = Clock()
    with clock.phase("profile"):
        rows = pq.read_table(folder / "reference.parquet")
        kinds = {
            name: FeatureKind.CATEGORY if name.startswith("c") else FeatureKind.NUMBER
            for name in rows.column_names
        }
        score = np.random.default_rng(0).random(rows.num_rows)
        then = reference_profile(
            rows,
            kinds,
            classes=CLASSES,
            probabilities=np.column_stack([1 - score, score]),
            predicted=np.where(score > 0.5, "1", "0"),
            importance=dict.fromkeys(kinds, 1.0),
        )
        (folder / "profile.json").write_text(json.dumps(then.to_json()), encoding="utf-8")
    return clock.as_json()


def measure(folder: Path, threads: int) -> dict[str, Any]:
    """Count the period by the profile and measure every feature."""
    clock = Clock()
    engine = DuckDBEngine(threads=threads)
    with clock.phase("drift"):
        content = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
        then = Profile.from_json(content, classes=CLASSES)
        file = folder / "current.parquet"
        rows = engine.scan(Snapshot("current", (str(file),), pq.read_schema(file), 1))
        now = count_features(rows, then, engine=engine)
        ruler = Ruler(date(2024, 1, 31), now.n_rows, MonitorPolicy(), frozenset(then.numbers))
        found = [*measure_features(then, now, ruler), *measure_weight(then, now, ruler)]
    alerts = sorted({m.feature for m in found if m.verdict is MeasurementVerdict.ALERT})
    return {**clock.as_json(), "n_measurements": len(found), "n_drifted": len(alerts)}


def scan(folder: Path, threads: int) -> dict[str, Any]:
    """Read every value once."""
    clock = Clock()
    file = folder / "current.parquet"
    sums = ", ".join(
        f"sum(strlen({name}))" if name.startswith("c") else f"sum({name})"
        for name in pq.read_schema(file).names
    )
    with clock.phase("drift"), duckdb.connect() as connection:
        connection.execute(f"SET threads = {threads}")
        connection.execute(f"SELECT {sums} FROM read_parquet('{file}')").fetchall()  # noqa: S608 - our own names
    return clock.as_json()


if __name__ == "__main__":
    what, place, n_threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    answer = (
        profile(place) if what == "profile" else {"measure": measure, "scan": scan}[what](place, n_threads)
    )
    print(json.dumps(answer))
