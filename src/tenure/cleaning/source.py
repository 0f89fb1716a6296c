"""One source of one period: its rows as silver keeps them, with repairs, copies and contradictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tenure.cleaning.columns import ORIGIN, TIMES, SilverColumn, parse_rows, plan_columns, repair_rows
from tenure.cleaning.copies import Conflicts, last_of_each, measure_conflicts, without_copies
from tenure.cleaning.corrections import Corrections, measure_corrections
from tenure.cleaning.findings import check_conflicts, check_copies, check_corrections
from tenure.cleaning.repairs import Counts, count_rows, read_counts
from tenure.domain.artefacts import Repair
from tenure.domain.columns import rule_of
from tenure.domain.findings import Finding, governed
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import FILE, ROW, bronze
from tenure.ports import Engine, TableStore

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is written to silver of one source, and what was found on the way."""

    name: str
    rows: ir.Table
    n_received: int
    repairs: tuple[Repair, ...]
    findings: tuple[Finding, ...]


def clean_source(name: str, source: Source, period: Period, *, store: TableStore, engine: Engine) -> Cleaned:
    """The bronze rows of the period as silver keeps them; nothing is written."""
    before = period.end - timedelta(days=1)
    received = engine.scan(store.snapshot(bronze(name), after=before, until=period.end))
    desk = _Desk(name, source, plan_columns(received.schema(), source), engine)
    rows = desk.repaired(received)
    counts = desk.counted(rows)
    kept, n_copies, conflicts = _resolved(rows, counts, desk)
    corrections = Corrections()
    if _may_correct(source, counts, period):
        corrections = measure_corrections(name, kept, source.key_columns, period, store=store, engine=engine)
    is_private = any(rule_of(key, source).pii for key in source.key_columns)
    found = (
        check_copies(name, counts.n_rows, n_copies, are_dropped=source.unique),
        check_conflicts(name, conflicts, is_private=is_private),
        check_corrections(name, corrections, is_private=is_private),
    )
    findings = tuple(governed(finding, source.severity) for finding in found)
    return Cleaned(name, kept, counts.n_rows, counts.repairs, findings)


@dataclass(frozen=True, slots=True)
class _Desk:
    """The expressions over one source, each translated once for as long as the project stays the same."""

    name: str
    source: Source
    columns: tuple[SilverColumn, ...]
    engine: Engine

    def repaired(self, rows: ir.Table) -> ir.Table:
        """The rows parsed, then repaired, both kept by the engine."""
        parsed = self._translated(
            "parse", lambda each: parse_rows(each, self.columns, engine=self.engine), rows
        )
        return self.engine.cache(
            self._translated(
                "repair",
                lambda each: repair_rows(each, self.columns, engine=self.engine),
                self.engine.cache(parsed),
            )
        )

    def counted(self, rows: ir.Table) -> Counts:
        """The counts of repaired rows."""
        keys = self.source.key_columns
        counted = self._translated("count", lambda each: count_rows(each, self.columns, keys), rows)
        return read_counts(self.name, self.engine.arrow(counted).to_pylist()[0], self.columns)

    def silver(self, rows: ir.Table, origin: Sequence[str]) -> ir.Table:
        """The columns of silver, with those of where they came from that `origin` names."""
        names = (*(column.name for column in self.columns), *origin)
        return self._translated(f"columns {origin}", lambda each: each.select(*names), rows)

    def _translated(self, what: str, make: Callable[[ir.Table], ir.Table], rows: ir.Table) -> ir.Table:
        key = f"cleaning: {what} of {self.name} {self.source.model_dump_json()}"
        return self.engine.prepared(key, lambda tables: make(tables[_ROWS]), {_ROWS: rows})


def _resolved(rows: ir.Table, counts: Counts, desk: _Desk) -> tuple[ir.Table, int, Conflicts]:
    """The rows that are kept, how many copies there were, and which keys contradict themselves."""
    kept = desk.silver(rows, TIMES)
    if counts.n_identities == counts.n_rows:
        return kept, 0, Conflicts()
    if not desk.source.unique:
        return (
            kept,
            counts.n_rows - _n_rows(desk.silver(rows, TIMES[:1]).distinct(), desk.engine),
            Conflicts(),
        )
    single = desk.engine.cache(without_copies(desk.silver(rows, ORIGIN)))
    keys = desk.source.key_columns
    conflicts = measure_conflicts(single, keys, engine=desk.engine)
    return last_of_each(single, keys).drop(FILE, ROW), counts.n_rows - _n_rows(single, desk.engine), conflicts


def _n_rows(rows: ir.Table, engine: Engine) -> int:
    return int(engine.arrow(rows.aggregate(n=rows.count()))["n"][0].as_py())


def _may_correct(source: Source, counts: Counts, period: Period) -> bool:
    """Whether a row can have a key and event time of an earlier period at all.

    With a constant delay only a late row can: what happened at one time became known at one time.
    """
    if source.event_time is None or not source.unique or period.first or not counts.n_rows:
        return False
    return source.known_at is not None or counts.last_known == period.last_moment
