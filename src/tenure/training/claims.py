"""Who works on a study, and on which of its trials: locks that are let go when their holder dies."""

from __future__ import annotations

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from tenure.errors import TrainingError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA = "tenure_studies"
"""Of the database: Optuna and MLflow, which may share one, both have a table ``alembic_version``."""


class Claims(Protocol):
    """The claims of one process on one study."""

    def claim(self, number: int, *, wait: bool) -> bool:
        """Claim a trial; False where another process has it, and we do not wait."""
        ...

    def leave(self, number: int) -> None:
        """Let go of a trial."""
        ...

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The study is ours to read and write, for as long as the block lasts."""
        ...


class FileClaims:
    """Bytes of an empty file: byte 0 of whoever reads or writes the journal, k + 1 of whoever runs trial k.

    Parameters
    ----------
    file
        Opened for writing.
    journal
        The study's.
    """

    def __init__(self, file: IO[bytes], journal: Path) -> None:
        self._file = file
        self._journal = journal

    def claim(self, number: int, *, wait: bool) -> bool:
        """Claim a trial; False where another process has it, and we do not wait."""
        try:
            self._lock(fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB, number + 1)
        except BlockingIOError:
            return False
        return True

    def leave(self, number: int) -> None:
        """Let go of a trial."""
        self._lock(fcntl.LOCK_UN, number + 1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The journal is ours to read and write; half a line at its end, left by a dead process, is cut."""
        self._lock(fcntl.LOCK_EX, 0)
        try:
            _mend(self._journal)
            yield
        finally:
            self._lock(fcntl.LOCK_UN, 0)

    def _lock(self, how: int, byte: int) -> None:
        fcntl.lockf(self._file, how, 1, byte)


class DatabaseClaims:
    """Advisory locks of PostgreSQL, of a session that is ours: the same numbers as `FileClaims` has bytes.

    Parameters
    ----------
    connection
        In autocommit: what a transaction locked would be let go at its end.
    study
        The name of the study in the database.
    """

    def __init__(self, connection: Connection, study: str) -> None:
        self._connection = connection
        self._key = zlib.crc32(study.encode()) - 2**31  # PostgreSQL takes two numbers of 32 bits, with signs

    def claim(self, number: int, *, wait: bool) -> bool:
        """Claim a trial; False where another process has it, and we do not wait."""
        return self._ask("pg_advisory_lock" if wait else "pg_try_advisory_lock", number + 1)

    def leave(self, number: int) -> None:
        """Let go of a trial."""
        self._ask("pg_advisory_unlock", number + 1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The study is ours to read and write, for as long as the block lasts."""
        self._ask("pg_advisory_lock", 0)
        try:
            yield
        finally:
            self._ask("pg_advisory_unlock", 0)

    def enter(self, *, shared: bool) -> bool:
        """Say that we work on the study; False where another process does, unless both share it."""
        return self._ask("pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock", -1)

    def _ask(self, function: str, number: int) -> bool:
        from sqlalchemy import text  # noqa: PLC0415 - where there is a database

        asked = text(f"SELECT {function}(:study, :number)")
        return self._connection.execute(asked, {"study": self._key, "number": number}).scalar() is not False


@contextmanager
def claims_in_folder(journal: Path, name: str, *, shared: bool) -> Iterator[Claims]:
    """The claims of a process on a study in a journal.

    Raises
    ------
    TrainingError
        Transient, if another process works on it, unless both share it.
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    with (
        held(journal.with_suffix(".lock"), name, shared=shared),
        journal.with_suffix(".claims").open("ab") as file,
    ):
        yield FileClaims(file, journal)


@contextmanager
def claims_in_database(address: str, study: str, name: str, *, shared: bool) -> Iterator[Claims]:
    """The claims of a process on a study in a PostgreSQL database; they go with its connection.

    Raises
    ------
    TrainingError
        Transient, if another process works on it, unless both share it, or the database does not answer.
    """
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415 - where there is a database
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - as above

    engine = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise TrainingError(
            "the database of the studies does not answer",
            hint="look at the address under `studies` in the project file, and whether it is reached.",
            transient=True,
        ) from error
    with connection:
        _make_schema(connection)
        claims = DatabaseClaims(connection, study)
        if not claims.enter(shared=shared):
            raise _busy(name, study)
        yield claims


def _make_schema(connection: Connection) -> None:
    """Have the schema of the studies; of several that make it at once, one does."""
    from sqlalchemy import text  # noqa: PLC0415 - where there is a database

    key = {"key": zlib.crc32(SCHEMA.encode())}
    connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@contextmanager
def held(path: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """A lock that says who works on something while the block lasts.

    Raises
    ------
    TrainingError
        If another process holds it, unless both share it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(name, path.name) from error
        yield


def _busy(name: str, place: str) -> TrainingError:
    return TrainingError(
        f"another process tunes `{name}` for the same rows at this moment ({place})",
        hint="wait until it is done; this one will then find its trials.",
        transient=True,
    )


def _mend(journal: Path) -> None:
    """Cut off what comes after the last whole line: a process may die in the middle of one."""
    if not journal.exists() or not journal.stat().st_size:
        return
    with journal.open("r+b") as file:
        file.seek(-1, 2)
        if file.read(1) != b"\n":
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
