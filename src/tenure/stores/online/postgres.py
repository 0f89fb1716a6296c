"""The latest rows in one PostgreSQL table: a period is one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any, TypeVar

import psycopg2
import pyarrow as pa
from psycopg2.errors import UndefinedTable
from psycopg2.extras import execute_values

from tenure.domain.entities import entity_id
from tenure.domain.online import OnlineRow
from tenure.errors import OnlineStoreError
from tenure.stores.online.rows import never_filled, online_row, stored_rows

T = TypeVar("T")

_MAKE = """
CREATE TABLE IF NOT EXISTS tenure_online (
    project text NOT NULL, entity text NOT NULL, event_time bigint NOT NULL, as_of text COLLATE "C" NOT NULL,
    content text NOT NULL, PRIMARY KEY (project, entity))
"""
_INDEX = "CREATE INDEX IF NOT EXISTS tenure_online_as_of ON tenure_online (project, as_of)"
_PUT = """
INSERT INTO tenure_online AS there VALUES %s ON CONFLICT (project, entity) DO UPDATE
SET event_time = excluded.event_time, as_of = excluded.as_of, content = excluded.content
WHERE (excluded.event_time, excluded.as_of) >= (there.event_time, there.as_of)
"""
_GET = """
SELECT entity, event_time, as_of, content FROM tenure_online WHERE project = %s AND entity = ANY(%s)
"""
_ANY = "SELECT EXISTS (SELECT 1 FROM tenure_online WHERE project = %s)"
_HOLDS = "SELECT EXISTS (SELECT 1 FROM tenure_online WHERE project = %s AND as_of = %s)"
_ONE_WRITER = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_WRITE_SECONDS = 60


class PostgresOnlineStore:
    """An online store in the table ``tenure_online`` of a PostgreSQL database.

    Parameters
    ----------
    address
        ``postgresql://``; never told to anybody.
    project
        Whose rows: the table has those of all projects.
    seconds
        How long a question may take.
    """

    def __init__(self, address: str, *, project: str, seconds: float = 1.0) -> None:
        self._address = address.replace("postgresql+psycopg2://", "postgresql://", 1)
        self._project = project
        self._seconds = seconds
        self._opened: dict[int, Any] = {}

    def add(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put in each row that is not older than the one there is; see `tenure.ports.OnlineStore`."""
        return self._put(rows, keys, whole=False)

    def replace(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put the rows in the place of everything; see `tenure.ports.OnlineStore`."""
        return self._put(rows, keys, whole=True)

    def holds(self, as_of: date) -> bool:
        """Whether a row of the period is there."""
        try:
            rows = self._asked(lambda cursor: _rows(cursor, _HOLDS, (self._project, as_of.isoformat())))
        except UndefinedTable:
            return False
        return bool(rows[0][0])

    def latest(self, entities: Sequence[Mapping[str, object]]) -> tuple[OnlineRow | None, ...]:
        """The row of each entity; see `tenure.ports.OnlineStore`."""
        wanted = [entity_id(entity) for entity in entities]
        try:
            rows = self._asked(lambda cursor: _rows(cursor, _GET, (self._project, wanted)))
            filled = rows or self._asked(lambda cursor: _rows(cursor, _ANY, (self._project,)))[0][0]
        except UndefinedTable:
            filled, rows = False, []
        if not filled:
            raise never_filled()
        found = {entity: online_row(*kept) for entity, *kept in rows}
        return tuple(found.get(entity) for entity in wanted)

    def close(self) -> None:
        """Close the connections of all threads."""
        for thread in list(self._opened):
            self._close(thread)

    def _put(self, rows: pa.RecordBatchReader, keys: Sequence[str], *, whole: bool) -> int:
        n_rows = 0
        with _answering():
            connection = psycopg2.connect(self._address, connect_timeout=_WRITE_SECONDS)
            try:
                with connection, connection.cursor() as cursor:
                    cursor.execute(_ONE_WRITER, (f"tenure_online {self._project}",))
                    cursor.execute(_MAKE)
                    cursor.execute(_INDEX)
                    if whole:
                        cursor.execute("DELETE FROM tenure_online WHERE project = %s", (self._project,))
                    for batch in stored_rows(rows, keys=keys):
                        # one statement may not touch a row twice
                        newest = {row.entity: row for row in sorted(batch, key=lambda row: row[1:3])}
                        values = [(self._project, *row) for row in newest.values()]
                        execute_values(cursor, _PUT, values, page_size=1000)
                        n_rows += len(batch)
            finally:
                connection.close()
        return n_rows

    def _asked(self, ask: Callable[[Any], T]) -> T:
        """What the database answers; asked once more where a connection had ended while it was idle."""
        thread = threading.get_ident()
        if thread in self._opened:
            with suppress(psycopg2.OperationalError, psycopg2.InterfaceError):  # it is closed now
                return self._asked_once(ask)
        with _answering():
            return self._asked_once(ask)

    def _asked_once(self, ask: Callable[[Any], T]) -> T:
        thread = threading.get_ident()
        try:
            if thread not in self._opened:
                self._opened[thread] = self._connection()
            with self._opened[thread].cursor() as cursor:
                return ask(cursor)
        except psycopg2.Error:
            self._close(thread)
            raise

    def _connection(self) -> Any:
        milliseconds = max(1, round(1000 * self._seconds))
        connection = psycopg2.connect(
            self._address,
            connect_timeout=max(2, round(self._seconds)),  # the least that libpq knows
            options=f"-c statement_timeout={milliseconds}",
            tcp_user_timeout=milliseconds,
        )
        connection.set_session(readonly=True, autocommit=True)
        return connection

    def _close(self, thread: int) -> None:
        opened = self._opened.pop(thread, None)
        if opened is not None:
            with suppress(psycopg2.Error):
                opened.close()


def _rows(cursor: Any, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    cursor.execute(statement, values)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@contextmanager
def _answering() -> Iterator[None]:
    """What goes wrong meanwhile, without a word of what the driver says of the address."""
    try:
        yield
    except UndefinedTable:
        raise
    except psycopg2.Error as error:
        state = f", SQLSTATE {error.pgcode}" if error.pgcode else ""
        is_down = isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
        raise OnlineStoreError(
            f"the online store in PostgreSQL {'does not answer' if is_down else 'refuses'} "
            f"({type(error).__name__}{state})",
            hint="is it up, may this machine reach it, does the password hold, may the user write there?",
            transient=is_down,
        ) from None
