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

from tenure.bundle.encoding import FeatureSpec
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
    present = set(table.column_names)
    return {spec.name: _column(table[spec.name], spec) for spec in specs if spec.name in present}


def _column(column: pa.ChunkedArray, spec: FeatureSpec) -> npt.NDArray[np.generic]:
    is_number = spec.kind is FeatureKind.NUMBER
    if is_number and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise BundleError(f"feature `{spec.name}` must hold numbers; its column is {column.type}")
    if len(column) == 0:
        return np.empty(0, np.float64 if is_number else object)
    try:
        array = _one_array(column.cast(pa.float64() if is_number else pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BundleError(f"feature `{spec.name}` is a {spec.kind}; its column is {column.type}") from error
    return _floats(array) if is_number else _texts(array)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _floats(array: pa.Array) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = _values(array, np.dtype(np.float64)).copy()
    values[_nulls(array)] = np.nan
    return values


def _texts(array: pa.Array) -> npt.NDArray[np.generic]:
    encoded = array.dictionary_encode()
    codes = _values(encoded.indices, np.dtype(np.int32)).copy()
    texts: npt.NDArray[np.object_] = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    codes[_nulls(encoded.indices)] = -1
    found: npt.NDArray[np.object_] = texts[codes]
    return found


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
