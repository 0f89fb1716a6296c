"""The latest rows in one SQLite file: readers go on while a period is written (write-ahead log)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path

import pyarrow as pa

from tenure.domain.entities import entity_id
from tenure.domain.online import OnlineRow
from tenure.errors import OnlineStoreError
from tenure.stores.online.rows import never_filled, online_row, stored_rows

_MAKE = (
    """CREATE TABLE IF NOT EXISTS latest (
    entity TEXT PRIMARY KEY, event_time INTEGER NOT NULL, as_of TEXT NOT NULL, content TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS latest_as_of ON latest (as_of)",
)
_PUT = (
    "INSERT INTO latest VALUES (?, ?, ?, ?) ON CONFLICT (entity) DO UPDATE SET event_time = "
    "excluded.event_time, as_of = excluded.as_of, content = excluded.content "
    "WHERE (excluded.event_time, excluded.as_of) >= (latest.event_time, latest.as_of)"
)
_GET = "SELECT entity, event_time, as_of, content FROM latest WHERE entity IN "
_AT_ONCE = 500
_WRITE_SECONDS = 60.0
"""How long a writer waits for another one."""


class SqliteOnlineStore:
    """An online store in a file.

    Parameters
    ----------
    path
        The file; its folder is made with the first write. It may be deleted and made again at any time.
    seconds
        How long a reader waits for the file.
    """

    def __init__(self, path: Path, *, seconds: float = 1.0) -> None:
        self.path = path
        self._seconds = seconds
        self._opened: dict[int, tuple[int, sqlite3.Connection]] = {}

    def add(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put in each row that is not older than the one there is; see `tenure.ports.OnlineStore`."""
        return self._put(rows, keys, whole=False)

    def replace(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put the rows in the place of everything; see `tenure.ports.OnlineStore`."""
        return self._put(rows, keys, whole=True)

    def holds(self, as_of: date) -> bool:
        """Whether a row of the period is there."""
        asked = "SELECT EXISTS (SELECT 1 FROM latest WHERE as_of = ?)"
        try:
            with closing(self._open()) as connection:
                return bool(connection.execute(asked, (as_of.isoformat(),)).fetchone()[0])
        except (OSError, sqlite3.Error) as error:
            if _is_missing(error):
                return False
            raise self._wrong(error) from error

    def latest(self, entities: Sequence[Mapping[str, object]]) -> tuple[OnlineRow | None, ...]:
        """The row of each entity; see `tenure.ports.OnlineStore`."""
        wanted = [entity_id(entity) for entity in entities]
        with self._answering() as connection:
            found = dict(_found(connection, list(dict.fromkeys(wanted))))
        return tuple(found.get(entity) for entity in wanted)

    def close(self) -> None:
        """Close the connections of all threads."""
        for thread in list(self._opened):
            self._close(thread)

    def _put(self, rows: pa.RecordBatchReader, keys: Sequence[str], *, whole: bool) -> int:
        n_rows = 0
        with self._writing() as connection:
            if whole:
                connection.execute("DELETE FROM latest")
            for batch in stored_rows(rows, keys=keys):
                connection.executemany(_PUT, batch)
                n_rows += len(batch)
        return n_rows

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection within a transaction, which ends with the block: all of it or nothing."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_WRITE_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise self._wrong(error) from error
        try:
            self.path.chmod(0o600)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _MAKE:
                connection.execute(statement)
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._wrong(error) from error
        finally:
            with suppress(sqlite3.Error):
                connection.close()  # what was not committed is as if it had never been

    @contextmanager
    def _answering(self) -> Iterator[sqlite3.Connection]:
        """The thread's own connection, within a reading transaction."""
        try:
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            self._close(threading.get_ident())
            raise self._wrong(error) from error

    def _connection(self) -> sqlite3.Connection:
        """The connection to the file that lies there now, not to one that was deleted."""
        thread, inode = threading.get_ident(), self.path.stat().st_ino
        opened = self._opened.get(thread)
        if opened is not None and opened[0] == inode:
            return opened[1]
        self._close(thread)
        connection = self._open()
        self._opened[thread] = (inode, connection)
        return connection

    def _open(self) -> sqlite3.Connection:
        """A connection that reads; a file that is not there is not made."""
        if not self.path.exists():
            raise FileNotFoundError(self.path)
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=self._seconds,
            isolation_level=None,
            check_same_thread=False,  # each thread has its own; `close` is for all of them
        )
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _close(self, thread: int) -> None:
        opened = self._opened.pop(thread, None)
        if opened is not None:
            with suppress(sqlite3.Error):
                opened[1].close()

    def _wrong(self, error: Exception) -> OnlineStoreError:
        if _is_missing(error):
            return never_filled()
        told = str(error) if isinstance(error, sqlite3.Error) else error.__class__.__name__
        broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        return OnlineStoreError(
            f"the online store {self.path} cannot be used: {told}",
            hint="delete the file; `tenure materialise` makes it again from gold."
            if broken
            else "try again.",
            transient=not broken,
        )


def _is_missing(error: Exception) -> bool:
    """Whether it says that there is no file, or nothing in it yet."""
    return isinstance(error, FileNotFoundError) or "no such table" in str(error)


def _found(connection: sqlite3.Connection, wanted: Sequence[str]) -> Iterator[tuple[str, OnlineRow]]:
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        marks = ",".join("?" * len(some))
        for entity, event_time, as_of, content in connection.execute(f"{_GET}({marks})", some):
            yield entity, online_row(event_time, as_of, content)
