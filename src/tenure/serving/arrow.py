"""Batches as Arrow IPC streams: rows in, a table of answers out, nothing made of Python values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tenure.domain.online import OnlineRow
from tenure.serving.lookup import TOLD, Lookup, told
from tenure.serving.model import ServedModel
from tenure.serving.parts import Part, taken
from tenure.serving.refusals import FieldProblem, Refusal
from tenure.serving.rows import RowReader

ARROW = "application/vnd.apache.arrow.stream"


def read_table(body: bytes, reader: RowReader, *, max_rows: int) -> pa.Table:
    """The rows of an Arrow IPC stream, as they came.

    Raises
    ------
    Refusal
        400 when it is no stream, 413 for too many rows, 422 for columns that are not as expected.
    """
    table = _opened(body, max_rows)
    if table.num_rows == 0:
        raise Refusal(422, "no_rows", "a batch has one row or more")
    problems = [*_column_problems(table, reader), *_missing(table, reader)]
    if problems:
        raise Refusal(422, "invalid_columns", "columns cannot be taken", fields=tuple(problems[:20]))
    return table


def completed(
    table: pa.Table, reader: RowReader, online: Lookup | None
) -> tuple[pa.Table, Mapping[str, pa.Array]]:
    """The rows with every feature among their columns, and where the features of each come from, as columns.

    A column that was left out is looked up where there is an online store and every key is a column; it is
    null without one, and for a row that lacks a key.

    Raises
    ------
    Refusal
        As `tenure.serving.lookup.Lookup.rows`; 422 for a required feature that is null all the same.
    """
    there = set(table.column_names)
    absent = [name for name in (*reader.numbers, *reader.texts) if name not in there]
    found: list[OnlineRow | None] = [None] * table.num_rows
    if online is not None and absent and reader.keys and there.issuperset(reader.keys):
        found = online.rows(table.select(list(reader.keys)).to_pylist())
    stored = [{} if row is None else reader.as_sent(row.values, without=there) for row in found]
    for name in absent:
        values = [row.get(name) for row in stored]
        column = _floats(np.array(values, np.float64)) if name in reader.numbers else _words(values)
        table = table.append_column(name, column)
    if online is not None and (problems := _nulls(table, reader)):
        raise Refusal(422, "invalid_columns", "columns cannot be taken", fields=tuple(problems[:20]))
    return table, {} if online is None else _origins(found)


def _origins(found: Sequence[OnlineRow | None]) -> dict[str, pa.Array]:
    """What `told` says of each row, a column per field."""
    rows = [{"origin": "request"} if row is None else told(row) for row in found]
    return {f"features_{name}": _words([row.get(name) for row in rows]) for name in TOLD}


def answered(
    parts: Sequence[Part],
    model: ServedModel,
    request_id: str,
    *,
    by_model: bool,
    origins: Mapping[str, pa.Array],
) -> bytes:
    """The stream of answers, in the order of the rows.

    Parameters
    ----------
    parts
        Who says what.
    model
        Who is in office.
    request_id
        Of the batch.
    by_model
        Whether rows may be of two models, so that each says whose it is.
    origins
        Where the features of each row come from, as columns.
    """
    given = [part for part in parts if part.is_given]
    tables = [_answers(part, by_model=by_model) for part in given]
    answers = tables[0]
    if len(given) > 1:
        order = np.concatenate([part.places for part in given]).argsort(kind="stable")
        answers = taken(pa.concat_tables(tables), order.astype(np.int32))
    for name, column in origins.items():
        answers = answers.append_column(name, column)
    return _stream(answers.replace_schema_metadata(_about(model, request_id)))


def to_keep(
    rows: pa.Table, part: Part, request_id: str, *, pii: Collection[str], origins: Mapping[str, pa.Array]
) -> pa.Table:
    """What the log has of a part: the rows less `pii`, their places in the batch, and the answers to them."""
    columns = {name: rows[name] for name in rows.column_names if name not in pii}
    columns |= {f"answer_{name}": column for name, column in origins.items()}
    kept = pa.table(columns)
    if len(part.places) < rows.num_rows:
        kept = taken(kept, part.places)
    answers = _answers(part, by_model=False)
    for name in answers.column_names:
        kept = kept.append_column(f"answer_{name}", answers[name])
    kept = kept.append_column("answer_row", _integers(part.places))
    return kept.replace_schema_metadata(_about(part.model, request_id))


def write_file(table: pa.Table, path: Path) -> None:
    """Write the table as a stream, column by column from where it lies."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


def _opened(body: bytes, max_rows: int) -> pa.Table:
    batches, n_rows = [], 0
    try:
        with pa.ipc.open_stream(body) as stream:
            for batch in stream:
                n_rows += batch.num_rows
                if n_rows > max_rows:
                    raise Refusal(413, "too_many_rows", f"a batch has at most {max_rows:,} rows")
                batch.validate(full=True)
                batches.append(batch)
            table = pa.Table.from_batches(batches, stream.schema).replace_schema_metadata(None)
            _ = table.column_names  # names that are no text raise here
            return table
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Refusal(400, "not_arrow", "the body is no Arrow IPC stream") from error


def _column_problems(table: pa.Table, reader: RowReader) -> list[FieldProblem]:
    known = {*reader.numbers, *reader.texts, *reader.identity}
    numbers, texts = set(reader.numbers), set(reader.texts)
    found = []
    if len(set(table.column_names)) < len(table.column_names):
        found.append(FieldProblem("", "expected each column once"))
        return found
    for name in table.column_names:
        kind = table.schema.field(name).type
        if name not in known:
            found.append(FieldProblem(name[:100], "no such field: this model does not know it"))
        elif name in numbers and not (_is_number(kind) or pa.types.is_null(kind)):
            found.append(FieldProblem(name, f"expected numbers; got {kind}"))
        elif name in texts and not (_is_text(kind) or pa.types.is_null(kind)):
            found.append(FieldProblem(name, f"expected texts; got {kind}"))
        elif name in numbers and pa.types.is_floating(kind) and _has_infinity(table[name]):
            found.append(FieldProblem(name, "expected finite numbers, NaN or null"))
    return found


def _missing(table: pa.Table, reader: RowReader) -> list[FieldProblem]:
    there = set(table.column_names)
    found = [] if reader.keys_suffice else _nulls(table, reader)
    has_keys = reader.keys_suffice and there.issuperset(reader.keys)
    if there.isdisjoint({*reader.numbers, *reader.texts}) and not has_keys:
        instead = ", or every key of the entities" if reader.keys_suffice else ""
        found.append(FieldProblem("", f"expected at least one feature of the model{instead}"))
    return found


def _nulls(table: pa.Table, reader: RowReader) -> list[FieldProblem]:
    """The required features that a row lacks."""
    there = set(table.column_names)
    return [
        FieldProblem(name, "required, in every row")
        for name in reader.required
        if name not in there or table[name].null_count
    ]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))


def _has_infinity(column: pa.ChunkedArray) -> bool:
    return pc.any(pc.is_inf(column)).as_py() is True


def scores_of(part: Part) -> npt.NDArray[np.float64]:
    """The score of each row of a part."""
    if part.model.bundle.schema.threshold is None:
        return np.asarray(part.probabilities.max(axis=1))
    return part.probabilities[:, -1]


def _codes(part: Part) -> npt.NDArray[np.generic]:
    """The number of the class of each row."""
    threshold = part.model.bundle.schema.threshold
    if threshold is None:
        return np.asarray(part.probabilities.argmax(axis=1))
    return np.asarray(part.probabilities[:, -1] >= threshold)


def _answers(part: Part, *, by_model: bool) -> pa.Table:
    classes = part.model.bundle.schema.classes
    codes = pa.DictionaryArray.from_arrays(_integers(_codes(part)), _texts(classes))
    columns = {"score": _floats(scores_of(part)), "class": codes.cast(pa.string())}
    for place, name in enumerate(classes):
        columns[f"probability_{name}"] = _floats(part.probabilities[:, place])
    if by_model:
        n_rows, version = len(part.places), part.model.version
        known = version is not None  # a baked bundle has none
        columns["model_version"] = (
            _integers(np.full(n_rows, version)) if known else pa.nulls(n_rows, pa.int32())
        )
        columns["bundle_sha256"] = _words([part.model.bundle.sha256] * n_rows)
    return pa.table(columns)


def _about(model: ServedModel, request_id: str) -> dict[str, str]:
    return {"request_id": request_id, **{name: str(value) for name, value in model.about.items()}}


def _floats(values: npt.NDArray[np.float64]) -> pa.Array:
    """The numbers as Arrow reads them where they lie: `pa.array` of NumPy values would wake pandas."""
    content = np.ascontiguousarray(values, np.float64)
    return pa.Array.from_buffers(pa.float64(), len(content), [None, pa.py_buffer(content)])


def _integers(values: npt.NDArray[np.generic]) -> pa.Array:
    content = np.ascontiguousarray(values, np.int32)
    return pa.Array.from_buffers(pa.int32(), len(content), [None, pa.py_buffer(content)])


def _texts(values: Sequence[str]) -> pa.Array:
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def _words(values: Sequence[str | None]) -> pa.Array:
    """Texts, some of them null."""
    texts = _texts([value or "" for value in values])
    valid = np.packbits([value is not None for value in values], bitorder="little")
    return pa.Array.from_buffers(pa.string(), len(values), [pa.py_buffer(valid), *texts.buffers()[1:]])


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
