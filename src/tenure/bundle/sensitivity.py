"""Which features move the score, asked of the model without a label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import FeatureSpec, Matrix

Probabilities: TypeAlias = npt.NDArray[np.float64]

N_ROWS = 500
"""Rows that are asked about, at most."""


def measure_sensitivity(
    score: Callable[[Matrix], Probabilities],
    matrix: Matrix,
    specs: Sequence[FeatureSpec],
    names: Sequence[str],
) -> Mapping[str, float]:
    """The share of each feature in what the score moves by when it is given another row's values.

    Permutation importance without an outcome: the columns of one feature are taken from the row half the
    table away, and the mean of |change of the probabilities| is its sensitivity. A cyclic shift in the place
    of a random permutation needs no seed and moves every row.

    Parameters
    ----------
    score
        The model: probabilities of shape (n_rows, n_classes) for a matrix; asked once.
    matrix
        Rows as the model takes them.
    specs
        The features in the order of the matrix.
    names
        The features that are asked about.

    Returns
    -------
    mapping
        Shares of `names`, which sum to 1; empty for fewer than two rows, or where no feature moves the score.

    References
    ----------
    .. [1] L. Breiman, "Random Forests", 2001; the change of the prediction in the place of that of the
       error, as A. Fisher, C. Rudin and F. Dominici, "All Models are Wrong, but Many are Useful", 2019,
       discuss for models without labels.

    Examples
    --------
    >>> from tenure.domain.features import FeatureKind
    >>> specs = [FeatureSpec(name, FeatureKind.NUMBER) for name in ("strong", "weak")]
    >>> rows = np.array([[0, 0], [1, 1]], np.float32)
    >>> measure_sensitivity(lambda m: m @ [[0.3], [0.1]], rows, specs, ["strong", "weak"])
    {'strong': 0.75, 'weak': 0.25}
    """
    if len(matrix) < 2 or not names:
        return {}
    starts = accumulate((spec.width for spec in specs), initial=0)
    places = {spec.name: slice(at, at + spec.width) for spec, at in zip(specs, starts, strict=False)}
    shifted = np.concatenate([matrix, *(_shifted(matrix, places[name]) for name in names)])
    plain, *moved = np.split(np.asarray(score(shifted), np.float64), len(names) + 1)
    changes = [float(np.abs(part - plain).mean()) for part in moved]
    total = sum(changes)
    return (
        {name: round(change / total, 12) for name, change in zip(names, changes, strict=True)}
        if total
        else {}
    )


def spread_rows(matrix: Matrix, n_rows: int = N_ROWS) -> Matrix:
    """At most so many rows, evenly spread over all of them.

    Examples
    --------
    >>> spread_rows(np.arange(10, dtype=np.float32), 3)
    array([0., 4., 8.], dtype=float32)
    """
    return matrix[:: max(-(-len(matrix) // n_rows), 1)]


def _shifted(matrix: Matrix, columns: slice) -> Matrix:
    changed = matrix.copy()
    changed[:, columns] = np.roll(matrix[:, columns], len(matrix) // 2, axis=0)
    return changed
