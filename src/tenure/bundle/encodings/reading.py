"""How a category or text is written into a row of the matrix: a mark in one column, or a vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Values: TypeAlias = npt.NDArray[np.generic]
Row: TypeAlias = npt.NDArray[np.float64]
Cells: TypeAlias = npt.NDArray[np.floating[Any]]
Codes: TypeAlias = npt.NDArray[np.integer[Any]]
Fill: TypeAlias = Callable[[Cells, int, Codes], None]
"""Writes a value per row, given by its number, into the columns from a start on, which are 0."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as its different values, and the number of each row's value among them."""

    distinct: Sequence[object]
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)


class Reader(Protocol):
    """The look-up tables of one feature, built once, and what they write."""

    def write(self, row: Row, start: int, value: object) -> None:
        """One value, into the columns of `row` from `start` on, which are 0."""
        ...

    def looked_up(self, distinct: Sequence[object]) -> Fill:
        """What writes these values, each looked up once."""
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

    def looked_up(self, distinct: Sequence[object]) -> Fill:
        """What writes these values, each looked up once."""
        columns = [self._column_of(value) for value in distinct]
        column_of_code = np.array([-1 if column is None else column for column in columns], np.int64)

        def fill(matrix: Cells, start: int, codes: Codes) -> None:
            found = column_of_code.take(codes)
            known = np.flatnonzero(found >= 0)
            matrix[known, start + found[known]] = 1.0

        return fill


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

    def looked_up(self, distinct: Sequence[object]) -> Fill:
        """What writes these values, each computed once."""
        vectors = np.zeros((len(distinct), self._width), dtype=np.float32)
        for number, value in enumerate(distinct):
            vectors[number] = self._vector_of(value)

        def fill(matrix: Cells, start: int, codes: Codes) -> None:
            matrix[:, start : start + self._width] = vectors.take(codes, axis=0)

        return fill


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
