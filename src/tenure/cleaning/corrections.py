"""Rows that correct what an earlier period took in: the same key and event time, other content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tenure.cleaning.copies import show_identity
from tenure.domain.columns import BOOKKEEPING
from tenure.domain.periods import Period
from tenure.domain.tables import ROW_EVENT_TIME, silver
from tenure.ports import Engine, TableStore

if TYPE_CHECKING:
    import ibis.expr.types as ir

_N_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Corrections:
    """Rows of a period whose key and event time an earlier period holds with other content."""

    n_rows: int = 0
    examples: tuple[str, ...] = ()


def measure_corrections(
    name: str,
    rows: ir.Table,
    identity: Sequence[str],
    period: Period,
    *,
    store: TableStore,
    engine: Engine,
) -> Corrections:
    """How many rows say something else of a key and event time than silver did before the period.

    Parameters
    ----------
    name
        The source's name.
    rows
        Its rows of the period, as silver will keep them.
    identity
        The keys.
    period
        The period they belong to.
    store
        Where silver lies.
    engine
        What compares.
    """
    if not store.exists(silver(name)):
        return Corrections()
    before = engine.scan(store.snapshot(silver(name), until=period.end - timedelta(days=1)))
    content = [each for each in rows.columns if each in before.columns and each not in BOOKKEEPING]
    known = _rows_in(rows, before, [*identity, ROW_EVENT_TIME], how="semi")
    changed = _rows_in(known, before, [*content, ROW_EVENT_TIME], how="anti")
    n_rows = int(engine.arrow(changed.aggregate(n=changed.count()))["n"][0].as_py())
    first = changed.order_by([*identity, ROW_EVENT_TIME]).limit(_N_EXAMPLES).select(*identity, ROW_EVENT_TIME)
    shown = engine.arrow(first).to_pylist() if n_rows else []
    return Corrections(n_rows, tuple(map(show_identity, shown)))


def _rows_in(rows: ir.Table, others: ir.Table, names: Sequence[str], *, how: str) -> ir.Table:
    """The rows that have (``semi``) or lack (``anti``) an equal among others; null equals null."""
    keys = {f"_other_{number}": others[name] for number, name in enumerate(names)}
    among = others.select(**keys)
    tests = [rows[name].identical_to(among[key]) for name, key in zip(names, keys, strict=True)]
    return rows.join(among, tests, how=how)
