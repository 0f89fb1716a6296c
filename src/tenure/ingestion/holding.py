"""Rows as bronze holds them: the columns their files delivered, in the types the table has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from tenure.domain.tables import DIGEST, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.domain.wording import counted
from tenure.errors import SourceError
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_OWN = (FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT, DIGEST)


def bronze_rows(
    name: str, rows: ir.Table, delivered: Collection[str], held: ir.Table | None, *, engine: Engine
) -> ir.Table:
    """The rows with the delivered columns and bronze's own, in the types of the rows already held.

    Raises
    ------
    SourceError
        If a column came with a type whose values the table cannot hold.
    """
    columns = [column for column in rows.columns if column in delivered or column in _OWN]
    kept = rows if len(columns) == len(rows.columns) else rows.select(*columns)
    differing = _differing(kept, held)
    if held is None or not differing:
        return kept
    _check_fit(name, kept, held, differing, engine)
    return kept.mutate(**{column: kept[column].try_cast(held[column].type()) for column in differing})


def _differing(rows: ir.Table, held: ir.Table | None) -> tuple[str, ...]:
    if held is None:
        return ()
    shared = (column for column in rows.columns if column in held.columns)
    return tuple(name for name in shared if rows[name].type().copy(nullable=True) != held[name].type())


def _check_fit(name: str, rows: ir.Table, held: ir.Table, differing: Sequence[str], engine: Engine) -> None:
    """Refuse values that would not be the same any more in the type that the table has."""
    n_lost = {}
    for column in differing:
        there_and_back = rows[column].try_cast(held[column].type()).try_cast(rows[column].type())
        n_lost[column] = (~there_and_back.identical_to(rows[column])).sum()
    counts = engine.arrow(rows.aggregate(**n_lost)).to_pylist()[0]
    for column in differing:
        if counts[column]:
            raise SourceError(
                f"source `{name}`: `{column}` came as {rows[column].type()}, but bronze holds "
                f"{held[column].type()}, which {counted(counts[column], 'value does', 'values do')} not fit",
                hint="deliver it in the type it had, or under another name with `renamed_from`.",
            )
