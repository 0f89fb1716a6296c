"""What a bundle answers in this process, how fast, and what it took to answer."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.json

from tenure.bundle.load import Bundle
from tenure.errors import BundleError

HEAVY = frozenset(
    {"duckdb", "fastapi", "ibis", "lightgbm", "matplotlib", "mlflow", "pandas", "scipy", "sklearn", "xgboost"}
)
"""Packages that answering a request must not need."""

WARM_UP = 20
N_TIMED = 300
SECONDS_AT_MOST = 5.0


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a bundle answered."""

    sha256: str
    probabilities: list[list[float]]
    """One per class and row, in the order of the rows."""
    n_timed: int
    """How many times one row was scored by itself."""
    latency_ms: dict[str, float]
    """``p50``, ``p95``, ``p99`` of one row, from plain values to probabilities, in processor time; empty
    without rows."""
    heavy_modules: list[str]
    """Those of `HEAVY` that the process has imported."""


def probe(bundle: Bundle, rows: pa.Table) -> ProbeResult:
    """The answers of `bundle` to `rows`, and how long one row by itself takes."""
    probabilities = bundle.score(rows)
    seconds = _time_rows(bundle, rows)
    return ProbeResult(
        sha256=bundle.sha256,
        probabilities=probabilities.tolist(),
        n_timed=len(seconds),
        latency_ms=_percentiles(seconds),
        heavy_modules=sorted(HEAVY & set(sys.modules)),
    )


def read_rows(path: Path) -> pa.Table:
    """Rows from an Arrow IPC file, or from JSON with one object a line (``.json``, ``.jsonl``).

    Raises
    ------
    BundleError
        If the file cannot be read.
    """
    try:
        if path.suffix in {".json", ".jsonl"}:
            return pyarrow.json.read_json(str(path))
        with pa.OSFile(str(path), "rb") as file:
            return pa.ipc.open_file(file).read_all()
    except (OSError, pa.ArrowException) as error:
        raise BundleError(f"no rows can be read from {path}: {str(error).splitlines()[0]}") from error


def _time_rows(bundle: Bundle, rows: pa.Table) -> list[float]:
    """Seconds that the processor spends on one row, again and again.

    Not those on the clock: a verdict must not depend on what else the machine does meanwhile.
    """
    plain = rows.slice(0, N_TIMED).to_pylist()
    for values in plain[:WARM_UP]:
        bundle.score_row(values)
    seconds: list[float] = []
    begin = time.perf_counter()
    while plain and len(seconds) < N_TIMED and time.perf_counter() - begin < SECONDS_AT_MOST:
        values = plain[len(seconds) % len(plain)]
        start = time.thread_time()
        bundle.score_row(values)
        seconds.append(time.thread_time() - start)
    return seconds


def _percentiles(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    found = np.percentile(np.array(seconds) * 1000, [50, 95, 99])
    return {name: round(float(value), 4) for name, value in zip(("p50", "p95", "p99"), found, strict=True)}
