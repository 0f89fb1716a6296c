"""silver → gold/features and gold/labels of one period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import ibis.expr.types as ir

from tenure.domain.artefacts import Gold, Silver
from tenure.domain.findings import Finding, Severity
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import EVENT_TIME, FEATURES, LABELS, TableSlice
from tenure.features.compute import Computed, compute
from tenure.features.config import CrossBlock, FeatureBlock, Label, Population, Query, SourceBlock, SqlBlock
from tenure.features.counting import Checked, as_finding
from tenure.features.labels import labels_of_period, named_labels
from tenure.features.linking import latest_versions
from tenure.features.population import Events, events_of_period, events_on, named_events
from tenure.features.queries import query_text, run_query, tables_read, with_texts
from tenure.features.silver import read_silver
from tenure.ports import Engine, TableStore


@dataclass(frozen=True, slots=True)
class Setting:
    """What the parts of the stage share."""

    sources: Mapping[str, Source]
    root: Path
    store: TableStore
    engine: Engine
    known_by: date

    def read(self, names: Sequence[str]) -> dict[str, ir.Table]:
        """The silver tables of some sources, as known by the day."""
        return read_silver(
            names, sources=self.sources, known_by=self.known_by, store=self.store, engine=self.engine
        )

    def ask(self, query: Query, what: str) -> ir.Table:
        """The rows of a query over the latest version of every row known by the day."""
        text = query_text(query, self.root)
        tables = self.read(tables_read(text, list(self.sources)))
        latest = {name: latest_versions(table, self.sources[name]) for name, table in tables.items()}
        return run_query(text, latest, what=what, engine=self.engine)


def build(
    silver: Silver,
    *,
    sources: Mapping[str, Source],
    population: Population,
    label: Label,
    features: tuple[FeatureBlock, ...],
    root: Path,
    store: TableStore,
    engine: Engine,
) -> Gold:
    """The features of the events of a period, and the labels that matured in it, written to gold.

    A second run of the same period replaces what the first has written by the same.

    Raises
    ------
    ProjectError
        If a query or a block does not fit the data; nothing is written then.
    SourceError
        If a source that is used has never been cleaned.
    """
    period = silver.period
    setting = Setting(sources, root, store, engine, period.end)
    events = _events(population, period, setting)
    computed = _compute(events.table, events.keys, features, setting)
    rows = named_labels(setting.ask(label, _what("label", label)), label, keys=events.keys)
    written = _write(FEATURES, computed.table.order_by([*events.keys, EVENT_TIME]), period, setting)
    matured = labels_of_period(
        rows,
        period=period,
        keys=events.keys,
        recorded=_recorded(LABELS, period, setting),
        events=engine.scan(store.snapshot(FEATURES, until=period.end)).select(*events.keys, EVENT_TIME),
        engine=engine,
    )
    labels = _write(LABELS, matured.table.order_by([*events.keys, EVENT_TIME]), period, setting)
    findings = (*events.findings, *_left_out(computed, engine), *matured.findings)
    return Gold(period, written, labels, events.keys, computed.columns, findings)


def rebuild(
    *,
    events: Sequence[date],
    known_by: date,
    sources: Mapping[str, Source],
    population: Population,
    features: tuple[FeatureBlock, ...],
    root: Path,
    store: TableStore,
    engine: Engine,
) -> ir.Table:
    """Keys, ``event_time``, ``known_at`` and features of the events on some days, as known by a day.

    Nothing is written. Rows that became known after the end of `known_by` are not there to be read: with
    a day before an event, its features are those that could have been computed on that day.
    """
    setting = Setting(sources, root, store, engine, known_by)
    people = Setting(sources, root, store, engine, max([*events, known_by]))
    rows, keys = named_events(people.ask(population, _what("population", population)), population)
    return _compute(events_on(rows, events, keys=keys), keys, features, setting).table


def _events(population: Population, period: Period, setting: Setting) -> Events:
    rows, keys = named_events(setting.ask(population, _what("population", population)), population)
    recorded = None if period.first else _recorded(FEATURES, period, setting)
    return events_of_period(rows, period=period, keys=keys, recorded=recorded, engine=setting.engine)


def _compute(
    events: ir.Table, keys: Sequence[str], features: Sequence[FeatureBlock], setting: Setting
) -> Computed:
    blocks = with_texts(features, setting.root)
    tables = setting.read(_sources_used(blocks, setting.sources))
    return compute(events, tables, blocks=blocks, sources=setting.sources, keys=keys, engine=setting.engine)


def _sources_used(blocks: Sequence[FeatureBlock], sources: Mapping[str, Source]) -> list[str]:
    """The sources that the blocks read, in the order of the project file; all where a cross may read any."""
    used: set[str] = set()
    for block in blocks:
        if isinstance(block, SourceBlock):
            used |= {block.source, block.through or block.source}
        elif isinstance(block, SqlBlock):
            used |= {*tables_read(block.select, list(sources)), *block.through.values()}
        elif isinstance(block, CrossBlock):
            used |= set(sources)
    return [name for name in sources if name in used]


def _recorded(table: str, period: Period, setting: Setting) -> ir.Table | None:
    """What earlier periods have written to a gold table."""
    before = period.end - timedelta(days=1)
    if not setting.store.exists(table):
        return None
    return setting.engine.scan(setting.store.snapshot(table, until=before))


def _write(table: str, rows: ir.Table, period: Period, setting: Setting) -> TableSlice:
    return setting.store.replace(table, setting.engine.batches(rows), as_of=period.as_of)


def _left_out(computed: Computed, engine: Engine) -> tuple[Finding, ...]:
    """A finding for each block with relative time: how many rows lie after the event."""
    counts = [
        engine.arrow(part.rows.aggregate(n=part.rows.count())).to_pylist()[0]["n"]
        for part in computed.left_out
    ]
    return tuple(
        as_finding(_AFTER_EVENT, count, count, column=f"{part.source}.{part.column}")
        for part, count in zip(computed.left_out, counts, strict=True)
    )


_AFTER_EVENT = Checked(
    "FEA004",
    "n_after",
    Severity.INFO,
    "features",
    "{n} rows lie after the event by their relative time, and are left out",
    hint="a positive number in the column of `relative_time` is a time after the event.",
)


def _what(section: str, query: Query) -> str:
    return f"{section} query `{query.sql}`" if query.sql else f"{section} query"
