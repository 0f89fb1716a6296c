"""Answers, written down before they leave: JSON lines, one file per worker at a time.

A line goes to the kernel in one ``write`` to a file opened with ``O_APPEND``, so that a worker that is
killed leaves whole lines and loses none. It is not forced to the disk each time: what the kernel holds
is lost only when the machine itself goes down.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from tenure.domain.serving import PredictionLogConfig
from tenure.serving.refusals import Refusal

ARCHIVE = "archive"
AUDIT = "audit.jsonl"
SEGMENT = "*.jsonl"
_RETRY_AFTER = "60"


class PredictionLog:
    """The log of one worker.

    Parameters
    ----------
    folder
        Where the files of all workers lie.
    config
        How large they may be.
    """

    def __init__(self, folder: Path, config: PredictionLogConfig) -> None:
        self.folder = folder
        self.n_bytes = 0
        """What lay below the folder when it was last looked at."""
        self.is_full = False
        """Whether there was no room for more then."""
        self._config = config
        self._lock = threading.Lock()
        self._file = -1
        self._path = folder
        self._size = 0

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write the records down, all of them or none, each with the time in UTC as ``at``.

        Raises
        ------
        Refusal
            507 when there is no room.
        """
        if self.is_full:
            raise _no_room()
        at = _now()
        lines = b"".join(to_json({"at": at, **record}) + b"\n" for record in records)
        with self._lock:
            try:
                self._append(lines)
            except OSError as error:
                self.is_full = True
                raise _no_room() from error

    def put_file(self, name: str, write: Callable[[Path], None]) -> None:
        """Put a file beside the lines, which they name: the rows of a batch, as `write` writes them.

        Raises
        ------
        Refusal
            507 when there is no room.
        """
        path = self.folder / name
        if self.is_full:
            raise _no_room()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write(path)
        except OSError as error:
            path.unlink(missing_ok=True)
            self.is_full = True
            raise _no_room() from error

    def tend(self) -> None:
        """Look how much room there is, and begin a new file where this one was archived.

        To be called in the background, every second or so.
        """
        config = self._config
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.n_bytes = _size_of(self.folder)
            free = shutil.disk_usage(self.folder).free
        except OSError:
            self.is_full = True
            return
        self.is_full = self.n_bytes >= config.max_bytes or free < config.min_free_bytes
        with self._lock:
            if self._file >= 0 and not self._path.exists():
                self._close()

    def close(self) -> None:
        """Close the file; the next line begins another one."""
        with self._lock:
            self._close()

    def _append(self, lines: bytes) -> None:
        if self._file < 0 or self._size >= self._config.segment_bytes:
            self._open()
        n_written = os.write(self._file, lines)
        if n_written < len(lines):
            os.ftruncate(self._file, self._size)
            raise OSError(f"{n_written} of {len(lines)} bytes written")
        self._size += n_written

    def _open(self) -> None:
        self._close()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._path = self.folder / f"{time.time_ns():020d}-{os.getpid()}.jsonl"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = -1, 0


def archive(folder: Path, *, request_id: str, client: str) -> dict[str, Any]:
    """The audit row of moving everything logged so far to ``archive/``: nothing is destroyed.

    A worker that has one of the files open goes on writing to it until it notices, so that no line is lost.
    The row is on disk, in ``audit.jsonl``, before a file is moved.

    Parameters
    ----------
    folder
        The log's.
    request_id, client
        Who asked for it, for the audit row.
    """
    now = _now()
    place = folder / ARCHIVE / f"{now.replace(':', '').replace('.', '')}-{request_id[-12:]}"
    paths = [path for path in sorted(folder.glob("*")) if path.is_file() and path.name != AUDIT]
    row = {
        "at": now,
        "what": "log emptied",
        "request_id": request_id,
        "client": client,
        "archive": place.name,
        "n_files": len(paths),
        "n_bytes": sum(path.stat().st_size for path in paths),
    }
    place.mkdir(parents=True)
    with (folder / AUDIT).open("ab") as file:
        file.write(to_json(row) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    for path in paths:
        path.rename(place / path.name)
    return row


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")  # noqa: TID251 - the time of an answer, in a log


def _size_of(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # moved to the archive meanwhile
            continue
    return total


def _no_room() -> Refusal:
    return Refusal(
        507,
        "log_full",
        "no room to write the answer down, and what is not written down is not answered",
        headers={"Retry-After": _RETRY_AFTER},
    )
