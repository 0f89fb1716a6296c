"""What every side is asked in the same way: how large it is, how long one row takes.

The standard library alone: it runs in the environment of every peer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

Row = TypeVar("Row")

N_ROWS = 300
"""Rows asked about one by one, where it is not too slow for that."""
MOST_SECONDS = 60.0
N_WARM = 5


def microseconds(answer: Callable[[Row], object], rows: Sequence[Row]) -> list[float]:
    """How long each of some hundred rows took by itself, after a few that do not count."""
    for row in rows[:N_WARM]:
        answer(row)
    taken: list[float] = []
    for row in rows[N_WARM : N_WARM + N_ROWS]:
        started = time.perf_counter()
        answer(row)
        taken.append((time.perf_counter() - started) * 1e6)
        if sum(taken) > MOST_SECONDS * 1e6:
            break
    return taken


def folder_mb(folder: Path) -> float:
    """All files below a folder, in MB (10^6 bytes)."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
