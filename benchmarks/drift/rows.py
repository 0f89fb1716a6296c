"""Rows to compare, as Parquet: ``rows.py FOLDER NAME ROWS SEED SHIFT``; 40 numbers and 10 categories."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_NUMBERS = 40
N_CATEGORIES = 10
ROWS_AT_ONCE = 250_000
WORDS = pa.array([f"category {number}" for number in range(40)])


def rows_of(rng: np.random.Generator, n_rows: int, shift: float) -> pa.Table:
    """Normal, log-normal, counts, mostly zero: ten of each, 5 % null; categories of falling frequency."""
    columns: dict[str, pa.Array] = {}
    for place in range(N_NUMBERS):
        values = (
            lambda: rng.normal(shift, 1, n_rows),
            lambda: rng.lognormal(10 + shift, 1, n_rows),
            lambda: rng.poisson(2 + shift, n_rows).astype(float),
            lambda: np.where(rng.random(n_rows) < 0.6, 0.0, rng.exponential(5 + shift, n_rows)),
        )[place % 4]()
        columns[f"number_{place:02d}"] = pa.array(values, mask=rng.random(n_rows) < 0.05)
    for place in range(N_CATEGORIES):
        codes = np.minimum(rng.geometric(0.15, n_rows) - 1, len(WORDS) - 1)
        columns[f"category_{place:02d}"] = WORDS.take(pa.array(codes))
    return pa.table(columns)


def main(folder: str, name: str, n_rows: int, seed: int, shift: float) -> None:
    """Write the rows, a part at a time."""
    rng = np.random.default_rng(seed)
    place = Path(folder) / f"{name}.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    first = rows_of(rng, min(ROWS_AT_ONCE, n_rows), shift)
    with pq.ParquetWriter(place, first.schema) as file:
        file.write_table(first, row_group_size=122_880)
        for start in range(ROWS_AT_ONCE, n_rows, ROWS_AT_ONCE):
            part = rows_of(rng, min(ROWS_AT_ONCE, n_rows - start), shift)
            file.write_table(part, row_group_size=122_880)
    print(json.dumps({"rows": n_rows, "mb": place.stat().st_size / 1e6}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
