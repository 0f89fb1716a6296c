"""The datamart → silver tables as they were known by the end of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

import ibis
import ibis.expr.types as ir

from tenure.domain.sources import Source
from tenure.domain.tables import ROW_KNOWN_AT, silver
from tenure.errors import SourceError, StoreError
from tenure.features.linking import is_timed
from tenure.ports import Engine, TableStore


def end_of(day: date) -> datetime:
    """The first moment after a day: what is known by the day was known before it.

    Examples
    --------
    >>> end_of(date(2024, 2, 29))
    datetime.datetime(2024, 3, 1, 0, 0)
    """
    return datetime.combine(day, time.min) + timedelta(days=1)


def read_silver(
    names: Iterable[str],
    *,
    sources: Mapping[str, Source],
    known_by: date,
    store: TableStore,
    engine: Engine,
) -> dict[str, ir.Table]:
    """The silver tables of some sources, with what was known by the end of a day and nothing else.

    Raises
    ------
    SourceError
        If a source has never been cleaned.
    """
    return {name: _read(name, sources[name], known_by, store, engine) for name in names}


def _read(name: str, source: Source, known_by: date, store: TableStore, engine: Engine) -> ir.Table:
    try:
        snapshot = store.snapshot(silver(name), until=known_by)
    except StoreError as error:
        raise SourceError(
            f"source `{name}` has no table `{silver(name)}`, and the features of {known_by} need it",
            hint="ingest and clean a period in which it has rows first: `tenure run --as-of D`.",
        ) from error
    rows = engine.scan(snapshot)
    if not is_timed(source):
        return rows
    return rows.filter(rows[ROW_KNOWN_AT] < ibis.timestamp(end_of(known_by)))
