"""A project's raw files, as known by a day -> events with a label, and what was last known at each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import numpy as np

from tenure.cleaning.columns import TIMES, parse_rows, plan_columns, repair_rows
from tenure.domain.cuts import CutPolicy, cuts_of
from tenure.domain.features import FeatureColumn
from tenure.domain.sources import Source
from tenure.domain.tables import EVENT_TIME, KNOWN_AT, LABEL, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.errors import NotEnoughLabelsError
from tenure.exploration.readings import Reading, dated_rows
from tenure.features.compute import compute
from tenure.features.config import SourceBlock
from tenure.features.linking import ROW_ID, is_timed, known_rows, own_columns, shared_keys
from tenure.features.preparing import end_of
from tenure.features.queries import with_texts
from tenure.features.stage import Setting
from tenure.ports import Engine
from tenure.project import Project

if TYPE_CHECKING:
    import ibis.expr.types as ir

_RANK = "__rank"


@dataclass(frozen=True, slots=True)
class Labelled:
    """The events whose label is known by a day, and the tables that say what was known at each."""

    events: ir.Table
    """Keys, ``event_time``, ``label`` and the population's further columns; one row per event. A label
    that is a number is cut at all of these rows: a look has no training rows."""
    keys: tuple[str, ...]
    tables: Mapping[str, ir.Table]
    """As silver has them: typed rows with the times at which they happened and were known."""
    project: Project
    root: Path
    engine: Engine

    @property
    def numbered(self) -> ir.Table:
        """The events with the number of their row, as linking wants them."""
        order = [*self.keys, EVENT_TIME]
        return self.events.mutate(**{ROW_ID: ibis.row_number().over(order_by=order)})


def label_events(
    project: Project, root: Path, *, readings: tuple[Reading, ...], as_of: date, engine: Engine
) -> Labelled:
    """The events of a project whose label is known by the end of a day.

    Raises
    ------
    ProjectError
        If a query does not fit the data.
    """
    raws = {reading.name: reading.look.raw for reading in readings}
    tables = {
        name: _typed(source, dated_rows(source, raws[name], as_of=as_of, engine=engine), engine)
        for name, source in project.sources.items()
    }
    setting = Setting(tables, project.sources, root, engine)
    events, keys = setting.events(project.population)
    labels = setting.labels(project.label, keys)
    closed = labels.filter(labels[KNOWN_AT] < ibis.timestamp(end_of(as_of)))
    identity = [*keys, EVENT_TIME]
    joined = _one_each(events, identity).inner_join(
        _one_each(closed, identity).select(*identity, LABEL), identity
    )
    events = _classed(engine.cache(joined), project.label.cuts, engine)
    return Labelled(engine.cache(events), keys, tables, project, root, engine)


def last_known(labelled: Labelled, name: str) -> tuple[ir.Table | None, str]:
    """The last row of a source known at each event, with its label; or why there is none.

    Events that the source has no row of have nulls.

    Parameters
    ----------
    labelled
        The events.
    name
        The source.
    """
    source, events = labelled.project.sources[name], labelled.engine.cache(labelled.numbered)
    through = _through(labelled, name)
    if through is None and not shared_keys(source, events.columns):
        return None, "it has no key of the population: what it says of the label is told with the features"
    if not is_timed(source) and not (source.unique and through is None and _is_single(source, events)):
        return None, "several rows per event and no times: what it says is told with the features made of it"
    rows = known_rows(events, name, tables=labelled.tables, sources=labelled.project.sources, through=through)
    recency = [ibis.desc(rows[ROW_EVENT_TIME]), ibis.desc(rows[ROW_KNOWN_AT])]
    ranked = rows.mutate(**{_RANK: ibis.row_number().over(group_by=ROW_ID, order_by=recency)})
    own = [column for column in own_columns(rows) if column not in TIMES]
    last = ranked.filter(ranked[_RANK] == 0).select(
        __by=ranked[ROW_ID], **{f"c{n}": ranked[column] for n, column in enumerate(own)}
    )
    anchor = events.select(ROW_ID, EVENT_TIME, LABEL)
    joined = anchor.left_join(last, anchor[ROW_ID] == last["__by"])
    return joined.select(
        EVENT_TIME, LABEL, **{column: joined[f"c{n}"] for n, column in enumerate(own) if not _is_own(column)}
    ), ""


def features_of(labelled: Labelled) -> tuple[ir.Table, tuple[FeatureColumn, ...]]:
    """The project's features of each labelled event, beside ``event_time`` and ``label``.

    Raises
    ------
    ProjectError
        If a block does not fit the data.
    """
    project, identity = labelled.project, [*labelled.keys, EVENT_TIME]
    computed = compute(
        labelled.events.drop(LABEL),
        labelled.tables,
        blocks=with_texts(project.features, labelled.root),
        sources=project.sources,
        keys=labelled.keys,
        engine=labelled.engine,
    )
    labels = labelled.events.select(*identity, LABEL)
    joined = computed.table.inner_join(labels, identity)
    names = [column.name for column in computed.columns]
    return labelled.engine.cache(joined.select(EVENT_TIME, LABEL, *names)), computed.columns


def _classed(events: ir.Table, policy: CutPolicy | None, engine: Engine) -> ir.Table:
    """The events with a class for a label; with the number as text where ties leave a class empty."""
    if policy is None:
        return events
    finite = events.filter(~(events[LABEL].isnan() | events[LABEL].isinf()))
    labels = engine.arrow(finite.select(LABEL))[LABEL]
    try:
        cuts = cuts_of(policy, labels, np.ones(len(labels), dtype=bool))
    except NotEnoughLabelsError:
        cuts = None
    if cuts is None:
        return finite.mutate(**{LABEL: finite[LABEL].cast("string")})
    branches = [(finite[LABEL] <= edge, name) for edge, name in zip(cuts.edges, cuts.classes, strict=False)]
    return finite.mutate(**{LABEL: ibis.cases(*branches, else_=cuts.classes[-1])})


def _typed(source: Source, rows: ir.Table, engine: Engine) -> ir.Table:
    """Raw rows as silver keeps them."""
    columns = plan_columns(rows.schema(), source)
    parsed = engine.cache(parse_rows(rows, columns, engine=engine))
    repaired = repair_rows(parsed, columns, engine=engine)
    return engine.cache(repaired.select(*(column.name for column in columns), *TIMES))


def _one_each(rows: ir.Table, identity: list[str]) -> ir.Table:
    """The rows that have their keys and time, each event once."""
    rest = [name for name in rows.columns if name not in identity]
    rank = ibis.row_number().over(group_by=identity, order_by=rest or identity)
    complete = rows.drop_null(identity)
    return complete.mutate(**{_RANK: rank}).filter(lambda t: t[_RANK] == 0).drop(_RANK)


def _through(labelled: Labelled, name: str) -> str | None:
    return next(_links(labelled.project, name), None)


def _links(project: Project, name: str) -> Iterator[str]:
    for block in project.features:
        if isinstance(block, SourceBlock) and block.source == name and block.through is not None:
            yield block.through


def _is_single(source: Source, events: ir.Table) -> bool:
    """Whether an event meets one row of the source at most."""
    return set(source.key_columns) <= set(shared_keys(source, events.columns))


def _is_own(column: str) -> bool:
    return column in {EVENT_TIME, LABEL}
