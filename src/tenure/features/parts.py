"""A part: some features of the population, one row per row of the population that has any."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of a source that a block does not look at, to be counted."""

    source: str
    column: str
    rows: ir.Table


@dataclass(frozen=True, slots=True)
class Part:
    """What one block adds to the population."""

    table: ir.Table
    """`ROW_ID`, `KNOWN` (the latest time at which a row used became known) and the columns."""
    columns: tuple[FeatureColumn, ...]
    zeros: frozenset[str] = frozenset()
    """Columns that are 0, not null, where the source has no row: counts."""
    left_out: tuple[LeftOut, ...] = ()
