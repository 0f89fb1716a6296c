"""Questions to the gold tables of a period → answers whose values carry their question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from tenure.domain.tables import AS_OF, DECISIONS, EVENT_TIME, FINDINGS, LABEL, LABELS, MONITORING, RUNS
from tenure.ports import TableStore
from tenure.render.deck.model import Cited, Query
from tenure.render.deck.words import told

_TEXT, _INT, _REAL, _DAY = pa.string(), pa.int64(), pa.float64(), pa.date32()
TABLES: Mapping[str, Mapping[str, pa.DataType]] = {
    MONITORING: {
        "scope": _TEXT, "feature": _TEXT, "metric": _TEXT, "value": _REAL, "threshold": _REAL,
        "n": _INT, "verdict": _TEXT, AS_OF: _DAY,
    },
    FINDINGS: {
        "stage": _TEXT, "code": _TEXT, "severity": _TEXT, "outcome": _TEXT, "scope": _TEXT,
        "column": _TEXT, "message": _TEXT, "n_rows": _INT, AS_OF: _DAY,
    },
    DECISIONS: {
        "kind": _TEXT, "outcome": _TEXT, "model": _TEXT, "model_version": _INT, "replaced_version": _INT,
        "reasons": _TEXT, "evidence": _TEXT, AS_OF: _DAY,
    },
    RUNS: {"step": _TEXT, "artefact": _TEXT, AS_OF: _DAY},
    LABELS: {LABEL: _TEXT, EVENT_TIME: pa.timestamp("us"), AS_OF: _DAY},
}  # fmt: skip
"""What a question may ask about: the columns that a deck reads of each table."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query, in its order."""

    query: Query
    rows: tuple[Mapping[str, Any], ...]

    def __bool__(self) -> bool:
        """Whether there is any row."""
        return bool(self.rows)

    def value(self, column: str, row: int = 0) -> Any:
        """The value itself: to decide what is said, never to say it. None where there is no such row."""
        return self.rows[row][column] if row < len(self.rows) else None

    def cite(self, column: str, row: int = 0, *, tell: Callable[[Any], str] = told) -> Cited:
        """The value as the deck tells it, with its question."""
        value = self.rows[row][column]
        return Cited(value, tell(value), self.query, row, column)

    def column(self, name: str) -> tuple[Any, ...]:
        """The values of one column."""
        return tuple(row[name] for row in self.rows)


@dataclass(slots=True)
class Gold:
    """The gold tables as they were at the end of a period, for questions in SQL.

    Parameters
    ----------
    store
        Where the tables are.
    as_of
        The last period that is seen; ``:as_of`` in a question stands for it.
    """

    store: TableStore
    as_of: date
    _connection: duckdb.DuckDBPyConnection = field(init=False, repr=False)
    _answers: dict[str, Answer] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Open the tables."""
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute("CREATE SCHEMA gold")
        for table, columns in TABLES.items():
            name = table.partition("/")[2]
            self._connection.register(f"_{name}", _rows(self.store, table, columns, self.as_of))
            view = f"CREATE VIEW gold.{name} AS SELECT * FROM _{name}"  # noqa: S608 - our own names
            self._connection.execute(view)

    def ask(self, sql: str) -> Answer:
        """The answer; the same question is asked once.

        Parameters
        ----------
        sql
            One SELECT over ``gold.monitoring``, ``gold.findings``, ``gold.decisions``, ``gold.runs`` and
            ``gold.labels`` that gives its rows in a certain order.
        """
        text = " ".join(sql.split()).replace(":as_of", f"DATE '{self.as_of}'")
        if text not in self._answers:
            found = self._connection.execute(text).to_arrow_table().to_pylist()
            self._answers[text] = Answer(Query(_asked(text), text), tuple(found))
        return self._answers[text]


def _asked(sql: str) -> str:
    """The tables that a question names."""
    return ", ".join(table for table in TABLES if table.replace("/", ".") in sql)


def _rows(store: TableStore, table: str, columns: Mapping[str, pa.DataType], as_of: date) -> pa.Table:
    """The columns of a table up to a period; none of its rows where it was never written."""
    if not store.exists(table):
        return pa.schema(list(columns.items())).empty_table()
    kept = store.read(table, columns=list(columns), until=as_of)
    kinds: Sequence[tuple[str, pa.DataType]] = [
        (name, kept.schema.field(name).type if name == LABEL else kind) for name, kind in columns.items()
    ]
    return kept.cast(pa.schema(list(kinds)))
