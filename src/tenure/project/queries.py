"""The project's own SQL: what it reads, and which columns a label is made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from tenure.domain.sources import Source
from tenure.errors import ProjectError
from tenure.features.config import Query
from tenure.features.queries import query_text


@cache
def tables_read(text: str) -> frozenset[str]:
    """The tables that a query reads, without those it defines itself.

    Raises
    ------
    ProjectError
        If the text is not a query.

    Examples
    --------
    >>> sorted(tables_read("WITH a AS (SELECT * FROM loans) SELECT * FROM a JOIN payments USING (id)"))
    ['loans', 'payments']
    """
    tree = _parse(text)
    defined = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    return frozenset(t.name for t in tree.find_all(exp.Table) if t.name.lower() not in defined)


def outcome_columns(label: Query, sources: Mapping[str, Source], *, root: Path) -> frozenset[str]:
    """Columns (``source.column``) that the label's query reads, without keys and times.

    A column that the query does not qualify is counted for every source that it reads.

    Raises
    ------
    ProjectError
        If the query is missing or cannot be read.
    """
    text = query_text(label, root)
    return frozenset(
        f"{source}.{name}"
        for source in tables_read(text) & sources.keys()
        for name in _columns_named(text) - _identifying(sources[source])
    )


@cache
def _columns_named(text: str) -> frozenset[str]:
    """Every step asks for the settings of the project: a text is parsed once."""
    return frozenset(column.name for column in _parse(text).find_all(exp.Column))


def _identifying(source: Source) -> set[str]:
    times = {source.event_time, source.known_at}
    return {*source.keys, *(time for time in times if time is not None)}


def _parse(text: str) -> exp.Expression:
    try:
        return sqlglot.parse_one(text, dialect="duckdb")
    except ParseError as error:
        said = str(error).splitlines()[0]
        raise ProjectError(f"a query cannot be read: {said}", hint="it must be one SELECT.") from error
