"""Parts ↔ files of the bundle: ``reasons/explainer.json`` and a pair of Parquet files per member of boxes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tenure.bundle.canonical import canonical_json
from tenure.bundle.reasons.boxes import Boxes
from tenure.bundle.reasons.combination import combination_from_json
from tenure.bundle.reasons.line import Line
from tenure.bundle.reasons.parts import Background, Link, Member, Parts
from tenure.bundle.reasons.wording import Wording
from tenure.errors import BundleError

FOLDER = "reasons"
EXPLAINER = f"{FOLDER}/explainer.json"
FORMAT = 1

_CONDITIONS: Mapping[str, np.dtype[Any]] = {
    "box": np.dtype(np.int64),
    "column": np.dtype(np.int64),
    "low": np.dtype(np.float32),
    "high": np.dtype(np.float32),
    "null": np.dtype(np.uint8),
}
_ARROW: Mapping[np.dtype[Any], pa.DataType] = {
    np.dtype(np.int64): pa.int64(),
    np.dtype(np.float32): pa.float32(),
    np.dtype(np.float64): pa.float64(),
    np.dtype(np.uint8): pa.uint8(),
}


def parts_to_files(parts: Parts, *, names: Sequence[str], columns: Sequence[str]) -> dict[str, bytes]:
    """The files, by their path in the bundle; the same parts give the same bytes.

    Parameters
    ----------
    parts
        What is written.
    names
        The features.
    columns
        The columns of the matrix.
    """
    files: dict[str, bytes] = {}
    members = []
    for number, member in enumerate(parts.members):
        about: dict[str, Any] = {"weight": member.weight, "link": str(member.link)}
        if isinstance(member.form, Line):
            about["line"] = {
                "slopes": member.form.slopes.tolist(),
                "of_null": member.form.of_null.tolist(),
                "intercept": member.form.intercept.tolist(),
            }
        else:
            conditions, values = _paths(number)
            about["boxes"] = {"intercept": member.form.intercept.tolist()}
            files[conditions] = _written({name: getattr(member.form, name) for name in _CONDITIONS})
            files[values] = _written({str(k): column for k, column in enumerate(member.form.values.T)})
        members.append(about)
    background = {
        "columns": list(columns),
        "n_rows": parts.background.n_rows.tolist(),
        "rows": parts.background.matrix.tolist(),
    }
    features = {name: wording.to_json() for name, wording in zip(names, parts.wordings, strict=True)}
    stack = None if parts.combination is None else parts.combination.to_json()
    content = {
        "format": FORMAT,
        "members": members,
        "combination": stack,
        "features": features,
        "background": background,
    }
    return {EXPLAINER: canonical_json(content), **files}


def parts_from_files(read: Callable[[str], bytes], names: Sequence[str]) -> Parts:
    """The parts that such files hold, for the features of these names.

    Raises
    ------
    BundleError
        If they are of another format, or something is missing or wrong.
    """
    content = json.loads(read(EXPLAINER))
    if content.get("format") != FORMAT:
        raise BundleError(
            f"{EXPLAINER} is of format {content.get('format')}; this version reads {FORMAT}",
            hint="train again with this version, or use the version that wrote the bundle.",
        )
    try:
        members = tuple(_member(about, number, read) for number, about in enumerate(content["members"]))
        said = content["background"]
        matrix = np.array(said["rows"], dtype=np.float64).astype(np.float32)  # null becomes NaN
        background = Background(matrix, np.array(said["n_rows"], dtype=np.int64))
        wordings = tuple(Wording(**content["features"][name]) for name in names)
        stack = content["combination"] and combination_from_json(content["combination"])
    except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise BundleError(f"{EXPLAINER} is not complete: {error!r:.300}") from error
    return Parts(members, background, wordings, stack)


def _member(about: Mapping[str, Any], number: int, read: Callable[[str], bytes]) -> Member:
    weight, link = float(about["weight"]), Link(about["link"])
    if "line" in about:
        line = {name: np.array(about["line"][name], dtype=np.float64) for name in about["line"]}
        return Member(weight, link, Line(**line))
    conditions, values = (_read(read(path)) for path in _paths(number))
    form = Boxes(
        box=conditions["box"],
        column=conditions["column"],
        low=conditions["low"],
        high=conditions["high"],
        null=conditions["null"].astype(np.bool_),
        values=np.column_stack([values[name] for name in sorted(values, key=int)]),
        intercept=np.array(about["boxes"]["intercept"], dtype=np.float64),
    )
    return Member(weight, link, form)


def _paths(number: int) -> tuple[str, str]:
    return f"{FOLDER}/{number}.conditions.parquet", f"{FOLDER}/{number}.values.parquet"


def _written(columns: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Arrays as a Parquet file, made of their buffers: Arrow's own conversion would wake pandas."""
    arrays = {}
    for name, values in columns.items():
        plain = np.ascontiguousarray(values, dtype=_CONDITIONS.get(name, np.dtype(np.float64)))
        buffers = [None, pa.py_buffer(plain)]
        arrays[name] = pa.Array.from_buffers(_ARROW[plain.dtype], len(plain), buffers)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _read(content: bytes) -> dict[str, npt.NDArray[Any]]:
    # no pool of threads for a small file: one that is still starting when a short process ends aborts it
    table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    return {name: _values(table[name], name) for name in table.column_names}


def _values(column: pa.ChunkedArray, name: str) -> npt.NDArray[Any]:
    dtype = _CONDITIONS.get(name, np.dtype(np.float64))
    if column.type != _ARROW[dtype] or column.null_count:
        raise ValueError(f"column {name} holds {column.type} with {column.null_count} nulls")
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype, len(chunk), chunk.offset * dtype.itemsize)
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype)
