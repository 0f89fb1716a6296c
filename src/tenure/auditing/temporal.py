"""(a) Temporal leaks: a feature that used what was not known at its event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tenure.auditing.rows import AuditedRows
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.tables import EVENT_TIME, KNOWN_AT

_SCOPE = "gold/features"


def check_known_at(rows: AuditedRows) -> Finding:
    """LEAK001: rows whose newest ingredient became known after their event."""
    late = pc.greater(rows.table[KNOWN_AT], rows.table[EVENT_TIME]).fill_null(fill_value=False)
    n_late = pc.sum(late).as_py() or 0
    if not n_late:
        message = f"no feature row of {rows.table.num_rows:,} used anything known after its event"
        return Finding("LEAK001", Severity.ERROR, message, Outcome.PASSED, _SCOPE)
    examples = rows.table.filter(late).select([*rows.keys, EVENT_TIME]).slice(0, 3).to_pylist()
    return Finding(
        "LEAK001",
        Severity.ERROR,
        f"{n_late:,} of {rows.table.num_rows:,} feature rows used something known after their event",
        scope=_SCOPE,
        n_rows=n_late,
        examples=tuple(str(example) for example in examples),
        hint="a feature with `point_in_time: false` reads the future; take that line out.",
    )


def choose_events(rows: AuditedRows, n_events: int) -> tuple[date, ...]:
    """Event days spread over the rows, the first and the last among them."""
    days = np.unique(rows.event_times.astype("datetime64[D]"))
    places = np.unique(np.linspace(0, days.size - 1, min(n_events, days.size)).round().astype(int))
    return tuple(days[places].tolist())


def rows_of_day(table: pa.Table, day: date) -> pa.Table:
    """The rows whose event lies on that day."""
    days = table[EVENT_TIME].cast(pa.date32())
    return table.filter(pc.equal(days, pa.scalar(day, pa.date32())))


def check_rebuilt(
    stored: pa.Table, rebuilt: pa.Table, *, keys: Sequence[str], columns: Sequence[FeatureColumn]
) -> Iterator[Finding]:
    """LEAK002: features that come out otherwise when nothing known after the event is there.

    `stored` holds the feature rows as they are, `rebuilt` the same events built from what was known on
    their day. Rows that became part of the population later are not compared.
    """
    both = _side_by_side(stored, rebuilt, keys, [column.name for column in columns])
    for column in columns:
        if f"{column.name}__again" in both.column_names:
            finding = _compare(both, column)
            if finding is not None:
                yield finding
    if not both.num_rows:
        message = "no row could be built again: the population of the sampled days is empty"
        yield Finding("LEAK002", Severity.ERROR, message, Outcome.SKIPPED, _SCOPE)


def _side_by_side(stored: pa.Table, rebuilt: pa.Table, keys: Sequence[str], names: Sequence[str]) -> pa.Table:
    shared = [name for name in names if name in rebuilt.column_names]
    again = rebuilt.select([*keys, EVENT_TIME, *shared])
    again = again.rename_columns([*keys, EVENT_TIME, *(f"{name}__again" for name in shared)])
    return stored.select([*keys, EVENT_TIME, *names]).join(again, [*keys, EVENT_TIME], join_type="inner")


def _compare(both: pa.Table, column: FeatureColumn) -> Finding | None:
    first, again = both[column.name], both[f"{column.name}__again"]
    differs = (
        _numbers_differ(first, again) if column.kind is FeatureKind.NUMBER else _texts_differ(first, again)
    )
    n_rows = int(differs.sum())
    if not n_rows:
        return None
    place = int(np.flatnonzero(differs)[0])
    return Finding(
        "LEAK002",
        Severity.ERROR,
        f"`{column.name}` looks ahead: {n_rows:,} of {both.num_rows:,} rows come out otherwise when "
        f"nothing known after the event is there",
        scope=column.block,
        column=column.name,
        n_rows=n_rows,
        examples=(f"{first[place].as_py()} with the future, {again[place].as_py()} without",),
        hint="let the feature read rows known at the event only (`point_in_time: true`), or drop it.",
    )


def _numbers_differ(first: pa.ChunkedArray, again: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    one = first.cast(pa.float64()).to_numpy(zero_copy_only=False)
    two = again.cast(pa.float64()).to_numpy(zero_copy_only=False)
    same: npt.NDArray[np.bool_] = np.isclose(one, two, rtol=1e-6, atol=1e-9, equal_nan=True)
    return ~same


def _texts_differ(first: pa.ChunkedArray, again: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    pairs = zip(first.to_pylist(), again.to_pylist(), strict=True)
    return np.array([one != two for one, two in pairs], dtype=bool)
