"""Whether a bundle loads and answers in a process of its own, as it will have to in production."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import tenure
from tenure.stats.arrays import Floats

FORBIDDEN = frozenset({"mlflow", "pandas", "sklearn"})
"""What a bundle must not need in order to answer."""
MOST_DIFFERENCE = 1e-6
"""Largest difference in probability between this process and the clean one: float32 rounding."""
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Probe:
    """How a bundle did in a clean process."""

    answered: bool
    """Whether it loaded and gave the same probabilities, without what it must not need."""
    message: str
    latency_ms: float | None = None
    """99th percentile for one row; None when it did not answer."""


def run_probe(folder: Path, rows: pa.Table, expected: Floats) -> Probe:
    """Have a new interpreter load the bundle in `folder` and score `rows`.

    Parameters
    ----------
    folder
        The bundle.
    rows
        A few rows with the bundle's features.
    expected
        The probabilities this process computed for them.
    """
    with tempfile.TemporaryDirectory(prefix="tenure-probe-") as scratch:
        path = Path(scratch) / "rows.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, rows.schema) as writer:
            writer.write_table(rows)
        try:
            done = _start(folder, path)
        except subprocess.TimeoutExpired:
            return Probe(answered=False, message=f"no answer from a clean process in {SECONDS} s")
    if done.returncode != 0:
        return Probe(answered=False, message=f"a clean process cannot use the bundle: {_last_words(done)}")
    return read_answer(json.loads(done.stdout), expected)


def read_answer(answer: Mapping[str, Any], expected: Floats) -> Probe:
    """What the clean process's answer means: same probabilities, and nothing forbidden imported."""
    needed = sorted(FORBIDDEN & set(answer["heavy_modules"]))
    if needed:
        return Probe(answered=False, message=f"a clean process had to import {', '.join(needed)} to answer")
    given = np.array(answer["probabilities"], dtype=np.float64).reshape(-1, expected.shape[1])
    if given.shape != expected.shape:
        return Probe(answered=False, message=f"a clean process answered {len(given)} of {len(expected)} rows")
    worst = float(np.abs(given - expected).max(initial=0.0))
    if worst > MOST_DIFFERENCE:
        return Probe(
            answered=False, message=f"a clean process gives other probabilities: up to {worst:.2g} apart"
        )
    unneeded = ", ".join(sorted(FORBIDDEN))
    message = f"a clean process gave the same answers to {len(given)} rows without {unneeded}"
    return Probe(answered=True, message=message, latency_ms=answer["latency_ms"].get("p99"))


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    """What a process that failed said: the error it reports, or the last line of its traceback."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    reported = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (reported or lines[-1:] or [f"exit code {done.returncode}"])[0][:300]


def _start(folder: Path, rows: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "tenure.bundle", str(folder), "--rows", str(rows)]
    package = str(Path(tenure.__file__).parents[1])
    return subprocess.run(  # noqa: S603 - this interpreter and this package, no shell
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, "PYTHONPATH": package},
    )
