"""More rows of rare classes: between real ones, from the rows that are fitted on and from no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import Matrix
from tenure.errors import TrainingError
from tenure.training.config import SmotePolicy

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]

NULL = 2.0
"""What stands for null in a column of 0 and 1, while neighbours are looked for."""


def smote(matrix: Matrix, codes: Codes, *, policy: SmotePolicy, seed: int) -> tuple[Matrix, Codes]:
    """The rows as they are, and made-up rows of the rare classes after them.

    A made-up row lies somewhere on the line between a row of its class and one of that row's nearest
    neighbours in the same class [1]_. Numbers are scaled to equal spread before neighbours are looked
    for, and scaled back. Columns that hold 0 and 1 only take what most of the neighbours hold, and so
    does whether a number is null (where it is, it counts as the column's median in distances); this is
    the SMOTE-NC of the same paper.

    Parameters
    ----------
    matrix : float32 array of shape (n_rows, n_columns)
        The rows fitted on, and no others. NaN is null.
    codes : array of shape (n_rows,)
        Their classes.
    policy
        How far a class may grow, and among how many neighbours.
    seed
        The same seed makes the same rows.

    Raises
    ------
    TrainingError
        If imbalanced-learn is not installed.

    References
    ----------
    .. [1] N. V. Chawla, K. W. Bowyer, L. O. Hall and W. P. Kegelmeyer, "SMOTE: Synthetic Minority
       Over-sampling Technique", Journal of Artificial Intelligence Research 16, 2002.
    """
    wanted = target_counts(codes, max_ratio=policy.max_ratio)
    if not wanted:
        return matrix, codes
    is_category = _holds_zeros_and_ones(matrix)
    is_null = np.isnan(matrix)
    with_nulls = np.flatnonzero(is_null.any(axis=0) & ~is_category)
    filled, centre, spread = _filled_and_scaled(matrix, is_category)
    wide = np.column_stack([filled, is_null[:, with_nulls]])
    flags = np.append(is_category, np.ones(with_nulls.size, dtype=np.bool_))
    fewest = min(int((codes == code).sum()) for code in wanted)
    sampler = _sampler(flags, wanted, n_neighbours=min(policy.neighbours, fewest - 1), seed=seed)
    made, made_codes = sampler.fit_resample(wide, codes)
    n_real, n_columns = matrix.shape
    new = np.where(is_category, made[n_real:, :n_columns], made[n_real:, :n_columns] * spread + centre)
    new[:, is_category] = np.where(new[:, is_category] == NULL, np.nan, new[:, is_category])
    new[:, with_nulls] = np.where(made[n_real:, n_columns:] == 1, np.nan, new[:, with_nulls])
    return np.concatenate([matrix, new.astype(np.float32)]), np.append(codes, made_codes[n_real:])


def target_counts(codes: Codes, *, max_ratio: float) -> dict[int, int]:
    """How many rows each class that grows is to have: up to the largest class, and no further than that.

    A class of one row has no neighbours, and stays as it is.

    Examples
    --------
    >>> target_counts(np.array([0] * 10 + [1] * 3 + [2] * 8 + [3]), max_ratio=2)
    {1: 6, 2: 10}
    """
    counts = {code: int((codes == code).sum()) for code in np.unique(codes).tolist()}
    most = max(counts.values())
    targets = {code: min(int(max_ratio * n_rows), most) for code, n_rows in counts.items()}
    return {code: n_rows for code, n_rows in targets.items() if n_rows > counts[code] > 1}


def _holds_zeros_and_ones(matrix: Matrix) -> Flags:
    flags: Flags = (np.isnan(matrix) | (matrix == 0) | (matrix == 1)).all(axis=0)
    return flags


def _filled_and_scaled(matrix: Matrix, is_category: Flags) -> tuple[Values, Values, Values]:
    """The columns without nulls, numbers with mean 0 and spread 1; and what was taken off them."""
    values = matrix.astype(np.float64)
    centre = np.array([_median(column) for column in values.T])
    filled = np.where(np.isnan(values), np.where(is_category, NULL, centre), values)
    spread = filled.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = np.where(is_category, filled, (filled - centre) / spread)
    return scaled, centre, spread


def _median(column: Values) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if known.size else 0.0


def _sampler(is_category: Flags, wanted: dict[int, int], *, n_neighbours: int, seed: int) -> Any:
    try:
        from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise TrainingError(
            "`model.imbalance: {smote: ...}` needs imbalanced-learn, which is not installed",
            hint="pip install 'tenure[imbalance]', or use `imbalance: class_weight`.",
        ) from error
    settings = {"sampling_strategy": wanted, "k_neighbors": n_neighbours, "random_state": seed}
    if is_category.all():
        return SMOTEN(**settings)
    if is_category.any():
        return SMOTENC(np.flatnonzero(is_category).tolist(), **settings)
    return SMOTE(**settings)
