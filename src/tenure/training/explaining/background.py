"""Training rows → a background that nobody can be recognised in: groups of many rows, as one row each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import FeatureSpec, Matrix
from tenure.bundle.reasons import Background

MOST_GROUPS = 64
LEAST_ROWS = 20
"""Rows of a group: no row of the background stands for fewer people."""
MOST_ROWS = 20_000
"""Training rows that groups are made of."""
MOST_MEETINGS = 2_000_000
"""Boxes times groups: what one explanation has to look at, at most."""
N_SCORE_HALVINGS = 3
DIGITS = 4
"""Significant digits of a number: the median of a group is the value of one of its rows."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def background_of(
    matrix: Matrix, scores: Floats, specs: Sequence[FeatureSpec], *, n_boxes: int, seed: int
) -> Background | None:
    """What rows are compared with: at most `MOST_GROUPS` groups of `LEAST_ROWS` training rows or more.

    Microaggregation [1]_: rows are halved at the median of their score, then of the direction in which
    they differ most [2]_, and a group becomes one row: the median of each number, rounded; the most
    frequent category; null where most are null. So score bands keep their share, and no row is anybody's.

    Parameters
    ----------
    matrix
        Training rows as the model takes them.
    scores
        What the model says of them.
    specs
        The features.
    n_boxes
        Of the model: with many, there are fewer groups.
    seed
        Of the rows that are looked at, and of the directions.

    Returns
    -------
    Background or None
        None where there are fewer than `LEAST_ROWS` rows.

    References
    ----------
    .. [1] J. Domingo-Ferrer and J. M. Mateo-Sanz, "Practical data-oriented microaggregation for statistical
       disclosure control", IEEE TKDE 14, 2002.
    .. [2] D. Boley, "Principal direction divisive partitioning", Data Mining and Knowledge Discovery 2, 1998.
    """
    rng = np.random.default_rng(seed)
    if len(matrix) < LEAST_ROWS:
        return None
    chosen = np.sort(rng.permutation(len(matrix))[:MOST_ROWS])
    matrix, scores = matrix[chosen], scores[chosen]
    most = min(MOST_GROUPS, len(matrix) // LEAST_ROWS, max(8, MOST_MEETINGS // max(1, n_boxes)))
    standard = _standardised(matrix)
    groups = [np.arange(len(matrix))]
    for level in range(int(np.log2(most))):
        by_score = level < N_SCORE_HALVINGS
        groups = [
            half
            for group in groups
            for half in _halves(group, scores[group] if by_score else _direction(standard[group], rng))
        ]
    rows = np.array([_typical(matrix[group], specs) for group in groups], dtype=np.float32)
    return Background(rows, np.array([len(group) for group in groups]))


def _standardised(matrix: Matrix) -> Floats:
    """Columns with mean 0 and standard deviation 1; null is the mean, and no value is beyond 3."""
    known = np.isfinite(matrix)
    filled = np.where(known, matrix, 0.0).astype(np.float64)
    counts = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, filled - filled.sum(axis=0) / counts, 0.0)
    scale = np.sqrt((centred**2).sum(axis=0) / counts)
    return np.clip(centred / np.where(scale > 0, scale, 1.0), -3.0, 3.0)


def _direction(rows: Floats, rng: np.random.Generator, *, n_steps: int = 5) -> Floats:
    """Where the rows lie along the direction in which they differ most: a few steps of the power method."""
    centred = rows - rows.mean(axis=0)
    axis: Floats = rng.normal(size=(rows.shape[1],))
    for _ in range(n_steps):
        axis = (centred @ axis) @ centred
        size = np.sqrt(axis @ axis)
        if size == 0:
            break
        axis = axis / size
    places: Floats = centred @ axis
    return places


def _halves(group: Ints, places: Floats) -> tuple[Ints, Ints]:
    order = np.argsort(places, kind="stable")
    middle = len(group) // 2
    return np.sort(group[order[:middle]]), np.sort(group[order[middle:]])


def _typical(rows: Matrix, specs: Sequence[FeatureSpec]) -> Floats:
    """One row for a group: no column of it is taken from the same row as another, but by chance."""
    typical = _medians(rows)
    start = 0
    for spec in specs:
        columns = slice(start, start + spec.width)
        start += spec.width
        if spec.width > 1 and np.isin(rows[:, columns], (0.0, 1.0)).all():
            typical[columns] = _most_frequent(rows[:, columns])
    return typical


def _medians(rows: Matrix) -> Floats:
    """The lower median of each column's known values, rounded; NaN where more than half are null."""
    ordered = np.sort(rows, axis=0)  # NaN last
    known = np.isfinite(rows).sum(axis=0)
    middle = ordered[np.maximum(known - 1, 0) // 2, np.arange(rows.shape[1])].astype(np.float64)
    return np.where(2 * known >= len(rows), _rounded(middle), np.nan)


def _rounded(values: Floats) -> Floats:
    """To so many significant digits.

    Examples
    --------
    >>> _rounded(np.array([83127.5, -0.00123456, 0.0])).tolist()
    [83130.0, -0.001235, 0.0]
    """
    return np.array([float(f"{value:.{DIGITS}g}") for value in values.tolist()])


def _most_frequent(marks: Matrix) -> Floats:
    """The 0/1 columns of the category that most rows have, or of none where most have none."""
    counts = marks.sum(axis=0)
    chosen = np.zeros(marks.shape[1])
    if counts.max() >= len(marks) - counts.sum():
        chosen[int(counts.argmax())] = 1.0
    return chosen
