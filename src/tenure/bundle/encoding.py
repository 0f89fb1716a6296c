"""Feature columns → the float32 matrix a model takes. Training and scoring both use this, so they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.domain.features import FeatureKind
from tenure.errors import BundleError

Columns: TypeAlias = Mapping[str, npt.NDArray[np.generic]]
Matrix: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One feature as a model reads it.

    Parameters
    ----------
    name
        The feature's column.
    kind
        A number, or a category.
    categories
        The categories the model knows, in the order of their 0/1 columns; empty for a number.
    """

    name: str
    kind: FeatureKind
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse categories that would make two columns of one, or belong to a number."""
        if self.kind is FeatureKind.NUMBER and self.categories:
            raise BundleError(f"feature `{self.name}` is a number and has {len(self.categories)} categories")
        if len(set(self.categories)) < len(self.categories):
            raise BundleError(f"feature `{self.name}` lists a category twice: {_bounded(self.categories)}")

    @property
    def width(self) -> int:
        """How many columns of the matrix it takes."""
        return len(self.categories) if self.kind is FeatureKind.CATEGORY else 1


def encode(columns: Columns, specs: Sequence[FeatureSpec]) -> Matrix:
    """The rows of `columns` as a model takes them: shape (n_rows, sum of widths), float32.

    A number is cast to float32; null, NaN, infinite, and what float32 cannot hold become NaN. A
    category becomes one 0/1 column per known category; unknown and null are 0 in all of them.

    Parameters
    ----------
    columns
        One array per feature (numbers, or objects: text and None); other columns are left alone.
    specs
        The features in the order of the matrix.

    Raises
    ------
    BundleError
        If a feature has no column, columns differ in length, or a number is no number.

    Examples
    --------
    >>> specs = (
    ...     FeatureSpec("age", FeatureKind.NUMBER),
    ...     FeatureSpec("job", FeatureKind.CATEGORY, ("doctor", "lawyer")),
    ... )
    >>> encode({"age": np.array([32.0, np.inf]), "job": np.array(["lawyer", None])}, specs)
    array([[32.,  0.,  1.],
           [nan,  0.,  0.]], dtype=float32)
    """
    return Encoder(specs).encode(columns)


def encoded_names(specs: Sequence[FeatureSpec]) -> tuple[str, ...]:
    """The names of the matrix's columns: the feature, or ``feature=category``.

    Examples
    --------
    >>> encoded_names([FeatureSpec("job", FeatureKind.CATEGORY, ("doctor", "lawyer"))])
    ('job=doctor', 'job=lawyer')
    """
    return tuple(name for spec in specs for name in _names(spec))


class Encoder:
    """`encode` with the look-up tables built once: what scores one row after the other uses.

    Parameters
    ----------
    specs
        The features in the order of the matrix.
    """

    def __init__(self, specs: Sequence[FeatureSpec]) -> None:
        self.specs = tuple(specs)
        self.width = sum(spec.width for spec in self.specs)
        self._codes = [{category: code for code, category in enumerate(s.categories)} for s in self.specs]
        ends = np.cumsum([spec.width for spec in self.specs], dtype=np.int64)
        self._starts = [int(end) - spec.width for end, spec in zip(ends, self.specs, strict=True)]

    def encode(self, columns: Columns) -> Matrix:
        """The rows of `columns` as a model takes them; see `tenure.bundle.encoding.encode`."""
        self._check_names(columns)
        n_rows = _n_rows([(spec.name, columns[spec.name]) for spec in self.specs])
        matrix = np.zeros((n_rows, self.width), dtype=np.float32)
        for spec, start, codes in zip(self.specs, self._starts, self._codes, strict=True):
            if spec.kind is FeatureKind.NUMBER:
                matrix[:, start] = _as_float32(columns[spec.name], spec.name)
            else:
                _mark(matrix, start, columns[spec.name], codes)
        return matrix

    def encode_row(self, values: Mapping[str, object]) -> Matrix:
        """One row, given as plain values (numbers, text, None): shape (1, width).

        Raises
        ------
        BundleError
            As `encode`.
        """
        self._check_names(values)
        row = np.zeros((1, self.width), dtype=np.float64)
        for spec, start, codes in zip(self.specs, self._starts, self._codes, strict=True):
            value = values[spec.name]
            if spec.kind is FeatureKind.NUMBER:
                row[0, start] = _as_number(value, spec.name)
            elif (code := codes.get(value)) is not None:  # type: ignore[call-overload]  # None and numbers are unknown
                row[0, start + code] = 1.0
        return _finite_float32(row)

    def _check_names(self, columns: Mapping[str, object]) -> None:
        missing = [spec.name for spec in self.specs if spec.name not in columns]
        if missing:
            raise BundleError(
                f"the model needs {len(self.specs)} features and gets no column {_bounded(missing)}",
                hint="the features of the project have changed since it was trained: build the features "
                "it was trained on, or train a new model.",
            )


def _names(spec: FeatureSpec) -> list[str]:
    if spec.kind is FeatureKind.NUMBER:
        return [spec.name]
    return [f"{spec.name}={category}" for category in spec.categories]


def _mark(matrix: Matrix, start: int, values: npt.NDArray[np.generic], codes: Mapping[str, int]) -> None:
    found = np.fromiter((codes.get(value, -1) for value in values.tolist()), np.int64, len(values))
    known = np.flatnonzero(found >= 0)
    matrix[known, start + found[known]] = 1.0


def _as_float32(values: npt.NDArray[np.generic], name: str) -> Matrix:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BundleError(f"feature `{name}` must hold numbers: {error}") from error
    return _finite_float32(numbers)


def _as_number(value: object, name: str) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, int | float | np.number | np.bool_):
        return float(value)
    raise BundleError(f"feature `{name}` must hold a number: {value!r:.80} is {type(value).__name__}")


def _finite_float32(numbers: npt.NDArray[np.float64]) -> Matrix:
    with np.errstate(over="ignore"):  # beyond float32: infinite, hence NaN
        small = numbers.astype(np.float32)
    small[~np.isfinite(small)] = np.nan
    return small


def _n_rows(columns: Sequence[tuple[str, npt.NDArray[np.generic]]]) -> int:
    lengths = {len(values) for _, values in columns}
    if len(lengths) > 1:
        told = ", ".join(f"`{name}` {len(values):,}" for name, values in columns[:10])
        raise BundleError(f"feature columns differ in length: {told}")
    return lengths.pop() if lengths else 0


def _bounded(names: Sequence[str], n_most: int = 10) -> str:
    told = ", ".join(f"`{name}`" for name in names[:n_most])
    return told if len(names) <= n_most else f"{told} and {len(names) - n_most} more"
