"""simulation → CSV files, one a source and month, or one a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.errors import SimulationError
from tenure.simulate.events import Event, RenamedColumn, is_active
from tenure.simulate.rows import RawSource
from tenure.simulate.simulation import Simulation

Layout = Literal["monthly", "single"]

_ROWS_AT_ONCE = 500_000
_SPECIAL = '[,"\r\n]'


def write(simulation: Simulation, folder: Path, *, layout: Layout = "monthly") -> list[Path]:
    """The CSV files written, in the order of sources and months.

    Parameters
    ----------
    folder
        Made when absent.
    layout
        ``monthly``: ``<source>/<source>_2024-03.csv`` with the rows that arrived in that month, late ones
        too, and with the names that the columns have in it. ``single``: ``<source>.csv`` with all rows; a
        renamed column then stands there under both names, each with the rows of its time.

    Raises
    ------
    SimulationError
        If a source's folder holds CSV files that would lie mixed with those written.
    """
    planned = [
        (path, rows)
        for source, raw in simulation.sources.items()
        for path, rows in _files(raw, source, folder / source, layout, simulation.events)
    ]
    _check_strangers([path for path, _ in planned if layout == "monthly"])
    for path, rows in planned:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_csv(rows, path)
    return [path for path, _ in planned]


def write_csv(rows: pa.Table, path: Path) -> None:
    """Write a table as UTF-8 CSV with a header: only cells that need quotes have them, nulls are empty.

    Text is joined column by column in Arrow; quoting follows RFC 4180, section 2.
    """
    with path.open("wb") as file:
        file.write((",".join(rows.column_names) + "\n").encode())
        for first in range(0, rows.num_rows, _ROWS_AT_ONCE):
            file.write(_csv_bytes(rows.slice(first, _ROWS_AT_ONCE)))


def _files(
    raw: RawSource, source: str, stem: Path, layout: Layout, events: Sequence[Event]
) -> Iterator[tuple[Path, pa.Table]]:
    renames = [event for event in events if isinstance(event, RenamedColumn) and event.source == source]
    if np.any(np.diff(raw.received) < np.timedelta64(0, "M")):
        raw = raw.take(np.argsort(raw.received, kind="stable"))
    if layout == "single":
        yield stem.with_suffix(".csv"), _under_both_names(raw, renames)
        return
    months, firsts = np.unique(raw.received, return_index=True)
    ends = np.append(firsts[1:], raw.received.size)
    for month, first, end in zip(months, firsts, ends, strict=True):
        rows = raw.rows.slice(first, end - first)
        yield stem / f"{source}_{month}.csv", rows.rename_columns(_names_in(month, rows, renames))


def _names_in(month: np.datetime64, rows: pa.Table, renames: Sequence[RenamedColumn]) -> list[str]:
    now = {event.column: event.name for event in renames if is_active(event, np.array([month]))[0]}
    return [now.get(name, name) for name in rows.column_names]


def _under_both_names(raw: RawSource, renames: Sequence[RenamedColumn]) -> pa.Table:
    rows = raw.rows
    for event in renames:
        position = rows.column_names.index(event.column)
        values = rows[event.column]
        renamed = pa.array(is_active(event, raw.received))
        nothing = pa.scalar(None, values.type)
        rows = rows.set_column(position, event.column, pc.if_else(renamed, nothing, values))
        rows = rows.add_column(position + 1, event.name, pc.if_else(renamed, values, nothing))
    return rows


def _check_strangers(planned: Sequence[Path]) -> None:
    folders = {path.parent for path in planned}
    strangers = sorted({file for folder in folders for file in folder.glob("*.csv")} - set(planned))
    if strangers:
        raise SimulationError(
            f"`{strangers[0].parent}` holds {len(strangers)} CSV files of something else, "
            f"among them `{strangers[0].name}`; they would lie mixed with the simulated ones",
            hint="write to an empty folder, or delete those files first",
        )


def _csv_bytes(rows: pa.Table) -> memoryview:
    cells = [_cells(rows[name].combine_chunks()) for name in rows.column_names]
    lines = pc.binary_join_element_wise(*cells, ",")
    lines = pc.binary_join_element_wise(lines, "\n", "").cast(pa.large_string())
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int64)[lines.offset :][: len(lines) + 1]
    return memoryview(lines.buffers()[2])[offsets[0] : offsets[-1]]


def _cells(values: pa.Array) -> pa.Array:
    texts = pc.fill_null(values.cast(pa.string()), "")
    if not pa.types.is_string(values.type):
        return texts
    special = pc.match_substring_regex(texts, _SPECIAL)
    if not pc.any(special).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
