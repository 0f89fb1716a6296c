"""The rows that are checked: typed columns, and beside them what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from tenure.domain.periods import Period
from tenure.domain.reading import RepairKind, parsed, received, repaired, typed, why_repaired
from tenure.domain.sources import Source
from tenure.domain.tables import AS_OF, DIGEST, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT, bronze
from tenure.ports import Engine, TableStore
from tenure.validation.columns import must_be_read, read_name, readable_word, repaired_name, rule_of
from tenure.validation.suite import COPIES, identity_columns, identity_name

if TYPE_CHECKING:
    import ibis.expr.types as ir

_TIMES = (ROW_EVENT_TIME, ROW_KNOWN_AT)
_BOOKKEEPING = frozenset({FILE, ROW, DIGEST, AS_OF, *_TIMES})
_LONGEST_TEXT = 80
_PARSED = "_parsed "
_ROWS = "rows"


def period_rows(name: str, period: Period, *, store: TableStore, engine: Engine) -> ir.Table:
    """The bronze rows that became known in the period."""
    before = period.as_of - timedelta(days=1)
    return engine.scan(store.snapshot(bronze(name), after=before, until=period.as_of))


def load_frame(rows: ir.Table, source: Source, *, engine: Engine, with_undeclared: bool = False) -> pa.Table:
    """The rows that a suite looks at, in memory: one period of one source, in the order of its files.

    Declared columns and keys come typed, under their own names; a column that is not there is left
    out, so that its checks cannot run. Beside them stand ``<column> as read``, ``<column> after
    repairs``, the identity of each row and which rows are copies. Values are parsed once and then
    looked at, and both queries are written once per source: for a month of rows writing them takes
    longer than running them.

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
    others = rows.columns if with_undeclared else ()
    key = f"validation {with_undeclared} {source.model_dump_json()}"
    read = engine.prepared(f"{key} parse", lambda given: _parse(given[_ROWS], source, engine), {_ROWS: rows})
    frame = engine.prepared(
        f"{key} frame",
        lambda given: _frame(given[_ROWS], source, engine, others=others),
        {_ROWS: engine.cache(read)},
    )
    return engine.arrow(frame)


def _parse(rows: ir.Table, source: Source, engine: Engine) -> ir.Table:
    """The raw rows with each value parsed, and whether the row is a copy of an earlier one."""
    results = {
        _PARSED + name: parsed(value, rule_of(source, name), engine=engine)
        for name, value in _values(rows, source)
    }
    return rows.mutate(**results, **{COPIES: _is_copy(rows)})


def _frame(rows: ir.Table, source: Source, engine: Engine, *, others: Iterable[str]) -> ir.Table:
    columns = dict(_typed_columns(rows, source, engine))
    identity = _identity(rows, columns, source)
    columns |= dict(_beside(rows, source, engine))
    columns |= {name: rows[name] for name in _TIMES if name in rows.columns}
    columns[COPIES] = ibis.ifelse(rows[COPIES], identity, ibis.null("string"))
    columns[identity_name(source)] = ibis.ifelse(rows[COPIES], ibis.null("string"), identity)
    columns |= {name: rows[name] for name in others if name not in columns and name not in _BOOKKEEPING}
    return rows.order_by(_arrival(rows)).select(**columns)


def _values(rows: ir.Table, source: Source) -> Iterator[tuple[str, ir.Value]]:
    """The declared columns and keys that are there, as received."""
    for name in dict.fromkeys((*source.columns, *source.key_columns)):
        value = received(rows, name, rule_of(source, name))
        if value is not None:
            yield name, value


def _typed_columns(rows: ir.Table, source: Source, engine: Engine) -> Iterator[tuple[str, ir.Value]]:
    """Columns as their checks compare them: finite, and as text where they are compared with texts."""
    for name, raw in _values(rows, source):
        rule = rule_of(source, name)
        value = typed(raw, rule, engine=engine, result=rows[_PARSED + name])
        if value.type().is_floating():
            value = ibis.ifelse(value.isinf(), ibis.null(value.type()), value)
        elif rule.values is not None and not value.type().is_numeric():
            value = value.cast("string")
        yield name, value


def _beside(rows: ir.Table, source: Source, engine: Engine) -> Iterator[tuple[str, ir.Value]]:
    """What stands beside a column: what could be read of it, and what repairs leave."""
    for name, raw in _values(rows, source):
        rule, result = rule_of(source, name), rows[_PARSED + name]
        if must_be_read(rule):
            why = why_repaired(raw, rule, engine=engine, result=result)
            known = typed(raw, rule, engine=engine, result=result)
            yield read_name(name), _as_read(raw, known, why)
        if rule.max_null_share is not None:
            yield repaired_name(name), repaired(raw, rule, engine=engine, result=result)


def _as_read(raw: ir.Value, known: ir.Value, why: ir.StringValue) -> ir.StringValue:
    """The text where it cannot be read, the word for readable where it can; null where nothing is said."""
    return ibis.cases(
        (
            why.isin([str(RepairKind.UNREADABLE), str(RepairKind.INFINITE)]),
            raw.cast("string").substr(0, _LONGEST_TEXT),
        ),
        (known.notnull(), ibis.literal(readable_word())),
        else_=ibis.null("string"),
    )


def _is_copy(rows: ir.Table) -> ir.BooleanValue:
    """Whether a row with the same value in every received column came before it."""
    received_columns = [rows[name] for name in rows.columns if name not in _BOOKKEEPING]
    window = ibis.window(group_by=received_columns, order_by=_arrival(rows))
    return ibis.row_number().over(window) > 0


def _arrival(rows: ir.Table) -> list[ir.Value]:
    return [rows[FILE], rows[ROW]]


def _identity(rows: ir.Table, columns: dict[str, ir.Value], source: Source) -> ir.StringValue:
    """The keys and times of a row as one text; null where one of them is missing.

    Parts are joined by a single bar; bars inside a part are doubled, so no two identities coincide.
    """
    found = (
        columns.get(name, rows[name] if name in rows.columns else None) for name in identity_columns(source)
    )
    texts = [ibis.null("string") if part is None else part.cast("string") for part in found]
    return texts[0] if len(texts) == 1 else _joined(text.replace("|", "||") for text in texts)


def _joined(texts: Iterable[ir.StringValue]) -> ir.StringValue:
    return reduce(lambda left, right: left + ibis.literal(" | ") + right, texts)
