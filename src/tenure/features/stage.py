"""silver → gold/features and gold/labels of one period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from tenure.domain.artefacts import Gold, Silver
from tenure.domain.findings import Finding, Severity
from tenure.domain.periods import Period
from tenure.domain.protected import protected_columns
from tenure.domain.sources import Source
from tenure.domain.tables import EVENT_TIME, FEATURES, LABEL, LABELS, PROTECTED
from tenure.features.compute import Computed, compute
from tenure.features.config import CrossBlock, FeatureBlock, Label, Population, Query, SourceBlock, SqlBlock
from tenure.features.counting import Checked, as_finding
from tenure.features.labels import labels_of_period, named_labels
from tenure.features.linking import latest_versions
from tenure.features.materialising import materialise_period
from tenure.features.parts import LeftOut
from tenure.features.population import event_keys, events_of_period, events_on, named_events
from tenure.features.preparing import prepared
from tenure.features.protected import protected_attributes
from tenure.features.queries import query_text, run_query, tables_read, with_texts
from tenure.features.silver import read_silver
from tenure.ports import Engine, OnlineStore, TableStore


@dataclass(frozen=True, slots=True)
class Setting:
    """What the parts of the stage share."""

    tables: Mapping[str, ir.Table]
    """Silver tables by source, as known by the end of a day."""
    sources: Mapping[str, Source]
    root: Path
    engine: Engine

    def ask(self, query: Query, *, section: str) -> ir.Table:
        """The rows of a query over the latest version of every row known by the day."""
        text = query_text(query, self.root)
        latest = {name: self._latest(name) for name in tables_read(text, list(self.tables))}
        what = f"{section} query `{query.sql}`" if query.sql else f"{section} query"
        return run_query(text, latest, what=what, engine=self.engine)

    def _latest(self, name: str) -> ir.Table:
        source = self.sources[name]
        what = f"latest versions {source.model_dump_json()}"
        return prepared(what, partial(latest_versions, source=source), self.tables[name], engine=self.engine)

    def events(self, population: Population) -> tuple[ir.Table, tuple[str, ...]]:
        """The rows of the population query with their time under ``event_time``; which columns are keys."""
        rows = self.ask(population, section="population")
        keys = event_keys(rows, population)
        what = f"population {population.model_dump_json()}"
        named = prepared(what, partial(named_events, population=population), rows, engine=self.engine)
        return named, keys

    def labels(self, label: Label, keys: tuple[str, ...]) -> ir.Table:
        """The rows of the label query as keys, ``event_time``, ``known_at`` and ``label``."""
        rows = self.ask(label, section="label")
        what = f"label {keys} {label.model_dump_json()}"
        return prepared(what, partial(named_labels, label=label, keys=keys), rows, engine=self.engine)


def build(  # noqa: PLR0913 - settings and ports, each by its name in the flow
    silver: Silver,
    *,
    sources: Mapping[str, Source],
    population: Population,
    label: Label,
    features: tuple[FeatureBlock, ...],
    root: Path,
    store: TableStore,
    engine: Engine,
    online: OnlineStore | None = None,
) -> Gold:
    """The features of the events of a period, and the labels that matured in it, written to gold.

    Where there is an online store, the latest row of each entity goes there, too, once gold is whole. A
    second run of the same period replaces what the first has written by the same.

    Raises
    ------
    ProjectError
        If a query or a block does not fit the data; nothing is written then.
    SourceError
        If a source that is used has never been cleaned.
    OnlineStoreError
        If the online store cannot be written to; the same run again does what is left.
    """
    period = silver.period
    blocks = with_texts(features, root)
    names = _sources_used(blocks, (query_text(population, root), query_text(label, root)), sources)
    tables = read_silver(
        names, sources=sources, until=period.end, known_by=period.end, store=store, engine=engine
    )
    setting = Setting(tables, sources, root, engine)
    rows, keys = setting.events(population)
    identity = [*keys, EVENT_TIME]
    scored = None if period.first else _recorded(FEATURES, identity, period, store, engine)
    events = events_of_period(rows, period=period, keys=keys, recorded=scored, engine=engine)
    computed = compute(events.table, tables, blocks=blocks, sources=sources, keys=keys, engine=engine)
    labels = labels_of_period(
        setting.labels(label, keys),
        period=period,
        keys=keys,
        recorded=_recorded(LABELS, [*identity, LABEL], period, store, engine),
        events=_all_events(events.table, scored, identity, engine),
        engine=engine,
    )
    attributes = protected_attributes(events.table, tables, sources=sources, keys=keys, engine=engine)
    if attributes is not None:
        store.replace(PROTECTED, engine.batches(attributes), as_of=period.as_of)
    written = store.replace(FEATURES, engine.batches(computed.table), as_of=period.as_of)
    matured = store.replace(LABELS, engine.batches(labels.table), as_of=period.as_of)
    if online is not None:
        materialise_period(period.as_of, keys=keys, store=store, engine=engine, online=online)
    return Gold(
        period,
        written,
        matured,
        keys,
        computed.columns,
        (*events.findings, *_left_out(computed, engine), *labels.findings),
    )


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

    Nothing is written. Rows that became known after the end of `known_by` are not there to be read, for
    the population neither: with the day of an event, its features are those that could have been computed
    on that day. A source without times is read as it was in the period that the day belongs to.
    """
    blocks, text = with_texts(features, root), query_text(population, root)
    until = min((period for period in store.periods(FEATURES) if period >= known_by), default=None)
    names = _sources_used(blocks, (text,), sources)
    tables = read_silver(names, sources=sources, until=until, known_by=known_by, store=store, engine=engine)
    people, keys = Setting(tables, sources, root, engine).events(population)
    on_days = events_on(people, events, keys=keys)
    return compute(on_days, tables, blocks=blocks, sources=sources, keys=keys, engine=engine).table


def _sources_used(
    blocks: Sequence[FeatureBlock], queries: Sequence[str], sources: Mapping[str, Source]
) -> list[str]:
    """The sources that blocks and queries read, as the project file orders them; all where one is crossed."""
    used = {name for query in queries for name in tables_read(query, list(sources))}
    used |= {each.source for each in protected_columns(sources)}
    for block in blocks:
        if isinstance(block, SourceBlock):
            used |= {block.source, block.through or block.source}
        elif isinstance(block, SqlBlock):
            used |= {*tables_read(block.select, list(sources)), *block.through.values()}
        elif isinstance(block, CrossBlock):
            used |= set(sources)
    return [name for name in sources if name in used]


def _recorded(
    table: str, columns: Sequence[str], period: Period, store: TableStore, engine: Engine
) -> ir.Table | None:
    """Some columns of what earlier periods have written to a gold table; None before the first write."""
    if not store.exists(table):
        return None
    snapshot = store.snapshot(table, until=period.end - timedelta(days=1))
    narrow = pa.schema([snapshot.schema.field(name) for name in columns])
    return engine.scan(replace(snapshot, schema=narrow))


def _all_events(
    events: ir.Table, before: ir.Table | None, identity: Sequence[str], engine: Engine
) -> ir.Table:
    """The events of the period and of those before, by what identifies them."""
    what = f"identities {identity}"
    own = prepared(what, lambda rows: rows.select(*identity), events, engine=engine)
    if before is None:
        return own
    both = {"own": own, "before": before}
    return engine.prepared(f"features: all {what}", lambda each: each["own"].union(each["before"]), both)


def _left_out(computed: Computed, engine: Engine) -> tuple[Finding, ...]:
    """A finding for each block with relative time: how many rows lie after the event."""
    return tuple(_count_after_event(block, rows, engine) for block, rows in computed.left_out)


def _count_after_event(block: LeftOut, rows: ir.Table, engine: Engine) -> Finding:
    counted = engine.arrow(rows.aggregate(n_rows=rows.count())).to_pylist()[0]["n_rows"]
    return as_finding(_AFTER_EVENT, counted, counted, column=f"{block.source}.{block.column}")


_AFTER_EVENT = Checked(
    "FEA004",
    "n_after",
    Severity.INFO,
    "features",
    "{n} rows lie after the event by their relative time, and are left out",
    hint="a positive number in the column of `relative_time` is a time after the event.",
)
