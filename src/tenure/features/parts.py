"""A part: some features of the population, planned as a value before anything is computed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn
from tenure.domain.sources import Source
from tenure.ports import Engine

_POPULATION = "population"
_SOURCE = "source:"


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

    def prepared(
        self, what: str, make: Callable[[Ground], ir.Table], *, reads: Iterable[str] = ()
    ) -> ir.Table:
        """The rows of ``make(ground)``, compiled once for a project.

        Parameters
        ----------
        what
            Everything that they depend on beside the keys, what is said of the sources that are read, and
            the columns of all tables.
        make
            What is made of the population, the answers and the tables of the sources in `reads`.
        reads
            Which sources.
        """
        given = {
            _POPULATION: self.population,
            **self.answers,
            **{f"{_SOURCE}{name}": self.tables[name] for name in reads},
        }
        said = [what, *self.keys, *(f"{name}={self.sources[name].model_dump_json()}" for name in reads)]
        key = hashlib.sha256("\0".join(said).encode()).hexdigest()
        return self.engine.prepared(key, lambda there: make(self._over(there)), given)

    def _over(self, given: Mapping[str, ir.Table]) -> Ground:
        """The same ground made of other tables."""
        tables = {
            name.removeprefix(_SOURCE): rows for name, rows in given.items() if name.startswith(_SOURCE)
        }
        answers = {name: given[name] for name in self.answers}
        return replace(self, population=given[_POPULATION], tables=tables, answers=answers)


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
