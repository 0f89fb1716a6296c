"""Raw files -> what is in them, by the engine: one table of distinct values, and sums over it.

Rows are counted, and keys tested, on all rows. Values are looked at on 250,000 rows at most (of a table
with more than 100 columns, on 25 million cells): every second, third, ... row of each file, always the same
ones. What is rarer than one in that many rows may be missed; a draft says where it left rows out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.selectors as s

from tenure.domain.reading import parsed
from tenure.domain.sources import Column, ColumnType
from tenure.domain.tables import FILE, ROW, RawTable
from tenure.drafting.looks import ColumnLook, Held, SourceLook, ValueCount
from tenure.drafting.patterns import DECORATION, PATTERNS
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir

MOST_ROWS = 250_000
"""Rows whose values are looked at, at most."""
MOST_CELLS = 25_000_000
"""Cells that are looked at, at most."""
N_TOP = 40
"""Most frequent values that a look keeps of a column."""
_LONGEST = 200
_SUMS = ("n_values", "n_numbers", "n_decorated", "n_whole", "n_padded", "n_spans")


def look_at(raw: RawTable, *, engine: Engine, rows: ir.Table | None = None) -> tuple[SourceLook, ir.Table]:
    """What is in the files of a source, and its distinct values.

    Parameters
    ----------
    raw
        The files.
    engine
        What reads them and looks.
    rows
        Those of the files' rows that are looked at, with ``_file`` and ``_row``; all of them when absent.

    Returns
    -------
    SourceLook
        Counts and most frequent values of every column.
    ibis.Table
        ``column`` (its position as text), ``value``, ``n`` (rows that have it), ``number`` (null where it
        is none as it stands), ``core`` (the number without what stands around it).

    Raises
    ------
    SourceError
        If a file cannot be read.
    """
    rows = engine.read_raw(raw) if rows is None else rows
    n_rows = _scalar(engine, rows.count())
    names = own_columns(rows)
    most_rows = min(MOST_ROWS, max(1, MOST_CELLS // max(1, len(names))))
    step = max(1, math.ceil(n_rows / most_rows))
    looked = rows.filter((rows[ROW] - 1) % step == 0) if step > 1 else rows
    n_looked = _scalar(engine, looked.count()) if step > 1 else n_rows
    held = {name: held_as(rows[name].type()) for name in names}
    values = engine.cache(_values(looked, held, engine))
    columns = _columns(values, held, n_looked, engine)
    return SourceLook(raw, n_rows, step, columns, _partial(raw, names, engine)), values


def own_columns(rows: ir.Table) -> tuple[str, ...]:
    """The columns of raw rows that the files have."""
    return tuple(name for name in rows.columns if name not in {FILE, ROW})


def held_as(dtype: dt.DataType) -> Held:
    """What a file says that a column holds."""
    if dtype.is_boolean():
        return Held.BOOLEAN
    if dtype.is_integer():
        return Held.INTEGER
    if dtype.is_floating() or dtype.is_decimal():
        return Held.NUMBER
    if dtype.is_date() or dtype.is_timestamp():
        return Held.TIME
    is_plain = dtype.is_string() or dtype.is_uuid() or dtype.is_time() or dtype.is_null()
    return Held.TEXT if is_plain else Held.OTHER


def as_text(value: ir.Value) -> ir.StringValue:
    """A raw value as trimmed text; null where nothing is left of it."""
    text = value if value.type().is_string() else value.cast("string")
    return text.strip().nullif("")


def _values(rows: ir.Table, held: Mapping[str, Held], engine: Engine) -> ir.Table:
    """The distinct values of all columns with the rows that have them."""
    texts = {n: as_text(rows[name]) for n, name in enumerated(held) if held[name] is not Held.OTHER}
    if not texts:
        texts = {"0": ibis.null("string")}
    long = rows.select(**texts).pivot_longer(s.all(), names_to="column", values_to="value")
    present = long.filter(long["value"].notnull() & (long["value"].lower() != "nan"))
    counts = present.group_by(["column", "value"]).aggregate(n=present.count())
    core = counts["value"].re_replace(DECORATION, "")
    return counts.mutate(
        number=parsed(counts["value"], Column(type=ColumnType.NUMBER), engine=engine),
        core=parsed(core, Column(type=ColumnType.NUMBER), engine=engine),
    )


def _columns(
    values: ir.Table, held: Mapping[str, Held], n_rows: int, engine: Engine
) -> tuple[ColumnLook, ...]:
    sums = {row["column"]: row for row in _rows(engine, _sums(values, engine))}
    top, odd = _most_frequent(values, engine), _most_frequent(_odd(values), engine)
    return tuple(
        ColumnLook(name, held[name], n_rows, top=tuple(top[n]), odd=tuple(odd[n]), **_counts(sums.get(n, {})))
        for n, name in enumerated(held)
    )


def enumerated(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names of columns, each with its position as text: what distinct values call it."""
    return ((str(number), name) for number, name in enumerate(names))


def _counts(sums: Mapping[str, Any]) -> dict[str, Any]:
    counts = {key: int(sums.get(key) or 0) for key in (*_SUMS, "n_distinct", "longest")}
    return counts | {"patterns": {name: int(sums.get(f"is_{name}") or 0) for name in PATTERNS}}


def _sums(values: ir.Table, engine: Engine) -> ir.Table:
    """Rows of each column by the form of their value."""
    value, n = values["value"], values["n"]
    spans = parsed(value, Column(type=ColumnType.MONTHS), engine=engine).notnull() & value.re_search(
        "[YyMmAa]"
    )
    known = {
        "n_numbers": values["number"].notnull(),
        "n_decorated": values["number"].isnull() & values["core"].notnull(),
        "n_whole": (values["core"] % 1) == 0,
        "n_padded": value.re_search("^0[0-9]+$"),
        "n_spans": spans,
    }
    known |= {f"is_{name}": value.re_search(pattern) for name, pattern in PATTERNS.items()}
    rows = {
        name: ibis.ifelse(test.fill_null(ibis.literal(value=False)), n, 0).sum()
        for name, test in known.items()
    }
    return values.group_by("column").aggregate(
        n_values=n.sum(), n_distinct=values.count(), longest=value.length().max(), **rows
    )


def _odd(values: ir.Table) -> ir.Table:
    """The values that are no numbers as they stand, with the rows that have the same number plainly."""
    plain = ibis.ifelse(values["number"].notnull(), values["n"], 0)
    twins = plain.sum().over(group_by=[values["column"], values["core"]])
    counted = values.mutate(n_twins=ibis.ifelse(values["core"].isnull(), 0, twins))
    return counted.filter(counted["number"].isnull())


def _most_frequent(values: ir.Table, engine: Engine) -> Mapping[str, list[ValueCount]]:
    """The most frequent values of each column; equally frequent ones in no order, but always the same."""
    order = [ibis.desc(values["n"]), values["value"].hexdigest("md5")]
    rank = ibis.row_number().over(group_by=values["column"], order_by=order)
    twins = values["n_twins"] if "n_twins" in values.columns else ibis.literal(0)
    ranked = values.mutate(rank=rank, n_twins=twins).filter(lambda t: t["rank"] < N_TOP)
    kept = ranked.mutate(value=ranked["value"].left(_LONGEST)).order_by(["column", "rank"])
    found: defaultdict[str, list[ValueCount]] = defaultdict(list)
    for row in _rows(engine, kept.select("column", "value", "n", "core", "n_twins")):
        found[row["column"]].append(ValueCount(row["value"], row["n"], row["core"], int(row["n_twins"])))
    return found


def _partial(raw: RawTable, names: Iterable[str], engine: Engine) -> Mapping[str, int]:
    """The columns that some files lack, with the number of files that have them."""
    files = engine.raw_columns(raw)
    counts = {name: sum(name in columns for columns in files.values()) for name in names}
    return {name: n for name, n in counts.items() if n < len(files)}


def _scalar(engine: Engine, value: ir.Scalar) -> int:
    return int(engine.arrow(value.name("value").as_table())["value"][0].as_py() or 0)


def _rows(engine: Engine, expression: ir.Table) -> Iterator[dict[str, Any]]:
    yield from engine.arrow(expression).to_pylist()
