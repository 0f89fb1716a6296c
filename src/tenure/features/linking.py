"""Population x source → the source's rows that were known at each event.

This is where a row from the future is kept out; everything else reads what is returned here.

A row counts for an event when ``_known_at <= event time`` and no corrected version of it was known by
then. Rows of a source without times are known always. A source with a time of which a row has none
does not count that row: nobody can tell when it was known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from tenure.domain.sources import Source
from tenure.domain.tables import AS_OF, EVENT_TIME, ROW_EVENT_TIME, ROW_KNOWN_AT

ROW_ID = "__row"
"""Number of the population's row."""
EVENT = "__event"
"""Event time of the population's row."""
KNOWN = "__known"
"""When a row of a source became known; with `through`, also the row that links it."""
_UNTIL = "__until"
_RANK = "__rank"
_INTERNAL = (ROW_ID, EVENT, KNOWN)


def is_timed(source: Source) -> bool:
    """Whether rows of the source became known at a time."""
    return source.event_time is not None or source.known_at is not None


def shared_keys(source: Source, columns: Sequence[str]) -> tuple[str, ...]:
    """The keys of a source that are among the columns it can be joined by."""
    return tuple(key for key in source.key_columns if key in columns and key != EVENT_TIME)


def gives_one_row(source: Source, columns: Sequence[str]) -> bool:
    """Whether the source has at most one row per entity and time; children have more."""
    return source.unique and set(source.key_columns) <= set(shared_keys(source, columns))


def latest_versions(table: ir.Table, source: Source) -> ir.Table:
    """The rows of a source without those that a later version of the same row corrects.

    A row is the same by keys and event time, where the source says that these identify it. Its last
    version is the one known last, of those the one of the latest period.
    """
    if not source.unique:
        return table
    rank = ibis.row_number().over(
        group_by=_identity(source), order_by=[ibis.desc(column) for column in _version_order(table)]
    )
    return table.mutate(**{_RANK: rank}).filter(lambda t: t[_RANK] == 0).drop(_RANK)


def known_rows(
    population: ir.Table,
    name: str,
    *,
    tables: Mapping[str, ir.Table],
    sources: Mapping[str, Source],
    through: str | None = None,
) -> ir.Table:
    """The rows of a source known at each event: as many per event as there are.

    Parameters
    ----------
    population
        Rows with `ROW_ID`, ``event_time``, and the columns that sources are joined by.
    name
        The source.
    tables
        Silver tables by source.
    sources
        What the project file says of them.
    through
        The source that has the population's keys, and columns that are keys of this source.

    Returns
    -------
    ibis.Table
        `ROW_ID`, `EVENT`, `KNOWN` and all columns of the source.
    """
    if through is None:
        anchor = population.select(ROW_ID, *_joinable(population), **{EVENT: population[EVENT_TIME]})
        return _known(anchor, tables[name], sources[name])
    parent = known_rows(population, through, tables=tables, sources=sources)
    links = shared_keys(sources[name], own_columns(parent))
    anchor = parent.group_by([ROW_ID, EVENT, *links]).aggregate(__linked=parent[KNOWN].max())
    return _known(anchor, tables[name], sources[name])


def own_columns(rows: ir.Table) -> tuple[str, ...]:
    """The columns of linked rows that are the source's own."""
    return tuple(name for name in rows.columns if name not in _INTERNAL)


def _known(anchor: ir.Table, table: ir.Table, source: Source) -> ir.Table:
    """Anchors joined with the source's rows known at their event, by all keys they share."""
    links = shared_keys(source, anchor.columns)
    near = table.semi_join(anchor, list(links)) if links else table
    rows = _with_versions(near, source)
    has_link = "__linked" in anchor.columns
    right = anchor.select(ROW_ID, EVENT, *links, *(["__linked"] if has_link else []))
    right = right.rename({f"__by_{number}": key for number, key in enumerate(links)})
    on = [rows[key] == right[f"__by_{number}"] for number, key in enumerate(links)]
    joined = rows.inner_join(right, on) if on else rows.cross_join(right)
    if is_timed(source):
        joined = joined.filter(_was_known(joined))
    known = ibis.greatest(joined[ROW_KNOWN_AT], joined["__linked"]) if has_link else joined[ROW_KNOWN_AT]
    return joined.select(ROW_ID, EVENT, *table.columns, **{KNOWN: known})


def _with_versions(table: ir.Table, source: Source) -> ir.Table:
    """Rows with the time at which the next version of each became known, where there can be versions."""
    if not is_timed(source):
        return latest_versions(table, source)
    if not source.unique:
        return table
    following = (
        table[ROW_KNOWN_AT].lead().over(group_by=_identity(source), order_by=list(_version_order(table)))
    )
    return table.mutate(**{_UNTIL: following})


def _was_known(rows: ir.Table) -> ir.BooleanValue:
    known = rows[ROW_KNOWN_AT] <= rows[EVENT]
    if _UNTIL not in rows.columns:
        return known
    return known & (rows[_UNTIL].isnull() | (rows[_UNTIL] > rows[EVENT]))


def _identity(source: Source) -> list[str]:
    return [*source.key_columns, ROW_EVENT_TIME]


def _version_order(table: ir.Table) -> tuple[str, ...]:
    """Columns by which versions of one row follow each other."""
    return (ROW_KNOWN_AT, AS_OF) if AS_OF in table.columns else (ROW_KNOWN_AT,)


def _joinable(population: ir.Table) -> list[str]:
    return [name for name in population.columns if name not in {ROW_ID, EVENT_TIME}]
