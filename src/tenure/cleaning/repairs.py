"""What was repaired, counted by column and kind, in one pass over a source's rows of a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from tenure.cleaning.columns import SilverColumn
from tenure.domain.artefacts import Repair
from tenure.domain.reading import RepairKind
from tenure.domain.tables import ROW_EVENT_TIME, ROW_KNOWN_AT

if TYPE_CHECKING:
    import ibis.expr.types as ir

_N_ROWS, _N_IDENTITIES, _LAST_KNOWN = "n_rows", "n_identities", "last_known"


@dataclass(frozen=True, slots=True)
class Counts:
    """What one pass over the repaired rows of a source says."""

    n_rows: int
    n_identities: int
    """How many different keys and event times there are."""
    last_known: datetime | None
    """When the last of the rows became known."""
    repairs: tuple[Repair, ...]


def count_rows(rows: ir.Table, columns: Sequence[SilverColumn], identity: Sequence[str]) -> ir.Table:
    """Rows, identities, and values by column and kind of repair: one row, read by `read_counts`.

    Parameters
    ----------
    rows
        Repaired rows, with the kind of each repair.
    columns
        Their columns.
    identity
        The keys that, with the event time, tell one row from another.
    """
    who = rows.mutate(_identity=ibis.struct({name: rows[name] for name in (*identity, ROW_EVENT_TIME)}))
    sums = {
        _sum_name(number, kind): (who[column.why] == str(kind)).sum()
        for number, column in enumerate(columns)
        for kind in column.repairs
    }
    return who.aggregate(
        **{
            _N_ROWS: who.count(),
            _N_IDENTITIES: who["_identity"].nunique(),
            _LAST_KNOWN: who[ROW_KNOWN_AT].max(),
            **sums,
        }
    )


def read_counts(source: str, row: Mapping[str, object], columns: Sequence[SilverColumn]) -> Counts:
    """The counts that a row of `count_rows` holds; repairs that did not happen are left out."""
    last_known = row[_LAST_KNOWN]
    return Counts(
        _number(row[_N_ROWS]),
        _number(row[_N_IDENTITIES]),
        last_known if isinstance(last_known, datetime) else None,
        tuple(_repairs(source, row, columns)),
    )


def _repairs(source: str, row: Mapping[str, object], columns: Sequence[SilverColumn]) -> Iterator[Repair]:
    for number, column in enumerate(columns):
        for kind in column.repairs:
            if n_values := _number(row[_sum_name(number, kind)]):
                yield Repair(source, column.name, str(kind), n_values)


def _sum_name(number: int, kind: RepairKind) -> str:
    return f"{number} {kind}"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
