"""The project's queries: their text, the tables they read, and errors that say which query it was."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis.expr.types as ir
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tenure.errors import ProjectError
from tenure.features.config import FeatureBlock, Query, SqlBlock
from tenure.features.selection import did_you_mean
from tenure.ports import Engine


def query_text(query: Query, root: Path) -> str:
    """The query itself, read from its file where it has one.

    Raises
    ------
    ProjectError
        If the file is missing, empty, or not text.
    """
    if query.select:
        return query.select
    path = root / query.sql
    if not path.is_file():
        there = sorted(str(file.relative_to(root)) for file in root.glob("**/*.sql"))[:20]
        raise ProjectError(
            f"there is no query file `{query.sql}`{did_you_mean(query.sql, there)}",
            hint="paths are relative to the project file.",
        )
    try:
        text = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise ProjectError(f"`{query.sql}` is not UTF-8 text", hint="save it as UTF-8.") from error
    if not text:
        raise ProjectError(f"`{query.sql}` is empty", hint="write one SELECT.")
    return text


def with_texts(blocks: Sequence[FeatureBlock], root: Path) -> tuple[FeatureBlock, ...]:
    """The blocks with the text of each SQL file under `select`, so that they need no files any more."""
    return tuple(
        block.model_copy(update={"select": query_text(block, root)}) if isinstance(block, SqlBlock) else block
        for block in blocks
    )


@functools.lru_cache(maxsize=256)
def names_in(query: str) -> frozenset[str]:
    """The names of tables that a query mentions, in small letters; none where it cannot be read.

    Examples
    --------
    >>> sorted(names_in("SELECT * FROM Loans JOIN (SELECT 1 FROM clicks) USING (id)"))
    ['clicks', 'loans']
    """
    try:
        statements = sqlglot.parse(query, dialect="duckdb")
    except SqlglotError:
        return frozenset()
    trees = [statement for statement in statements if statement is not None]
    return frozenset(table.name.lower() for tree in trees for table in tree.find_all(exp.Table))


def tables_read(query: str, names: Sequence[str]) -> tuple[str, ...]:
    """Which of the named tables a query reads; all of them where that cannot be told."""
    mentioned = names_in(query)
    return tuple(name for name in names if not mentioned or name.lower() in mentioned)


def run_query(query: str, tables: Mapping[str, ir.Table], *, what: str, engine: Engine) -> ir.Table:
    """The rows of a query over the named tables.

    Raises
    ------
    ProjectError
        That begins with `what`: which query it was.
    """
    try:
        return engine.sql(query, tables)
    except ProjectError as error:
        raise ProjectError(f"{what}: {error.message}", hint=error.hint) from error


def require_columns(rows: ir.Table, needed: Sequence[str], *, what: str) -> None:
    """Refuse a query's rows that lack a column.

    Raises
    ------
    ProjectError
        With the columns there are, and the one that was probably meant.
    """
    missing = [name for name in needed if name not in rows.columns]
    if missing:
        listed = ", ".join(f"`{name}`{did_you_mean(name, rows.columns)}" for name in missing)
        raise ProjectError(
            f"{what} gives no column {listed}; it gives {', '.join(rows.columns[:20])}",
            hint="give the column that name in the query, with AS.",
        )
