"""Rows that say the same twice, and rows that contradict each other: which one silver keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from tenure.domain.tables import FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_COPY, _N_CONTENTS, _PLACE = "_copy", "_n_contents", "_place"
_BOOKKEEPING = (FILE, ROW, ROW_KNOWN_AT)
_N_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Rows with the same keys and event time that say different things."""

    n_groups: int = 0
    n_rows: int = 0
    """Rows that give way to the last one."""
    examples: tuple[str, ...] = ()


def without_copies(rows: ir.Table) -> ir.Table:
    """One of each set of rows that say the same; the last by when it was known, file and row."""
    content = [rows[name] for name in rows.columns if name not in _BOOKKEEPING]
    window = ibis.window(group_by=content, order_by=_last_first(rows))
    numbered = rows.mutate(**{_COPY: ibis.row_number().over(window)})
    return numbered.filter(numbered[_COPY] == 0).drop(_COPY)


def last_of_each(rows: ir.Table, identity: Sequence[str]) -> ir.Table:
    """The last row of each key and event time, by when it was known, file and row.

    Rows without a key or part of one are all kept: nothing says that they are the same.
    """
    group = [rows[name] for name in (*identity, ROW_EVENT_TIME)]
    window = ibis.window(group_by=group, order_by=_last_first(rows))
    numbered = rows.mutate(**{_PLACE: ibis.row_number().over(window)})
    lacking = ibis.or_(*(numbered[name].isnull() for name in identity))
    return numbered.filter((numbered[_PLACE] == 0) | lacking).drop(_PLACE)


def measure_conflicts(rows: ir.Table, identity: Sequence[str], *, engine: Engine) -> Conflicts:
    """How many keys and event times have several rows; `rows` holds no copies.

    Parameters
    ----------
    rows
        Rows of silver, each of which says something of its own.
    identity
        The keys.
    engine
        Where the rows are.
    """
    whole = rows.filter(ibis.and_(*(rows[name].notnull() for name in identity)))
    groups = whole.group_by([*identity, ROW_EVENT_TIME]).aggregate(**{_N_CONTENTS: whole.count()})
    several = groups.filter(groups[_N_CONTENTS] > 1)
    counted = engine.arrow(
        several.aggregate(n=several.count(), rows=(several[_N_CONTENTS] - 1).sum())
    ).to_pylist()[0]
    first = several.order_by([*identity, ROW_EVENT_TIME]).limit(_N_EXAMPLES).select(*identity, ROW_EVENT_TIME)
    shown = engine.arrow(first).to_pylist() if counted["n"] else []
    return Conflicts(counted["n"], counted["rows"] or 0, tuple(map(show_identity, shown)))


def show_identity(row: dict[str, object]) -> str:
    """Keys and event time of a row as a person reads them.

    Examples
    --------
    >>> from datetime import datetime
    >>> show_identity({"id": "CUS_1", "_event_time": datetime(2024, 1, 1)})
    'id=CUS_1 at 2024-01-01'
    """
    keys = ", ".join(f"{name}={str(value)[:40]}" for name, value in row.items() if name != ROW_EVENT_TIME)
    event_time = row.get(ROW_EVENT_TIME)
    return f"{keys} at {str(event_time).removesuffix(' 00:00:00')}" if event_time is not None else keys


def _last_first(rows: ir.Table) -> list[ir.Value]:
    return [rows[name].desc() for name in (ROW_KNOWN_AT, FILE, ROW)]
