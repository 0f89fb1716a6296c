"""The names of the tables of a datamart and of the columns that every one of them has.

::

    bronze/<source>    raw columns as received, _file, _row, _event_time, _known_at, _digest, as_of
    silver/<source>    typed columns, _event_time, _known_at, as_of
    gold/features      keys, event_time, known_at, as_of, one column per feature
    gold/protected     keys, event_time, known_at, as_of, one column per protected attribute
    gold/labels        keys, event_time, known_at, as_of, label
    gold/predictions   keys, event_time, as_of, score, probabilities, class, threshold, model, origin ...
    gold/monitoring    as_of, scope, feature, metric, value, threshold, n, verdict
    gold/findings      as_of, stage, code, severity, ...
    gold/decisions     as_of, kind, outcome, reasons, evidence
    gold/incidents     as_of, incident, kind, subject, state, severity, since, ...
    gold/notifications as_of, message, incident, telling, channel, outcome (what was sent where)
    gold/runs          as_of, step, artefact (what has run, so that a replay can go on)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

import pyarrow as pa

AS_OF = "as_of"
"""Partition column of every table: the end of the period whose run wrote the row."""
EVENT_TIME = "event_time"
KNOWN_AT = "known_at"
LABEL = "label"
ROW_EVENT_TIME = "_event_time"
ROW_KNOWN_AT = "_known_at"
FILE = "_file"
ROW = "_row"
DIGEST = "_digest"
"""Fingerprint of what a bronze row says: the same for the same values under the same names."""

FEATURES = "gold/features"
LABELS = "gold/labels"
PROTECTED = "gold/protected"
PREDICTIONS = "gold/predictions"
MONITORING = "gold/monitoring"
FINDINGS = "gold/findings"
DECISIONS = "gold/decisions"
INCIDENTS = "gold/incidents"
NOTIFICATIONS = "gold/notifications"
RUNS = "gold/runs"

ORIGIN = "origin"
"""Whether a prediction is of the period's population (``batch``) or was ``served`` to whoever asked."""
SERVED = pa.schema(
    [
        ("arm", pa.string()),
        ("against", pa.int64()),
        ("entity", pa.string()),
        ("request_id", pa.string()),
        ("request_row", pa.int64()),
        ("answered_at", pa.timestamp("us")),
    ]
)
"""Columns of ``gold/predictions`` that only served rows fill."""


def bronze(source: str) -> str:
    """The table that holds a source as received."""
    return f"bronze/{source}"


def silver(source: str) -> str:
    """The table that holds a source typed and cleaned."""
    return f"silver/{source}"


@dataclass(frozen=True, slots=True)
class TableSlice:
    """What one run wrote to one table."""

    table: str
    as_of: date
    n_rows: int
    version: int
    """Version of the table after the write."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The Parquet files that make up (part of) a table, with the table's schema.

    The column ``as_of`` is in the schema but not in the files: it is a folder of their path.
    """

    table: str
    files: tuple[str, ...]
    schema: pa.Schema
    version: int


@dataclass(frozen=True, slots=True)
class RawTable:
    """Where a raw source lies and how it is written: what an engine needs to read it as received."""

    source: str
    files: tuple[str, ...]
    """Paths of files; the folder or address of a Delta table; the environment variable that holds the
    address of a database."""
    format: str
    """``csv``, ``parquet``, ``json``, ``delta`` or ``database``."""
    delimiter: str = ","
    encoding: str = "utf-8"
    names: tuple[str, ...] = ()
    """What ``_file`` says for each file, in their order; the file's own name when empty. Of a database
    the table as ``schema.name``, or ``query``."""
    version: int | None = None
    """Which version of a Delta table; the newest when None."""
    query: str = ""
    """What a database is asked; the whole table when empty."""

    @property
    def file_names(self) -> tuple[str, ...]:
        """What ``_file`` says for each file, in their order."""
        return self.names or tuple(PurePath(file).name for file in self.files)
