"""How a category or text is written into a row of the matrix: a mark in one column, or a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Values: TypeAlias = npt.NDArray[np.generic]
Row: TypeAlias = npt.NDArray[np.float64]
Cells: TypeAlias = npt.NDArray[np.floating[Any]]


class Reader(Protocol):
    """The look-up tables of one feature, built once, and what they write."""

    def write(self, row: Row, start: int, value: object) -> None:
        """One value, into the columns of `row` from `start` on, which are 0."""
        ...

    def fill(self, matrix: Cells, start: int, values: Values) -> None:
        """A value per row, into the columns of `matrix` from `start` on, which are 0."""
        ...


class Marks:
    """A 1 in the column of the value; 0 in all of them where it has none.

    Parameters
    ----------
    column_of
        The column of a value, counted from 0; None where it has none.
    """

    def __init__(self, column_of: Callable[[object], int | None]) -> None:
        self._column_of = column_of

    def write(self, row: Row, start: int, value: object) -> None:
        """One value."""
        if (column := self._column_of(value)) is not None:
            row[start + column] = 1.0

    def fill(self, matrix: Cells, start: int, values: Values) -> None:
        """A value per row; each different one is looked up once."""
        distinct, codes = distinct_values(values)
        columns = [self._column_of(value) for value in distinct]
        found = np.array([-1 if column is None else column for column in columns], np.int64)[codes]
        known = np.flatnonzero(found >= 0)
        matrix[known, start + found[known]] = 1.0


class Vectors:
    """The numbers that stand for the value.

    Parameters
    ----------
    vector_of
        The numbers of a value, as many for each.
    width
        How many.
    """

    def __init__(self, vector_of: Callable[[object], npt.ArrayLike], width: int) -> None:
        self._vector_of = vector_of
        self._width = width

    def write(self, row: Row, start: int, value: object) -> None:
        """One value."""
        row[start : start + self._width] = self._vector_of(value)

    def fill(self, matrix: Cells, start: int, values: Values) -> None:
        """A value per row; each different one is computed once."""
        distinct, codes = distinct_values(values)
        vectors = np.zeros((len(distinct), self._width), dtype=matrix.dtype)
        for number, value in enumerate(distinct):
            vectors[number] = self._vector_of(value)
        matrix[:, start : start + self._width] = vectors[codes]


def distinct_values(values: Values) -> tuple[list[object], npt.NDArray[np.int64]]:
    """The different values in the order of their first row, and the number of each row's value.

    Examples
    --------
    >>> distinct_values(np.array(["b", None, "b"], dtype=object))
    (['b', None], array([0, 1, 0]))
    """
    numbers: dict[object, int] = {}
    listed = values.tolist()
    codes = np.fromiter((numbers.setdefault(value, len(numbers)) for value in listed), np.int64, len(listed))
    return list(numbers), codes
