"""Memory, time and one-row latency of the encodings of one category with thousands of values.

Each encoding is measured in a process of its own: the same rows, the encoder fitted on them, the matrix
made and written to once, so that every page of it is there. Run ``python benchmarks/encoding/memory.py``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.bundle import Encoder
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.training.encoder import fit_encoder
from tenure.training.encoding.policy import EncodingPolicy
from tenure.training.rows import LabelledRows

N_ROWS = 100_000
N_CATEGORIES = 5_447
"""As many neighbourhoods as a table of Turkish flats has, with city and district."""
N_TIMED = 2_000
MEGABYTE = 2**20

METHODS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "one_hot, every category": {"method": "one_hot", "max_categories": N_CATEGORIES, "min_rows": 1},
    "hash, every bucket seen": {"method": {"method": "hash", "max_columns": 16_384}, "min_rows": 1},
    "one_hot": {"method": "one_hot"},
    "hash": {"method": "hash"},
    "target": {"method": "target"},
    "embedding": {"method": "embedding"},
}
"""What is measured; without settings, as a project file that names the method has it."""


def main() -> None:
    """Print the table, or measure one encoding for the process that asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", choices=sorted(METHODS))
    parser.add_argument("--json", action="store_true", help="all numbers as one JSON object")
    options = parser.parse_args()
    if options.method is not None or options.json:
        print(json.dumps(measure() if options.method is None else measure_one(options.method)))
        return
    print(f"{'':26}{'columns':>9}{'matrix MB':>11}{'peak MB':>9}{'fit + encode s':>16}{'one row µs':>12}")
    for name, found in measure()["methods"].items():
        print(
            f"{name:26}{found['n_columns']:9,}{found['matrix_mb']:11,.1f}{found['peak_mb']:9,.0f}"
            f"{found['seconds']:16.2f}{found['row_us']:12.1f}"
        )


def measure() -> dict[str, Any]:
    """Rows, categories, and by method: columns, size of the matrix, peak memory, seconds, µs of one row.

    Peak memory is what the process held beyond one that made the rows and encoded nothing.
    """
    found = {name: _in_own_process(name) for name in METHODS}
    base = found.pop("nothing")["peak_mb"]
    methods = {name: {**each, "peak_mb": each["peak_mb"] - base} for name, each in found.items()}
    return {"n_rows": N_ROWS, "n_categories": N_CATEGORIES, "methods": methods}


def measure_one(name: str) -> dict[str, float]:
    """The numbers of one encoding, in this process."""
    rows = make_rows()
    settings = dict(METHODS[name])
    if not settings:
        return {"peak_mb": _peak_mb()}
    policy = EncodingPolicy.model_validate({"features": {"place": settings.pop("method")}, **settings})
    column = FeatureColumn("place", FeatureKind.CATEGORY, "benchmark")
    start = time.perf_counter()
    fitted = fit_encoder(rows, [column], policy=policy)
    matrix = fitted.encode_training(rows)
    seconds = time.perf_counter() - start
    matrix += 0.0
    return {
        "n_columns": matrix.shape[1],
        "matrix_mb": matrix.nbytes / MEGABYTE,
        "peak_mb": _peak_mb(),
        "seconds": seconds,
        "row_us": _row_us(Encoder(fitted.specs), rows),
    }


def make_rows() -> LabelledRows:
    """Places of which few are frequent (Zipf with exponent 0.8), and a label that goes with them."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, N_CATEGORIES + 1) ** 0.8
    places = rng.choice(N_CATEGORIES, N_ROWS, p=shares / shares.sum())
    risk = rng.random(N_CATEGORIES)
    days = np.sort(rng.integers(0, 730, N_ROWS)).astype("timedelta64[D]")
    events = np.datetime64("2022-01-01", "us") + days
    return LabelledRows(
        pa.table(
            {
                "id": np.arange(N_ROWS),
                "event_time": events,
                "label_known_at": events + np.timedelta64(90, "D"),
                "label": np.where(rng.random(N_ROWS) < risk[places], "late", "good"),
                "place": [f"Şehir {n % 32} / İlçe {n % 407} / Mahalle {n}" for n in places.tolist()],
            }
        ),
        ("id",),
    )


def _row_us(encoder: Encoder, rows: LabelledRows) -> float:
    """Median microseconds of one row by itself."""
    values = rows.table.select(["place"]).slice(0, N_TIMED).to_pylist()
    seconds = []
    for row in values:
        start = time.perf_counter()
        encoder.encode_row(row)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)) * 1e6


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _in_own_process(name: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), "--method", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    main()
