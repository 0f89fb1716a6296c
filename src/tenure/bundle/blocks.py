"""Columns, looked up once, → blocks of the matrix: few enough rows at a time that they stay in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.bundle.encodings.reading import Codes, Fill

Block: TypeAlias = npt.NDArray[np.float32]

BLOCK_ROWS = 2_048
"""Rows of a block: of a few hundred columns it is as large as the cache of one core."""


@dataclass(frozen=True, slots=True)
class NumberPart:
    """A number of each row, and the column of the matrix that it goes to."""

    column: int
    values: npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class CodedPart:
    """Which of its different values each row has, and what writes them from the column `start` on."""

    start: int
    codes: Codes
    fill: Fill


@dataclass(frozen=True, slots=True)
class Parts:
    """The features of `n_rows` rows, ready to be written."""

    n_rows: int
    numbers: Sequence[NumberPart]
    coded: Sequence[CodedPart]

    def write(self, block: Block, first: int) -> None:
        """The rows from `first` on, as many as `block` has; it is 0 everywhere before.

        Null, NaN, infinite, and what float32 cannot hold become NaN.
        """
        last = first + len(block)
        numbers = np.empty((len(self.numbers), len(block)), np.float32)
        with np.errstate(over="ignore"):  # beyond float32: infinite, hence NaN
            for number, part in zip(numbers, self.numbers, strict=True):
                number[:] = part.values[first:last]
        infinite = np.isinf(numbers)
        if infinite.any():
            numbers[infinite] = np.nan
        for number, part in zip(numbers, self.numbers, strict=True):
            block[:, part.column] = number
        for each in self.coded:
            each.fill(block, each.start, each.codes[first:last])
