"""Drift of 50 columns, against Evidently and NannyML, and against one full scan as the floor."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from harness.environments import peer_python
from harness.measuring import BENCHMARKS, BenchmarkError, Measured, measure
from harness.results import Report, spread, table, times

HERE = BENCHMARKS / "drift"
N_REFERENCE = 1_000_000
SIZES = (1_000_000, 10_000_000)
THREADS = "2"
PEERS = {"Evidently": "evidently", "NannyML": "nannyml"}
FASTER = 30.0
"""Times that Evidently is to take, in CPU seconds of the drift alone."""
LESS_MEMORY = 5.0
FLAT = 1.5
"""What memory may grow by while rows grow tenfold."""


def run(*, n_runs: int = 3) -> Report:
    """Both sizes; the peers on the small one, once: they take minutes."""
    found: dict[tuple[str, int], list[Measured]] = {}
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as name:
        folder = Path(name)
        measure(HERE / "rows.py", name, "reference", str(N_REFERENCE), "1", "0")
        measure(HERE / "product.py", "profile", name, THREADS)
        for size in SIZES:
            measure(HERE / "rows.py", name, "current", str(size), "2", "0.6")
            for what in ("scan", "measure"):
                found[what, size] = [measure(HERE / "product.py", what, name, THREADS) for _ in range(n_runs)]
            if size == SIZES[0]:
                _measure_peers(folder, found, failed)
    return report(found, failed)


def _measure_peers(
    folder: Path, found: dict[tuple[str, int], list[Measured]], failed: dict[str, str]
) -> None:
    for name, package in PEERS.items():
        try:
            python = peer_python(package, HERE / f"{package}.txt")
            found[name, SIZES[0]] = [measure(HERE / f"{package}_peer.py", str(folder), python=python)]
        except BenchmarkError as error:
            failed[name] = str(error).strip().splitlines()[-1]


def report(found: Mapping[tuple[str, int], list[Measured]], failed: Mapping[str, str]) -> Report:
    """Seconds and memory side by side, and what does not hold."""
    rows = [_row(what, size, runs) for (what, size), runs in found.items()]
    body = table(["what", "rows", "wall, s", "CPU, s", "peak memory, MB"], rows)
    small, large = SIZES[0], SIZES[-1]
    ours, memory = _cpu(found["measure", small]), _peak(found["measure", small])
    grown = _peak(found["measure", large]) / memory
    more = _cpu(found["measure", large]) / ours
    words = [
        f"Rows times {large // small}: memory {times(grown)}, CPU seconds {times(more)}.",
        f"The scan alone takes {_cpu(found['scan', small]) / ours:.0%} of the CPU seconds at {small:,} rows.",
    ]
    failures = [f"memory grows {times(grown)} from {small:,} to {large:,} rows"] if grown > FLAT else []
    for name in PEERS:
        if name in failed:
            words.append(f"{name} did not finish: {failed[name]}")
            continue
        faster, less = _cpu(found[name, small]) / ours, _peak(found[name, small]) / memory
        words.append(f"{name} takes {times(faster)} the CPU seconds and {times(less)} the memory.")
        if name == "Evidently":
            failures += [f"{times(faster)} faster than Evidently, not {FASTER:.0f}"] * (faster < FASTER)
            failures += [f"{times(less)} less memory than Evidently, not {LESS_MEMORY:.0f}"] * (
                less < LESS_MEMORY
            )
    numbers = {
        f"{what} {size}": [dict(r.result) | {"peak_mb": r.peak_mb} for r in runs]
        for (what, size), runs in found.items()
    }
    return Report("Drift of 50 columns", f"{body}\n\n{' '.join(words)}\n\n{_WORDS}", numbers, tuple(failures))


_NAMES = {"measure": "Tenure", "scan": "one full scan"}
_WORDS = (
    "40 numbers and 10 categories, 5 % null, as Parquet; the reference has 1,000,000 rows. Tenure reads the "
    "period's file and the reference's profile; 2 threads; all measurements of every feature, severity among "
    "them. The peers are given both frames in memory: reading is not counted for them, and is for Tenure and "
    "the scan. Evidently: `DataDriftPreset` with its defaults, not drawn. NannyML: three methods a "
    "column, ten chunks. Memory is the most resident memory of the process. Ratios are of CPU seconds."
)


def _row(what: str, size: int, runs: list[Measured]) -> list[str]:
    walls = [run.result["wall_s"]["drift"] for run in runs]
    cpus = [run.result["cpu_s"]["drift"] for run in runs]
    return [_NAMES.get(what, what), f"{size:,}", spread(walls), spread(cpus), f"{_peak(runs):,.0f}"]


def _cpu(runs: list[Measured]) -> float:
    return float(median(run.result["cpu_s"]["drift"] for run in runs))


def _peak(runs: list[Measured]) -> float:
    return float(median(run.peak_mb for run in runs))
