"""The datamart → silver tables as they were known by the end of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import ibis.expr.types as ir

from tenure.domain.sources import Source
from tenure.domain.tables import ROW_KNOWN_AT, Snapshot, silver
from tenure.errors import SourceError, StoreError
from tenure.features.linking import is_timed
from tenure.features.preparing import END, end_of, prepared
from tenure.ports import Engine, TableStore


def read_silver(
    names: Iterable[str],
    *,
    sources: Mapping[str, Source],
    until: date | None,
    known_by: date,
    store: TableStore,
    engine: Engine,
) -> dict[str, ir.Table]:
    """The silver tables of some sources, with what was known by the end of a day and nothing else.

    Parameters
    ----------
    names
        Which sources.
    sources
        What the project file says of them.
    until
        The last period whose rows are read; None for all of them.
    known_by
        The day: rows that became known after it are left out, whatever period they came in.
    store, engine
        Where the tables are, and what reads them.

    Raises
    ------
    SourceError
        If a source has never been cleaned.
    """
    tables = {name: engine.scan(_snapshot(name, sources[name], until, store)) for name in names}
    return {name: _known_by(known_by, rows, sources[name], engine) for name, rows in tables.items()}


def _snapshot(name: str, source: Source, until: date | None, store: TableStore) -> Snapshot:
    table = silver(name)
    first = None if is_timed(source) else _last_delivery(table, until, store)
    try:
        return store.snapshot(table, after=first, until=until)
    except StoreError as error:
        raise SourceError(
            f"source `{name}` has no table `{table}`, and features or labels need it",
            hint="ingest and clean a period in which it has rows first: `tenure run --as-of D`.",
        ) from error


def _known_by(day: date, rows: ir.Table, source: Source, engine: Engine) -> ir.Table:
    if not is_timed(source):
        return rows
    at = {END: end_of(day)}
    return prepared("known", lambda each: each.filter(each[ROW_KNOWN_AT] < END), rows, engine=engine, at=at)


def _last_delivery(table: str, until: date | None, store: TableStore) -> date | None:
    """The day before the last period in which a source without times came; None when it never did.

    Such a source comes whole each time that it has changed: its last delivery is all there is of it.
    """
    periods = [period for period in store.periods(table) if until is None or period <= until]
    return periods[-1] - timedelta(days=1) if periods else None
