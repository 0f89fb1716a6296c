"""A part: some features of the population, planned as a value before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn
from tenure.domain.sources import Source
from tenure.ports import Engine


@dataclass(frozen=True, slots=True)
class Ground:
    """What features are computed from."""

    population: ir.Table
    """Keys, ``event_time`` and further columns of the population, with `ROW_ID`."""
    keys: tuple[str, ...]
    tables: Mapping[str, ir.Table]
    """Silver tables by source, with every version of each row that may be read."""
    sources: Mapping[str, Source]
    engine: Engine
    answers: Mapping[str, ir.Table] = field(default_factory=dict)
    """What queries gave, computed: `ROW_ID`, `KNOWN` and their features."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one block adds to the population."""

    columns: tuple[FeatureColumn, ...]
    express: Callable[[Ground], ir.Table]
    """`ROW_ID`, `KNOWN` (the latest time at which a row used became known) and the columns: one row
    for each row of the population that has any."""
    reads: tuple[str, ...] = ()
    """The sources it reads."""
    zeros: frozenset[str] = frozenset()
    """Columns that are 0, not null, where the source has no row: counts."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of a source that a block does not look at, to be counted."""

    source: str
    column: str
    express: Callable[[Ground], ir.Table]
