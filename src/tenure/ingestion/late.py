"""Rows that were known before the period but have not been taken in: late and corrected ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis

from tenure.domain.columns import canonical_columns
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import AS_OF, DIGEST, FILE, ROW, bronze
from tenure.ingestion.counts import count_all
from tenure.ports import Engine, TableStore

if TYPE_CHECKING:
    import ibis.expr.types as ir

_COPY = "_copy"
_TAKEN = "_n_taken"


@dataclass(frozen=True, slots=True)
class Taken:
    """What other periods took in of a source."""

    rows: ir.Table | None
    """Their bronze rows; None when there are none."""
    has_later: bool = False
    """Whether some belong to periods after this one: it is run again."""


def taken_elsewhere(name: str, period: Period, *, store: TableStore, engine: Engine) -> Taken:
    """The bronze rows of every period but this one."""
    others = [end for end in store.periods(bronze(name)) if end != period.end]
    if not others:
        return Taken(None)
    if max(others) < period.end:
        before = store.snapshot(bronze(name), until=period.end - timedelta(days=1))
        return Taken(engine.scan(before))
    rows = engine.scan(store.snapshot(bronze(name)))
    return Taken(rows.filter(rows[AS_OF] != ibis.date(period.end)), has_later=True)


def is_all_taken(n_rows: int, total_mark: int, taken: ir.Table, *, engine: Engine) -> bool:
    """Whether bronze holds exactly so many rows, with exactly this sum of fingerprints.

    The count alone would hide a row that was corrected in place.
    """
    return count_all(taken, engine=engine) == (n_rows, total_mark)


def not_taken(rows: ir.Table, taken: ir.Table, source: Source, *, engine: Engine) -> ir.Table:
    """Those raw rows that bronze does not hold, or holds fewer times: kept by the engine.

    Equal fingerprints are paired first. What is left on both sides is compared by every column that
    both have, so that a fingerprint that changed for another reason makes no row late.
    """
    unpaired = engine.cache(surplus(rows, taken, [DIGEST]))
    unpaired_taken = surplus(taken, rows, [DIGEST])
    columns = _comparable_columns(unpaired, taken, source, engine)
    own = unpaired.mutate(**_as_text(unpaired, columns, source))
    others = unpaired_taken.mutate(**_as_text(unpaired_taken, columns, source))
    missing = surplus(own, others, [f"_is_{number}" for number, _ in enumerate(columns)])
    return engine.cache(missing.select(*rows.columns))


def surplus(rows: ir.Table, others: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The rows beyond as many as `others` has with the same keys; null equals null.

    Of equal rows the first by file and row number count as paired, so the result does not depend on
    how an engine orders them.
    """
    window = ibis.window(group_by=list(keys), order_by=[rows[FILE], rows[ROW]])
    numbered = rows.mutate(**{_COPY: ibis.row_number().over(window)})
    names = {f"_other_{number}": key for number, key in enumerate(keys)}
    counts = others.group_by(**{name: others[key] for name, key in names.items()}).aggregate(
        **{_TAKEN: others.count()}
    )
    same = [numbered[key].identical_to(counts[name]) for name, key in names.items()]
    joined = numbered.left_join(counts, same)
    return joined.filter(joined[_COPY] >= ibis.coalesce(joined[_TAKEN], 0)).select(*rows.columns)


def _comparable_columns(rows: ir.Table, taken: ir.Table, source: Source, engine: Engine) -> tuple[str, ...]:
    """The columns of both that had a value in the first period taken in.

    A column that was added later says nothing of rows that were taken in without it.
    """
    ours, theirs = canonical_columns(rows, source), canonical_columns(taken, source)
    shared = [name for name in ours if name in theirs]
    first = taken[AS_OF] == taken.aggregate(first=taken[AS_OF].min()).as_scalar()
    at_first = taken.filter(first)
    values = canonical_columns(at_first, source)
    counts = engine.arrow(at_first.aggregate(**{name: values[name].count() for name in shared}))
    return tuple(name for name in shared if counts[name][0].as_py())


def _as_text(rows: ir.Table, columns: Sequence[str], source: Source) -> dict[str, ir.StringValue]:
    values = canonical_columns(rows, source)
    return {f"_is_{number}": values[name].cast("string") for number, name in enumerate(columns)}
