"""The columns of a source under the names the project file gives them, whatever its files call them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tenure.domain.reading import received
from tenure.domain.sources import Column, Source
from tenure.domain.tables import AS_OF, DIGEST, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT

if TYPE_CHECKING:
    import ibis.expr.types as ir

BOOKKEEPING = frozenset({FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT, DIGEST, AS_OF})
"""Columns of bronze and silver that are not the source's own."""


def their_name(column: str) -> str:
    """What a column of somebody else's table is called in bronze: another name where that one is taken.

    Examples
    --------
    >>> their_name("income"), their_name("as_of"), their_name("_known_at")
    ('income', 'their_as_of', 'their_known_at')
    """
    return f"their_{column.lstrip('_')}" if column.lower() in BOOKKEEPING else column


def declared_columns(source: Source) -> tuple[str, ...]:
    """Every column that the project file names for a source: keys, times, rules."""
    times = (each for each in (source.event_time, source.known_at) if each is not None)
    return tuple(dict.fromkeys((*source.keys, *times, *source.columns)))


def canonical_columns(rows: ir.Table, source: Source) -> dict[str, ir.Value]:
    """The source's own columns by the names the project file gives them, whatever the files call them."""
    declared = {name: received(rows, name, rule_of(name, source)) for name in declared_columns(source)}
    known = {name: value for name, value in declared.items() if value is not None}
    return known | {name: rows[name] for name in undeclared_columns(rows.columns, source)}


def undeclared_columns(columns: Iterable[str], source: Source) -> tuple[str, ...]:
    """Those columns that the project file does not name, under their own name or a former one."""
    declared = declared_columns(source)
    former = {old for name in declared for old in rule_of(name, source).renamed_from}
    named = {*declared, *former, *BOOKKEEPING}
    return tuple(column for column in columns if column not in named)


def rule_of(name: str, source: Source) -> Column:
    """What the project file says of a column; a rule that says nothing where it says nothing."""
    return source.columns.get(name, Column())
