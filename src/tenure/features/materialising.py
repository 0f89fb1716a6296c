"""gold/features → the online store: the latest row of each entity, as known by the end of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from tenure.domain.tables import AS_OF, EVENT_TIME, FEATURES, KNOWN_AT
from tenure.errors import OnlineStoreError
from tenure.ports import Engine, OnlineStore, TableStore


def materialise(
    as_of: date, *, keys: Sequence[str], store: TableStore, engine: Engine, online: OnlineStore
) -> int:
    """Fill the online store anew from gold, in one step; how many entities it has then.

    Of each entity it has the row with the latest event time, of two at one time that of the later period,
    among the rows of the periods until `as_of`. What was there before is gone, newer rows included.

    Raises
    ------
    OnlineStoreError
        If there are no features, or the store cannot be written to; it is then as it was.
    """
    if not store.exists(FEATURES):
        raise OnlineStoreError(
            f"there is no table {FEATURES} to fill the online store from",
            hint="`tenure build` makes it, and fills the online store itself.",
        )
    rows = engine.scan(store.snapshot(FEATURES, until=as_of))
    return online.replace(engine.batches(latest_rows(rows, keys=keys)), keys=keys)


def materialise_period(
    as_of: date, *, keys: Sequence[str], store: TableStore, engine: Engine, online: OnlineStore
) -> int:
    """Bring the period's rows of gold into the online store, in one step; how many were looked at.

    A newer row of an entity stays. Where the store has rows that an earlier run of the period wrote, they may
    be in gold no more, and what they replaced is: then all of gold is looked at, later periods included.
    """
    if online.holds(as_of):
        newest = max((as_of, *store.periods(FEATURES)))
        return materialise(newest, keys=keys, store=store, engine=engine, online=online)
    rows = engine.scan(store.snapshot(FEATURES, after=as_of - timedelta(days=1), until=as_of))
    return online.add(engine.batches(latest_rows(rows, keys=keys)), keys=keys)


def latest_rows(rows: ir.Table, *, keys: Sequence[str]) -> ir.Table:
    """Of each entity the row with the latest event time, then of the latest period; without ``known_at``."""
    newest_first = [ibis.desc(rows[EVENT_TIME]), ibis.desc(rows[AS_OF])]
    window = ibis.window(group_by=list(keys), order_by=newest_first)
    numbered = rows.drop(KNOWN_AT).mutate(_age=ibis.row_number().over(window))
    return numbered.filter(numbered["_age"] == 0).drop("_age")
