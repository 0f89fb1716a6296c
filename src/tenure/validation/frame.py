"""The rows that are checked: typed columns, and beside them what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from tenure.domain.periods import Period
from tenure.domain.reading import RepairKind, parsed, received, repaired, typed, why_repaired
from tenure.domain.sources import Column, Source
from tenure.domain.tables import AS_OF, DIGEST, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT, bronze
from tenure.ports import Engine, TableStore
from tenure.validation.columns import must_be_read, read_name, readable_word, repaired_name
from tenure.validation.suite import COPIES, identity_columns, identity_name

if TYPE_CHECKING:
    import ibis.expr.types as ir

_BOOKKEEPING = frozenset({FILE, ROW, DIGEST, AS_OF})
_LONGEST_TEXT = 80
_TIMES = (ROW_EVENT_TIME, ROW_KNOWN_AT)


def period_rows(name: str, period: Period, *, store: TableStore, engine: Engine) -> ir.Table:
    """The bronze rows that became known in the period."""
    before = period.as_of - timedelta(days=1)
    return engine.scan(store.snapshot(bronze(name), after=before, until=period.as_of))


def load_frame(rows: ir.Table, source: Source, *, engine: Engine, with_undeclared: bool = False) -> pa.Table:
    """The rows that a suite looks at, in memory: one period of one source, in the order of its files.

    Declared columns and keys come typed, under their own names; a column that is not there is left
    out, so that its checks cannot run. Beside them stand ``<column> as read``, ``<column> after
    repairs``, the identity of each row and which rows are copies.

    Parameters
    ----------
    rows
        Bronze rows of one source in one period.
    source
        What the project file says of it.
    engine
        Whoever parses times, and computes.
    with_undeclared
        Whether columns that the project file does not mention come along, as received.
    """
    wanted = _expression(rows, source, engine=engine, with_undeclared=with_undeclared)
    frame = engine.arrow(wanted)
    for name, rule in source.columns.items():
        if name in frame.column_names:
            frame = _judged(frame, name, rule)
    return frame


def _expression(rows: ir.Table, source: Source, *, engine: Engine, with_undeclared: bool) -> ir.Table:
    """The frame as an expression over rows that are parsed once, and kept while it is computed."""
    rules = {name: source.columns.get(name, Column()) for name, _ in _values(rows, source)}
    parse = {
        f"_parsed_{position}": parsed(value, rules[name], engine=engine)
        for position, (name, value) in enumerate(_values(rows, source))
    }
    marked = engine.cache(rows.mutate(**parse, **{COPIES: _is_copy(rows)}))
    results = dict(zip(rules, (marked[name] for name in parse), strict=True))
    values = dict(_values(marked, source))
    columns = {
        name: _compared(typed(values[name], rule, engine=engine, result=results[name]), rule)
        for name, rule in rules.items()
    }
    identity = _identity(marked, columns, source)
    columns |= dict(_beside(values, results, source, engine))
    columns |= {name: marked[name] for name in _TIMES if name in marked.columns}
    columns[COPIES] = ibis.ifelse(marked[COPIES], identity, ibis.null("string"))
    columns[identity_name(source)] = ibis.ifelse(marked[COPIES], ibis.null("string"), identity)
    if with_undeclared:
        others = (name for name in rows.columns if name not in columns and name not in _BOOKKEEPING)
        columns |= {name: marked[name] for name in others}
    return marked.order_by(_arrival(marked)).select(**columns)


def _judged(frame: pa.Table, name: str, rule: Column) -> pa.Table:
    """The column without infinite values, and the word for readable in ``<column> as read``.

    Done here and not in the expression: there, every mention of a typed value repeats all of its
    parsing in the query, which took longer to write than to run.
    """
    values = frame[name]
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_inf(values), pa.scalar(None, values.type), values)
        frame = frame.set_column(frame.column_names.index(name), name, values)
    if not must_be_read(rule):
        return frame
    told = pc.if_else(pc.is_valid(values), readable_word(), frame[read_name(name)])
    return frame.set_column(frame.column_names.index(read_name(name)), read_name(name), told)


def _values(rows: ir.Table, source: Source) -> Iterator[tuple[str, ir.Value]]:
    """The declared columns and keys that are there, as received."""
    for name in dict.fromkeys((*source.columns, *source.key_columns)):
        value = received(rows, name, source.columns.get(name, Column()))
        if value is not None:
            yield name, value


def _compared(value: ir.Value, rule: Column) -> ir.Value:
    """The value as text where it is compared with texts."""
    return value.cast("string") if rule.values is not None and not value.type().is_numeric() else value


def _beside(
    values: Mapping[str, ir.Value], results: Mapping[str, ir.Value], source: Source, engine: Engine
) -> Iterator[tuple[str, ir.Value]]:
    """What stands beside the columns: the text of what cannot be read, and what repairs leave."""
    for name, rule in source.columns.items():
        if name not in values:
            continue
        if must_be_read(rule):
            why = why_repaired(values[name], rule, engine=engine, result=results[name])
            is_unread = why.isin([str(RepairKind.UNREADABLE), str(RepairKind.INFINITE)])
            text = values[name].cast("string").substr(0, _LONGEST_TEXT)
            yield read_name(name), ibis.ifelse(is_unread, text, ibis.null("string"))
        if rule.max_null_share is not None:
            yield repaired_name(name), repaired(values[name], rule, engine=engine, result=results[name])


def _is_copy(rows: ir.Table) -> ir.BooleanValue:
    """Whether a row with the same value in every received column came before it."""
    received_columns = [rows[name] for name in rows.columns if name not in _BOOKKEEPING]
    window = ibis.window(group_by=received_columns, order_by=_arrival(rows))
    return ibis.row_number().over(window) > 0


def _arrival(rows: ir.Table) -> list[ir.Value]:
    return [rows[name] for name in (FILE, ROW) if name in rows.columns]


def _identity(rows: ir.Table, values: dict[str, ir.Value], source: Source) -> ir.StringValue:
    """The keys and times of a row as one text; null where one of them is missing.

    Parts are joined by a single bar; bars inside a part are doubled, so no two identities coincide.
    """
    parts = [
        values.get(name, rows[name] if name in rows.columns else None) for name in identity_columns(source)
    ]
    texts = [ibis.null("string") if part is None else part.cast("string") for part in parts]
    return texts[0] if len(texts) == 1 else _joined(text.replace("|", "||") for text in texts)


def _joined(texts: Iterable[ir.StringValue]) -> ir.StringValue:
    return reduce(lambda left, right: left + ibis.literal(" | ") + right, texts)
