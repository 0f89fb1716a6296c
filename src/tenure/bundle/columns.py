"""Arrow columns → NumPy arrays for `encode`, without waking pandas.

``pyarrow`` imports pandas (half a second, 60 MB) as soon as an array is converted by ``to_numpy`` or
made from a Python value. What answers requests must not, so the buffers are read as they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.bundle.encoding import Column, FeatureSpec
from tenure.bundle.encodings import Coded
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError


def feature_columns(table: pa.Table, specs: Sequence[FeatureSpec]) -> dict[str, npt.NDArray[np.generic]]:
    """The table's columns that `specs` name: float64 with NaN for null, or text with None for null.

    Columns that are not there are left out: `encode` names them.

    Raises
    ------
    BundleError
        If a column cannot be read as its feature's kind.
    """
    found: dict[str, npt.NDArray[np.generic]] = {}
    for name, column in coded_columns(table, specs).items():
        if isinstance(column, Coded):
            texts: npt.NDArray[np.object_] = np.array(column.distinct, dtype=object)
            found[name] = texts[column.codes]
        else:
            found[name] = column
    return found


def coded_columns(table: pa.Table, specs: Sequence[FeatureSpec]) -> dict[str, Column]:
    """As `feature_columns`, but a text's different values and which of them each row has.

    No value of a row becomes a Python object, and where nothing is null, numbers stay where they lie.
    """
    present = set(table.column_names)
    return {spec.name: _column(table[spec.name], spec) for spec in specs if spec.name in present}


def _column(column: pa.ChunkedArray, spec: FeatureSpec) -> Column:
    is_number = spec.kind is FeatureKind.NUMBER
    if is_number and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise BundleError(f"feature `{spec.name}` must hold numbers; its column is {column.type}")
    if len(column) == 0:
        return np.empty(0, np.float64) if is_number else Coded([], np.empty(0, np.int32))
    try:
        return _floats(_one_array(column.cast(pa.float64()))) if is_number else _texts(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BundleError(f"feature `{spec.name}` is a {spec.kind}; its column is {column.type}") from error


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _floats(array: pa.Array) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = _values(array, np.dtype(np.float64))
    return np.where(_nulls(array), np.nan, values) if array.null_count else values


def _texts(column: pa.ChunkedArray) -> Coded:
    """The different texts and None, and the number of each row's."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    else:
        column = column.cast(pa.string()).dictionary_encode()
    array = _one_array(column)
    distinct = array.dictionary.cast(pa.string()).to_pylist()
    indices = array.indices.cast(pa.int32())
    codes = _values(indices, np.dtype(np.int32))
    if indices.null_count:
        codes = np.where(_nulls(indices), np.int32(len(distinct)), codes)
    return Coded([*distinct, None], codes)


def _values(array: pa.Array, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)


def _nulls(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Where the array is null: its validity bits, least significant first, 1 for a value."""
    bits = array.buffers()[0]
    if bits is None:
        return np.zeros(len(array), np.bool_)
    valid = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")
    nulls: npt.NDArray[np.bool_] = valid[array.offset : array.offset + len(array)] == 0
    return nulls
