"""What identifies a row of a source: sets of columns, tried on all rows, the smallest first."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from tenure.domain.sources import ColumnType
from tenure.domain.wording import counted
from tenure.drafting.draft import ColumnDraft, KeyDraft
from tenure.drafting.looking import as_text, own_columns
from tenure.drafting.looks import ColumnLook, Held, SourceLook
from tenure.drafting.naming import words_of
from tenure.drafting.times import known_column, time_columns
from tenure.drafting.vocabulary import ORDER
from tenure.drafting.wording import as_share
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MOST_IDS = 5
_MOST_TIMES = 3
_MOST_ORDERS = 4
_MOST_NULL = 0.01
_NEARLY = 0.995  # of the different rows: what is left are conflicts, which cleaning reports
_UNFIT = frozenset({ColumnType.NUMBER, ColumnType.DATE, ColumnType.BOOLEAN, ColumnType.MONTHS})


@dataclass(frozen=True, slots=True)
class Candidates:
    """Columns that may be part of a key, by what they would be in it."""

    ids: tuple[str, ...]
    times: tuple[str, ...]
    orders: tuple[str, ...]
    others: tuple[str, ...]
    """Unique columns with no name of a key."""
    known_at: str | None = None
    """The column that says when a row became known."""


def find_key(
    look: SourceLook,
    columns: Sequence[ColumnDraft],
    *,
    shared: Collection[str],
    rows: ir.Table,
    engine: Engine,
) -> KeyDraft:
    """The fewest columns that no two rows share.

    Parameters
    ----------
    look, columns
        The source.
    shared
        Names of columns that other sources have, too.
    rows
        All its raw rows: uniqueness is tested on them, not on a sample.
    engine
        Where it is tested.

    Returns
    -------
    KeyDraft
        Without keys where nothing can be one: no column is called an identifier, and none is unique.
    """
    candidates = find_candidates(look, columns, shared=shared)
    counts = _count_sets(look, candidates, rows, engine)
    best = max(counts, key=lambda names: (counts[names], -len(names)), default=())
    n_best, n_rows = counts.get(best, 0), look.n_rows
    if best and n_rows / 2 <= n_best < n_rows:
        n_rows = n_different_rows(rows, engine=engine)
    seen = _seen(look.n_rows, n_rows, n_best, best)
    if best and n_best >= _NEARLY * n_rows:
        return _unique(best, candidates, seen)
    event_time = next(iter(candidates.times), None)
    return KeyDraft(candidates.ids, seen, event_time, candidates.known_at, unique=False, one_row=False)


def find_candidates(
    look: SourceLook, columns: Sequence[ColumnDraft], *, shared: Collection[str]
) -> Candidates:
    """The columns that keys are made of, the likeliest first.

    Identifiers named like the source come first (``loan_id`` of ``loans``), then those that other
    sources do not have: what only this source knows tells its rows apart.
    """
    fitting = [column for column in columns if _is_fit(look.column(column.name), column)]
    fit, own = [column.name for column in fitting], set(words_of(look.name))
    ids = sorted(
        (column.name for column in fitting if column.is_identifier),
        key=lambda name: (not _is_named_like(name, own), name in shared),
    )
    orders = [name for name in fit if name not in ids and ORDER & set(words_of(name))]
    others = [name for name in fit if name not in ids and look.column(name).is_unique]
    times = time_columns(columns, look)
    return Candidates(
        tuple(ids[:_MOST_IDS]),
        times[:_MOST_TIMES],
        tuple(orders[:_MOST_ORDERS]),
        tuple(others[:1]),
        known_column(columns, look),
    )


def key_sets(candidates: Candidates) -> Iterator[tuple[str, ...]]:
    """The sets of columns that are tried, in order: small ones first, with identifiers before without."""
    ids, times, orders = candidates.ids, candidates.times, candidates.orders
    yield from ((each,) for each in ids)
    yield from ((each, time) for time in times for each in ids)
    yield from ((each, order) for each in ids for order in orders)
    yield from combinations(ids, 2)
    yield from ((each, order, time) for time in times for each in ids for order in orders)
    yield from ((*pair, more) for pair in combinations(ids, 2) for more in (*times, *orders))
    yield from ((each,) for each in candidates.others)


def n_different(rows: ir.Table, names: Sequence[str], *, engine: Engine) -> int:
    """How many different combinations of non-null values some columns have."""
    texts = (
        rows.select(**{f"c{n}": as_text(rows[name]) for n, name in enumerate(names)}).drop_null().distinct()
    )
    return int(engine.arrow(texts.aggregate(n=texts.count()))["n"][0].as_py())


def _is_fit(look: ColumnLook, column: ColumnDraft) -> bool:
    is_counted = look.held is not Held.NUMBER and column.type not in _UNFIT and look.held is not Held.OTHER
    return is_counted and look.n_distinct > 0 and look.null_share <= _MOST_NULL and not column.rule.pii


def _is_named_like(name: str, own: Collection[str]) -> bool:
    """Whether a column and its source share a word, in singular or plural."""
    return any(
        word.rstrip("s") in {each.rstrip("s") for each in own} for word in words_of(name) if len(word) > 2
    )


def _count_sets(
    look: SourceLook, candidates: Candidates, rows: ir.Table, engine: Engine
) -> dict[tuple[str, ...], int]:
    """How many different combinations the sets have, up to the first that has as many as there are rows."""
    distinct = {column.name: column.n_distinct for column in look.columns}
    counts: dict[tuple[str, ...], int] = {}
    for names in key_sets(candidates):
        most = math.prod(distinct[name] for name in names)
        if look.step == 1 and most < look.n_rows / 2:
            continue
        counts[names] = n_different(rows, names, engine=engine)
        if counts[names] == look.n_rows:
            return counts
    return counts


def _unique(names: tuple[str, ...], candidates: Candidates, seen: str) -> KeyDraft:
    times = [name for name in names if name in candidates.times]
    keys = tuple(name for name in names if name not in times)
    event_time = times[0] if times else next(iter(candidates.times), None)
    return KeyDraft(keys, seen, event_time, candidates.known_at, one_row=not times)


def _seen(n_rows: int, n_different_ones: int, n_best: int, best: tuple[str, ...]) -> str:
    """What a key rests on: all rows differ in it, all but copies and a few conflicts, or nothing does."""
    named = " + ".join(best) if len(best) > 1 else "values"
    if best and n_best == n_rows:
        return f"{counted(n_rows, 'row')}, {n_best:,} different {named}"
    if best and n_best >= _NEARLY * n_different_ones:
        return f"{counted(n_rows, 'row')}, {n_different_ones:,} different ones, {n_best:,} different {named}"
    nearest = f"; {' + '.join(best)} is nearest ({as_share(n_best / n_rows)})" if best else ""
    return f"{counted(n_rows, 'row')}, and no columns that identify one{nearest}"


def n_different_rows(rows: ir.Table, *, engine: Engine) -> int:
    """How many of the rows differ in anything but the file they stand in."""
    texts = rows.select(*own_columns(rows)).distinct()
    return int(engine.arrow(texts.aggregate(n=texts.count()))["n"][0].as_py())
