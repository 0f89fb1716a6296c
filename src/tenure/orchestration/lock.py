"""One run of a project at a time, on one machine: a file that the kernel holds for whoever runs."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenure.errors import BusyError
from tenure.running.runtime import Runtime

LOCK = ".run.lock"


def lock_file(runtime: Runtime) -> Path:
    """The file that is held, in the folder of the models: that one is always of this machine."""
    return runtime.models / LOCK


@contextmanager
def only_run(runtime: Runtime) -> Iterator[None]:
    """Hold the project for the length of the block; the kernel lets go when the process ends, however.

    It binds processes of one machine, and of several where the file system passes locks on.

    Raises
    ------
    BusyError
        If somebody else runs the project: who it is. A retry may help.
    """
    path = lock_file(runtime)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(path, runtime) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()} ({runtime.trigger})")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _busy(path: Path, runtime: Runtime) -> BusyError:
    holder = path.read_text(encoding="utf-8") or "a process that has just begun"
    return BusyError(
        f"`{runtime.project.project}` is being run by {holder}; two runs never overlap",
        holder=holder,
        hint="wait for it to end, and give the same command again.",
    )
