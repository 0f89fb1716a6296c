"""A model that is a sum of straight lines, one per column: logistic regression before its squash."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import Matrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A slope per column, and what null adds in its place.

    Attributes
    ----------
    slopes : array of shape (n_columns, n_outputs)
        What a column adds per unit of its value.
    of_null : array of shape (n_columns, n_outputs)
        What it adds where it is null.
    intercept : array of shape (n_outputs,)
        What every row has.
    """

    slopes: Floats
    of_null: Floats
    intercept: Floats

    def added(self, matrix: Matrix) -> Floats:
        """What each column adds: shape (n_rows, n_columns, n_outputs)."""
        values = matrix.astype(np.float64)[:, :, None]
        return np.where(np.isnan(values), self.of_null, values * self.slopes)

    def outputs(self, matrix: Matrix) -> Floats:
        """The sum of what the columns add to each row: shape (n_rows, n_outputs)."""
        outputs: Floats = self.intercept + self.added(matrix).sum(axis=1)
        return outputs


class LineGame:
    r"""The Shapley values of a line: :math:`f_j(x_j) - \sum_z w_z f_j(z_j)` for column j, exact.

    Parameters
    ----------
    line
        The model.
    background
        What a row is compared with.
    weights
        Of its rows, with sum 1.
    players
        The feature that each column belongs to: 0 .. n_players − 1, ascending.
    """

    def __init__(self, line: Line, background: Matrix, weights: Floats, players: Ints) -> None:
        self._line = line
        self._starts = np.flatnonzero(np.diff(players, prepend=-1))
        self._usual = np.tensordot(weights, line.added(background), axes=1)
        self.base: Floats = weights @ line.outputs(background)

    def attribute(self, row: Matrix, direction: Floats) -> Floats:
        """What each player adds to the outputs of `row` in `direction`: shape (n_players,)."""
        columns = (self._line.added(row)[0] - self._usual) @ direction
        return np.add.reduceat(columns, self._starts)
