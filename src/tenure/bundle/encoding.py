"""Feature columns → the float32 matrix a model takes. Training and scoring both use this, so they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.bundle.blocks import BLOCK_ROWS, CodedPart, NumberPart, Parts
from tenure.bundle.encodings import Coded, Marks, Reader, TextEncoding, distinct_values
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError

Column: TypeAlias = npt.NDArray[np.generic] | Coded
Columns: TypeAlias = Mapping[str, Column]
Matrix: TypeAlias = npt.NDArray[np.float32]

_PLAIN = frozenset({float, int, bool, type(None)})
"""Types of numbers that NumPy takes as they are."""


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One feature as a model reads it.

    Parameters
    ----------
    name
        The feature's column.
    kind
        A number, a category, or text.
    categories
        The categories the model knows, in the order of their 0/1 columns; empty where these are not
        how the feature is encoded.
    encoding
        What becomes of a category or text instead of 0/1 columns; text has one always.
    """

    name: str
    kind: FeatureKind
    categories: tuple[str, ...] = ()
    encoding: TextEncoding | None = None

    def __post_init__(self) -> None:
        """Refuse categories that would make two columns of one, and what does not go together."""
        if self.kind is FeatureKind.NUMBER and self.categories:
            raise BundleError(f"feature `{self.name}` is a number and has {len(self.categories)} categories")
        if len(set(self.categories)) < len(self.categories):
            raise BundleError(f"feature `{self.name}` lists a category twice: {_bounded(self.categories)}")
        if self.encoding is not None and (self.categories or self.kind is FeatureKind.NUMBER):
            raise BundleError(
                f"feature `{self.name}` is a {self.kind} with {len(self.categories)} categories and has the "
                f"encoding `{self.encoding.method}`, too"
            )
        if self.encoding is None and self.kind is FeatureKind.TEXT:
            raise BundleError(f"feature `{self.name}` is text and has no encoding")

    @property
    def width(self) -> int:
        """How many columns of the matrix it takes."""
        if self.encoding is not None:
            return self.encoding.width
        return len(self.categories) if self.kind is FeatureKind.CATEGORY else 1


def encode(columns: Columns, specs: Sequence[FeatureSpec]) -> Matrix:
    """The rows of `columns` as a model takes them: shape (n_rows, sum of widths), float32.

    A number is cast to float32; null, NaN, infinite, and what float32 cannot hold become NaN. A
    category becomes one 0/1 column per known category; unknown and null are 0 in all of them. One that
    has another encoding becomes what that says (see `tenure.bundle.encodings`).

    Parameters
    ----------
    columns
        One array per feature (numbers, or objects: text and None; these may be `Coded`, too); other columns
        are left alone.
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
    """The names of the matrix's columns: the feature, ``feature=category``, or as its encoding says.

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
        ends = np.cumsum([spec.width for spec in self.specs], dtype=np.int64)
        starts = [int(end) - spec.width for end, spec in zip(ends, self.specs, strict=True)]
        readers = [_reader(spec) for spec in self.specs]
        parts = list(zip(self.specs, starts, readers, strict=True))
        self._numbers = [spec.name for spec, _, reader in parts if reader is None]
        self._places = np.array([at for _, at, reader in parts if reader is None], np.int64)
        self._others = [(spec.name, at, reader) for spec, at, reader in parts if reader is not None]

    def encode(self, columns: Columns) -> Matrix:
        """The rows of `columns` as a model takes them; see `tenure.bundle.encoding.encode`."""
        parts = self._parts(columns)
        matrix = np.zeros((parts.n_rows, self.width), dtype=np.float32)
        for first in range(0, parts.n_rows, BLOCK_ROWS):
            parts.write(matrix[first : first + BLOCK_ROWS], first)
        return matrix

    def blocks(self, columns: Columns) -> Iterator[Matrix]:
        """What `encode` makes, some rows after the other, so that the whole is never held.

        A block is good until the next one is asked for.
        """
        parts = self._parts(columns)
        block = np.empty((min(BLOCK_ROWS, parts.n_rows), self.width), dtype=np.float32)
        for first in range(0, parts.n_rows, BLOCK_ROWS):
            rows = block[: parts.n_rows - first]
            rows[:] = 0
            parts.write(rows, first)
            yield rows

    def encode_row(self, values: Mapping[str, object]) -> Matrix:
        """One row, given as plain values (numbers, text, None): shape (1, width).

        Raises
        ------
        BundleError
            As `encode`.
        """
        try:
            numbers = [values[name] for name in self._numbers]
            others = [(start, reader, values[name]) for name, start, reader in self._others]
        except KeyError:
            self._check_names(values)
            raise
        if not set(map(type, numbers)) <= _PLAIN:
            numbers = [_as_number(value, name) for name, value in zip(self._numbers, numbers, strict=True)]
        row = np.zeros(self.width, dtype=np.float64)
        row[self._places] = np.array(numbers, dtype=np.float64)  # None becomes NaN
        for start, reader, value in others:
            reader.write(row, start, value)
        return _finite_float32(row[np.newaxis])

    def _parts(self, columns: Columns) -> Parts:
        self._check_names(columns)
        n_rows = _n_rows([(spec.name, columns[spec.name]) for spec in self.specs])
        numbers = [
            NumberPart(int(at), _numbers(columns[name], name))
            for name, at in zip(self._numbers, self._places, strict=True)
        ]
        coded = []
        for name, start, reader in self._others:
            column = _coded(columns[name])
            coded.append(CodedPart(start, column.codes, reader.looked_up(column.distinct)))
        return Parts(n_rows, numbers, coded)

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
    if spec.encoding is not None:
        return spec.encoding.names(spec.name)
    return [f"{spec.name}={category}" for category in spec.categories]


def _reader(spec: FeatureSpec) -> Reader | None:
    """What writes a category or text; None for a number."""
    if spec.kind is FeatureKind.NUMBER:
        return None
    if spec.encoding is not None:
        return spec.encoding.reader()
    columns: dict[object, int] = {category: column for column, category in enumerate(spec.categories)}
    return Marks(columns.get)


def _numbers(values: Column, name: str) -> npt.NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BundleError(f"feature `{name}` must hold numbers: {error}") from error


def _coded(values: Column) -> Coded:
    return values if isinstance(values, Coded) else Coded(*distinct_values(values))


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


def _n_rows(columns: Sequence[tuple[str, Column]]) -> int:
    lengths = {len(values) for _, values in columns}
    if len(lengths) > 1:
        told = ", ".join(f"`{name}` {len(values):,}" for name, values in columns[:10])
        raise BundleError(f"feature columns differ in length: {told}")
    return lengths.pop() if lengths else 0


def _bounded(names: Sequence[str], n_most: int = 10) -> str:
    told = ", ".join(f"`{name}`" for name in names[:n_most])
    return told if len(names) <= n_most else f"{told} and {len(names) - n_most} more"
