"""Protected attributes of the population, beside the features and never among them."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from tenure.domain.protected import protected_columns
from tenure.domain.sources import Source
from tenure.features.compute import compute
from tenure.features.config import SourceBlock
from tenure.ports import Engine


def protected_attributes(
    events: ir.Table,
    tables: Mapping[str, ir.Table],
    *,
    sources: Mapping[str, Source],
    keys: tuple[str, ...],
    engine: Engine,
) -> ir.Table | None:
    """Keys, ``event_time``, ``known_at`` and each protected attribute as last known at the event.

    None when no column is marked ``protected``. What a model may see is computed without them; only the
    gate and the audit for proxies read them.
    """
    wanted = protected_columns(sources)
    if not wanted:
        return None
    by_source = {each.source: [c.column for c in wanted if c.source == each.source] for each in wanted}
    blocks = [SourceBlock(source=name, columns=tuple(columns)) for name, columns in by_source.items()]
    opened = {name: _opened(source) for name, source in sources.items()}
    return compute(events, tables, blocks=blocks, sources=opened, keys=keys, engine=engine).table


def _opened(source: Source) -> Source:
    """The source with its protected columns readable."""
    columns = {
        name: rule.model_copy(update={"protected": False, "pii": False}) if rule.protected else rule
        for name, rule in source.columns.items()
    }
    return source.model_copy(update={"columns": columns})
