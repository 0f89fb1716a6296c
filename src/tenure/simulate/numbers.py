"""one number, one target: the smallest stream that there is something to learn from.

One source, one row a number; the target is known at once. ``y = 3 + 2 x + noise``: nothing else is there, and
nothing is dirty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from tenure.errors import SimulationError
from tenure.simulate.months import month_range
from tenure.simulate.streams import stream
from tenure.simulate.writing import write_csv

NUMBERS_FILE: Final = "numbers.csv"
LEVEL: Final = 3.0
SLOPE: Final = 2.0
LARGEST_X: Final = 10.0
"""``x`` is uniform from 0 to here."""


@dataclass(frozen=True, slots=True)
class NumberStream:
    """How many numbers come, when, and how far the target is from what they say."""

    n_months: int = 12
    n_numbers_per_month: int = 200
    first_month: date = date(2024, 1, 1)
    """First day of the first month."""
    noise: float = 4.0
    """Standard deviation of the normal noise in ``y``, in its unit; not negative."""
    seed: int = 0


def simulate_numbers(numbers: NumberStream) -> pa.Table:
    """The numbers in the order of their days: ``id``, ``day``, ``x`` and ``y``.

    Raises
    ------
    SimulationError
        If a count is below 1 or the noise is negative.

    Examples
    --------
    >>> simulate_numbers(NumberStream(n_months=2, n_numbers_per_month=3)).shape
    (6, 4)
    """
    _check(numbers)
    rng = stream(numbers.seed, "numbers")
    size = (numbers.n_months, numbers.n_numbers_per_month)
    months = month_range(numbers.first_month, numbers.n_months).astype("datetime64[D]")
    days = months[:, None] + np.sort(rng.integers(28, size=size), axis=1).astype("timedelta64[D]")
    x = np.round(rng.uniform(0, LARGEST_X, days.size), 4)
    y = np.round(LEVEL + SLOPE * x + numbers.noise * rng.standard_normal(days.size), 4)
    return pa.table({"id": np.arange(days.size), "day": pa.array(days.ravel(), pa.date32()), "x": x, "y": y})


def write_numbers(numbers: NumberStream, folder: Path) -> Path:
    """The path of the ``numbers.csv`` written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NUMBERS_FILE
    write_csv(simulate_numbers(numbers), path)
    return path


def _check(numbers: NumberStream) -> None:
    problems = [
        f"`{name}` is {getattr(numbers, name)}; it must be at least 1"
        for name in ("n_months", "n_numbers_per_month")
        if getattr(numbers, name) < 1
    ]
    if numbers.noise < 0:
        problems.append(f"`noise` is {numbers.noise}; it must not be negative")
    if problems:
        raise SimulationError(f"the numbers cannot be simulated: {'; '.join(problems)}", problems=problems)
