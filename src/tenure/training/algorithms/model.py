"""What an algorithm is given and what it makes: rows in, a fitted model out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.training.algorithms.growth import Growth
from tenure.training.algorithms.space import Parameters

if TYPE_CHECKING:
    import onnx

Matrix: TypeAlias = npt.NDArray[np.float32]
Probabilities: TypeAlias = npt.NDArray[np.float64]

INPUT = "features"
OUTPUT = "probabilities"
TARGET_OPSET = {"": 17, "ai.onnx.ml": 3}
"""What exported models ask of a runtime: ONNX Runtime of 2022 and later."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows to fit on.

    Attributes
    ----------
    matrix : float32 array of shape (n_rows, n_columns)
        NaN is null.
    codes : array of shape (n_rows,)
        The class of each row, 0 .. n_classes − 1.
    weights : array of shape (n_rows,)
        What each row counts for.
    n_classes : int
        How many classes there are.
    """

    matrix: Matrix
    codes: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    n_classes: int
    directions: tuple[int, ...] = ()
    """Per column: 1 if the score may only rise with it, −1 only fall, 0 either; empty for all 0."""
    names: tuple[str, ...] = ()
    """Per column, for whoever writes them down; empty where nobody will."""


class Model(Protocol):
    """A fitted model: it gives probabilities, and can be written down without pickle."""

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class: shape (n_rows, n_classes)."""
        ...

    def importance(self) -> npt.NDArray[np.float64]:
        """How much each column of the matrix matters to the model: 0 or more, in the model's own unit."""
        ...

    def native(self) -> Mapping[str, bytes]:
        """The model in its library's own format (or a table of it), as files by name."""
        ...

    def to_onnx(self) -> onnx.ModelProto:
        """The model as a graph with the input ``features`` and an output ``probabilities``."""
        ...


Fit: TypeAlias = Callable[[Sample, Parameters, Growth], Model]
"""Sample, parameters, growth → model. One thread; the same seed gives the same model."""


def two_columns(positive: npt.NDArray[np.floating]) -> Probabilities:
    """Probabilities of both classes from those of the positive one.

    Examples
    --------
    >>> two_columns(np.array([0.25]))
    array([[0.75, 0.25]])
    """
    shares = np.clip(positive.astype(np.float64), 0.0, 1.0)
    return np.column_stack([1.0 - shares, shares])
