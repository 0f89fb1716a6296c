"""Rows times 1, 10 and 100: whether time grows no faster than rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from harness.measuring import BENCHMARKS, Measured, measure
from harness.results import Report, counted, spread, table, times
from tenure.domain.durations import shift_months
from tenure.simulate import Lender

SIZES = (1, 10, 100)
BASE = 100
"""Customers a month at size 1."""
N_MONTHS = 7
"""Months of loans: the first two are the first period, and the labels of the first mature in the last."""
STEPS = ("ingest", "clean", "build")


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured at one size."""

    size: int
    n_rows: int
    runs: tuple[Measured, ...]

    def seconds(self, *steps: str) -> float:
        """The median of the wall seconds of some steps together."""
        return median(float(sum(run.result["wall_s"][step] for step in steps)) for run in self.runs)

    @property
    def peak_mb(self) -> float:
        """The median of peak memory in MB."""
        return median(run.peak_mb for run in self.runs)


def run(*, n_runs: int = 3) -> Report:
    """Every size `n_runs` times, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        return report([_measure(size, Path(folder) / str(size), n_runs) for size in SIZES])


def report(sizes: Sequence[Size]) -> Report:
    """Seconds and memory by size, how they grow, and a failure for each growth faster than that of rows."""
    header = ["rows", *(f"{step}, s" for step in STEPS), "all, s", "µs a row", "peak memory, MB"]
    growth_header = ["from", "rows", *STEPS, "all", "peak memory"]
    measured = table(header, [_row(size) for size in sizes])
    growth = table(growth_header, [_growth_row(one, more) for one, more in pairwise(sizes)])
    body = f"{measured}\n\nHow they grow:\n\n{growth}\n\n{_words(sizes)}"
    numbers = {
        str(size.size): {
            "rows": size.n_rows,
            "runs": [dict(r.result) | {"peak_mb": r.peak_mb} for r in size.runs],
        }
        for size in sizes
    }
    failures = [failure for one, more in pairwise(sizes) for failure in faster_than_rows(one, more)]
    return Report("Rows × 1, × 10, × 100", body, numbers, tuple(failures))


def faster_than_rows(one: Size, more: Size) -> Iterator[str]:
    """The steps whose time grows faster than rows do between two sizes, in words."""
    rows = more.n_rows / one.n_rows
    for step in STEPS:
        grown = more.seconds(step) / one.seconds(step)
        if grown > rows:
            yield f"{step}: {grown:.1f} times the seconds for {rows:.1f} times the rows"


def _measure(size: int, project: Path, n_runs: int) -> Size:
    arguments = (str(project), str(BASE * size), str(N_MONTHS))
    rows: Mapping[str, int] = measure(BENCHMARKS / "scale" / "lender.py", *arguments).result
    return Size(size, sum(rows.values()), tuple(_replay(project) for _ in range(n_runs)))


def _replay(project: Path) -> Measured:
    shutil.rmtree(project / "datamart", ignore_errors=True)
    first = shift_months(Lender().first_month, 1)
    return measure(BENCHMARKS / "harness" / "product.py", str(project), str(first), str(N_MONTHS - 1))


def _row(size: Size) -> list[str]:
    walls = [[run.result["wall_s"][step] for run in size.runs] for step in STEPS]
    per_row = 1e6 * size.seconds(*STEPS) / size.n_rows
    return [
        f"{size.n_rows:,}",
        *map(spread, walls),
        f"{size.seconds(*STEPS):.2f}",
        f"{per_row:.1f}",
        f"{size.peak_mb:.0f}",
    ]


def _growth_row(one: Size, more: Size) -> list[str]:
    grown = [more.seconds(step) / one.seconds(step) for step in STEPS]
    everything = more.seconds(*STEPS) / one.seconds(*STEPS)
    numbers = (more.n_rows / one.n_rows, *grown, everything, more.peak_mb / one.peak_mb)
    return [f"× {one.size} to × {more.size}", *map(times, numbers)]


def _words(sizes: Sequence[Size]) -> str:
    return (
        f"The simulated lender of `tenure demo`, {BASE} to {BASE * SIZES[-1]:,} loans a month, "
        f"{N_MONTHS - 1} monthly periods, all raw rows counted; {counted(len(sizes[0].runs), 'run')} of "
        "each size, each in a process of its own, imports not counted. Small sizes pay for queries being "
        "written and tables committed, whatever they hold: what a row costs shows at the largest."
    )
