"""Two tables that should be equal → how they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd


def table_differences(
    left: pd.DataFrame, right: pd.DataFrame, *, keys: Sequence[str], tolerance: float = 1e-6
) -> tuple[str, ...]:
    """How two tables differ, in words; empty when they hold the same.

    Parameters
    ----------
    left, right
        Rows in any order, columns in any order.
    keys
        Columns that identify a row.
    tolerance
        How far numbers may lie apart, of the larger of 1 and their size.

    Examples
    --------
    >>> one = pd.DataFrame({"id": [1, 2], "x": [0.5, None]})
    >>> table_differences(one, one[::-1], keys=["id"])
    ()
    >>> table_differences(one, one.fillna(0.0), keys=["id"])
    ("`x`: 1 of 2 rows differ, first {'id': 2}: nan and 0.0",)
    """
    if set(left.columns) != set(right.columns):
        return (f"columns only in one: {sorted(set(left.columns) ^ set(right.columns))}",)
    left, right = _sorted(left, keys), _sorted(right, keys)
    if left.duplicated(list(keys)).any() or right.duplicated(list(keys)).any():
        return (f"{list(keys)} do not identify a row",)
    if len(left) != len(right):
        return (f"{len(left)} and {len(right)} rows",)
    if not left[list(keys)].equals(right[list(keys)].astype(dict(left[list(keys)].dtypes))):
        return ("the keys of the rows differ",)
    return tuple(_column_differences(left, right, keys, tolerance))


def _sorted(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    return rows.sort_values(list(keys), ignore_index=True)


def _column_differences(
    left: pd.DataFrame, right: pd.DataFrame, keys: Sequence[str], tolerance: float
) -> Iterator[str]:
    for name in left.columns.difference(list(keys)):
        differs = ~_same(left[name], right[name], tolerance)
        if differs.any():
            row = int(np.argmax(differs))
            where = {key: left[key].tolist()[row] for key in keys}
            values = f"{left[name].tolist()[row]} and {right[name].tolist()[row]}"
            yield f"`{name}`: {int(differs.sum())} of {len(left)} rows differ, first {where}: {values}"


def _same(left: pd.Series, right: pd.Series, tolerance: float) -> npt.NDArray[np.bool_]:
    """Row by row; null equals null and nothing else."""
    same: npt.NDArray[np.bool_] = np.asarray(left.isna() & right.isna(), dtype=bool)
    if pd.api.types.is_numeric_dtype(left) and pd.api.types.is_numeric_dtype(right):
        return same | _close(left.to_numpy(dtype=float), right.to_numpy(dtype=float), tolerance)
    equal: npt.NDArray[np.bool_] = np.asarray((left == right) & left.notna() & right.notna(), dtype=bool)
    return same | equal


def _close(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], tolerance: float
) -> npt.NDArray[np.bool_]:
    """Numbers within the tolerance of their size; an infinite one is close to itself only."""
    size = np.maximum(1.0, np.maximum(np.abs(one), np.abs(other)))
    near: npt.NDArray[np.bool_] = (one == other) | (
        np.isfinite(size) & (np.abs(one - other) <= tolerance * size)
    )
    return near
