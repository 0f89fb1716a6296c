"""The columns of silver: what each is read from, by which rule, and what can be repaired in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt

from tenure.domain.columns import declared_columns, rule_of, undeclared_columns
from tenure.domain.reading import (
    RepairKind,
    dtype_of,
    parsed,
    possible_repairs,
    received,
    received_names,
    repaired,
    why_repaired,
)
from tenure.domain.sources import Column, ColumnType, Source
from tenure.domain.tables import FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

TIMES = (ROW_EVENT_TIME, ROW_KNOWN_AT)
"""When a row happened and was known: silver has them beside its columns."""
ORIGIN = (*TIMES, FILE, ROW)
"""What stays beside the columns until it is known which rows are kept."""


@dataclass(frozen=True, slots=True)
class SilverColumn:
    """One column of silver."""

    name: str
    rule: Column
    dtype: dt.DataType
    repairs: tuple[RepairKind, ...]
    """The kinds of repair there can be."""
    is_event_time: bool = False

    @property
    def raw(self) -> str:
        """The parsed rows' column with the value as received; only where something can be repaired."""
        return f"{self.name} as received"

    @property
    def result(self) -> str:
        """The parsed rows' column with the value as its type, before repairs."""
        return f"{self.name} as read" if self.repairs else self.name

    @property
    def why(self) -> str:
        """The column with the kind of repair of each value."""
        return f"{self.name} repaired"


def plan_columns(bronze: ibis.Schema, source: Source) -> tuple[SilverColumn, ...]:
    """The columns of silver: declared ones in the order of the project file, then the others.

    A declared column that did not come is null. The columns of event time and `known_at` are
    timestamps, unless the project file says otherwise.

    Parameters
    ----------
    bronze
        The columns of the source's bronze rows.
    source
        What the project file says of them.
    """
    names = (*declared_columns(source), *undeclared_columns(bronze.names, source))
    return tuple(_plan(name, bronze, source) for name in names)


def parse_rows(rows: ir.Table, columns: Iterable[SilverColumn], *, engine: Engine) -> ir.Table:
    """Every column as its type, and as received where something of it can be repaired.

    Parsing is the costly part, and what silver keeps and why is asked of the same values: so an engine
    keeps these rows.
    """
    values: dict[str, ir.Value] = {}
    for column in columns:
        value = received(rows, column.name, column.rule)
        values |= dict(_values(rows, column, ibis.null("string") if value is None else value, engine))
    return rows.select(**values, **{name: rows[name] for name in ORIGIN})


def repair_rows(rows: ir.Table, columns: Iterable[SilverColumn], *, engine: Engine) -> ir.Table:
    """Parsed rows as silver keeps them, the kind of each repair beside what can be repaired."""
    values: dict[str, ir.Value] = {}
    for column in columns:
        result = rows[column.result]
        values[column.name] = result
        if column.repairs:
            raw = rows[column.raw]
            values[column.name] = repaired(raw, column.rule, engine=engine, result=result)
            values[column.why] = why_repaired(raw, column.rule, engine=engine, result=result)
    return rows.select(**values, **{name: rows[name] for name in ORIGIN})


def _plan(name: str, bronze: ibis.Schema, source: Source) -> SilverColumn:
    rule = _rule(name, source)
    raw = _received_type(bronze, name, rule)
    is_event_time = name == source.event_time and rule.type is ColumnType.DATE
    repairs = () if is_event_time else possible_repairs(raw, rule)
    return SilverColumn(name, rule, dtype_of(raw, rule), repairs, is_event_time)


def _received_type(bronze: ibis.Schema, name: str, rule: Column) -> dt.DataType:
    """The type of a column under whichever names it came; text where they differ, or it did not come."""
    types = {bronze[each] for each in received_names(bronze.names, name, rule)}
    return types.pop() if len(types) == 1 else dt.string


def _values(
    rows: ir.Table, column: SilverColumn, value: ir.Value, engine: Engine
) -> Iterator[tuple[str, ir.Value]]:
    if column.is_event_time:
        yield column.result, rows[ROW_EVENT_TIME]
        return
    if column.repairs:
        yield column.raw, value
    yield column.result, parsed(value, column.rule, engine=engine).cast(column.dtype)


def _rule(name: str, source: Source) -> Column:
    """The rule of a column; the times are dates where their own rule says nothing of a type."""
    rule = rule_of(name, source)
    if name not in (source.event_time, source.known_at) or rule.type is not None:
        return rule
    return rule.model_copy(update={"type": ColumnType.DATE, "format": rule.format or source.time_format})
