"""Queries that users write: bound to the tables they may see, and to nothing else."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from tenure.domain.wording import counted
from tenure.errors import ProjectError

_CLOCKS = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime)
_CLOCK_NAMES = {"now", "today", "get_current_timestamp", "transaction_timestamp", "current_localtimestamp"}


def bind_tables(query: str, names: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The query with its tables renamed by `names`, and which of them it uses.

    A table keeps its own name as its alias, so that ``financials.Age`` still means what it says.

    Raises
    ------
    ProjectError
        If the text is not one SELECT, reads a table that is not in `names` (a file, a function), or
        asks for the clock: what a query gives may depend on ``as_of`` only.

    Examples
    --------
    >>> bind_tables("SELECT a FROM loans", {"loans": "v1"})
    ('SELECT a FROM v1 AS loans', ('loans',))
    """
    tree = _parse(query)
    _refuse_clocks(tree)
    used = {_bind(table, names) for table in _own_tables(tree)}
    return tree.sql(dialect="duckdb"), tuple(sorted(used))


def _parse(query: str) -> exp.Expression:
    try:
        statements = [s for s in sqlglot.parse(query, dialect="duckdb") if s is not None]
    except ParseError as error:
        said = str(error).splitlines()[0]
        raise ProjectError(f"the query cannot be read: {said}", hint="it must be one SELECT.") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ProjectError(
            f"the query holds {counted(len(statements), 'statement')} or is not a SELECT",
            hint="write one SELECT.",
        )
    return statements[0]


def _own_tables(tree: exp.Expression) -> Iterable[exp.Table]:
    """The tables that the query reads, without those it defines itself in WITH."""
    defined = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    tables = list(tree.find_all(exp.Table))
    return [t for t in tables if not (isinstance(t.this, exp.Identifier) and t.name.lower() in defined)]


def _bind(table: exp.Table, names: Mapping[str, str]) -> str:
    known = {name.lower(): name for name in names}
    name = table.name.lower() if isinstance(table.this, exp.Identifier) and not table.db else ""
    if name not in known:
        raise ProjectError(
            f"the query reads `{table.sql(dialect='duckdb')}`; it may read {', '.join(sorted(names))}",
            hint=_did_you_mean(table.name, names),
        )
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(names[known[name]]))
    return known[name]


def _refuse_clocks(tree: exp.Expression) -> None:
    for node in tree.walk():
        named = isinstance(node, exp.Anonymous) and node.name.lower() in _CLOCK_NAMES
        if isinstance(node, _CLOCKS) or named:
            raise ProjectError(
                f"the query asks for the clock: `{node.sql(dialect='duckdb')}`",
                hint="what a run gives depends on its as_of only; use a column of the data.",
            )


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"did you mean `{close[0]}`?" if close else "declare it under `sources` first."
