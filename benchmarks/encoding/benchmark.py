"""One category of 5,447 values in 100,000 rows: memory of each encoding against a column per value."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from harness.measuring import BenchmarkError
from harness.results import Report, spread, table, times

MEMORY = Path(__file__).with_name("memory.py")
WHOLE = "one_hot, every category"
BOUNDED = ("one_hot", "hash", "target", "embedding")
LARGEST_SHARE = 0.1
"""Of the memory of a column per value: more than this, and an encoding is no way round it."""


def run(*, n_runs: int = 3) -> Report:
    """Every encoding `n_runs` times, each in a process of its own."""
    return report([_measure() for _ in range(n_runs)])


def report(runs: Sequence[Mapping[str, Any]]) -> Report:
    """Columns, memory and time by encoding; a failure for each that takes too large a part of the whole."""
    peak = {name: median(each["methods"][name]["peak_mb"] for each in runs) for name in runs[0]["methods"]}
    header = ["encoding", "columns", "matrix, MB", "peak memory, MB", "of the first", "one row, µs"]
    rows = [
        [
            f"`{name}`" if name in BOUNDED else name,
            f"{found['n_columns']:,}",
            f"{found['matrix_mb']:,.1f}",
            f"{peak[name]:,.0f}",
            times(peak[name] / peak[WHOLE]),
            spread([each["methods"][name]["row_us"] for each in runs]),
        ]
        for name, found in runs[0]["methods"].items()
    ]
    told = (
        f"{runs[0]['n_rows']:,} rows, {runs[0]['n_categories']:,} values; the lower four with their defaults."
    )
    failures = tuple(
        f"{name}: {peak[name]:,.0f} MB, more than {LARGEST_SHARE:.0%} of {peak[WHOLE]:,.0f} MB"
        for name in BOUNDED
        if peak[name] > LARGEST_SHARE * peak[WHOLE]
    )
    title = "A category of thousands of values"
    return Report(title, f"{told}\n\n{table(header, rows)}", {"runs": list(runs)}, failures)


def _measure() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(MEMORY), "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkError(f"{MEMORY.name} failed: {done.stderr[-500:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
