"""A model that is constant in boxes: trees, where each leaf is a box, and scorecards, where each bin is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import Matrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes, and what each adds to the outputs of a row that lies in it.

    A row lies in a box if it meets all its conditions. Of two conditions of a box no two are on the same
    column; a box has at least one.

    Attributes
    ----------
    box : array of shape (n_conditions,)
        Which box a condition belongs to: 0 .. n_boxes − 1, ascending.
    column : array of shape (n_conditions,)
        Of the matrix; ascending within a box.
    low, high : float32 arrays of shape (n_conditions,)
        A value x meets the condition if ``low < x <= high``.
    null : array of shape (n_conditions,)
        Whether null meets it.
    values : array of shape (n_boxes, n_outputs)
        What a box adds.
    intercept : array of shape (n_outputs,)
        What every row has.
    """

    box: Ints
    column: Ints
    low: Matrix
    high: Matrix
    null: Bools
    values: Floats
    intercept: Floats

    @property
    def starts(self) -> Ints:
        """The first condition of each box."""
        return np.flatnonzero(np.diff(self.box, prepend=-1))

    def met(self, matrix: Matrix) -> Bools:
        """Whether each row meets each condition: shape (n_rows, n_conditions)."""
        values = matrix[:, self.column]
        inside: Bools = (values > self.low) & (values <= self.high)
        return inside | (np.isnan(values) & self.null)

    def outputs(self, matrix: Matrix) -> Floats:
        """The sum of what the boxes add to each row: shape (n_rows, n_outputs)."""
        if not self.box.size:
            return np.repeat(self.intercept[None], len(matrix), axis=0)
        parts = np.array_split(matrix, max(1, len(matrix) * self.box.size // 2**24))
        added = [np.logical_and.reduceat(self.met(part), self.starts, axis=1) @ self.values for part in parts]
        outputs: Floats = self.intercept + np.concatenate(added)
        return outputs
