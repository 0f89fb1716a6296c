"""One source of one period: its rows as silver keeps them, with repairs, copies and contradictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tenure.cleaning.columns import ORIGIN, SilverColumn, parse_rows, plan_columns, repair_rows
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
    columns = plan_columns(received.schema(), source)
    rows = _repaired(name, received, columns, source, engine)
    counts = _counted(name, rows, columns, source, engine)
    kept, n_copies, conflicts = _resolved(_silver(rows, columns), counts, source, engine)
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
    return Cleaned(name, kept.drop(FILE, ROW), counts.n_rows, counts.repairs, findings)


def _repaired(
    name: str, rows: ir.Table, columns: Sequence[SilverColumn], source: Source, engine: Engine
) -> ir.Table:
    """The rows parsed, then repaired; both kept by the engine and translated once for each source."""

    def parse(tables: Mapping[str, ir.Table]) -> ir.Table:
        return parse_rows(tables[_ROWS], columns, engine=engine)

    def repair(tables: Mapping[str, ir.Table]) -> ir.Table:
        return repair_rows(tables[_ROWS], columns, engine=engine)

    said = source.model_dump_json()
    parsed = engine.cache(engine.prepared(f"cleaning: parse {name} {said}", parse, {_ROWS: rows}))
    return engine.cache(engine.prepared(f"cleaning: repair {name} {said}", repair, {_ROWS: parsed}))


def _counted(
    name: str, rows: ir.Table, columns: Sequence[SilverColumn], source: Source, engine: Engine
) -> Counts:
    def count(tables: Mapping[str, ir.Table]) -> ir.Table:
        return count_rows(tables[_ROWS], columns, source.key_columns)

    counted = engine.prepared(f"cleaning: count {name} {source.model_dump_json()}", count, {_ROWS: rows})
    return read_counts(name, engine.arrow(counted).to_pylist()[0], columns)


def _silver(rows: ir.Table, columns: Sequence[SilverColumn]) -> ir.Table:
    return rows.select(*(column.name for column in columns), *ORIGIN)


def _resolved(
    rows: ir.Table, counts: Counts, source: Source, engine: Engine
) -> tuple[ir.Table, int, Conflicts]:
    """The rows that are kept, how many copies there were, and which keys contradict themselves."""
    if counts.n_identities == counts.n_rows:
        return rows, 0, Conflicts()
    single = engine.cache(without_copies(rows))
    n_copies = counts.n_rows - int(engine.arrow(single.aggregate(n=single.count()))["n"][0].as_py())
    if not source.unique:
        return rows, n_copies, Conflicts()
    conflicts = measure_conflicts(single, source.key_columns, engine=engine)
    return last_of_each(single, source.key_columns), n_copies, conflicts


def _may_correct(source: Source, counts: Counts, period: Period) -> bool:
    """Whether a row can have a key and event time of an earlier period at all.

    With a constant delay only a late row can: what happened at one time became known at one time.
    """
    if source.event_time is None or not source.unique or period.first or not counts.n_rows:
        return False
    return source.known_at is not None or counts.last_known == period.last_moment
