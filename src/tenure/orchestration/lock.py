"""One run of a project at a time, on one machine."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenure.errors import BusyError
from tenure.running.runtime import Runtime


@contextmanager
def only_run(runtime: Runtime) -> Iterator[None]:
    """Hold the project for the length of the block: nobody else runs it meanwhile.

    Raises
    ------
    BusyError
        If somebody else runs the project: who it is. A retry may help.
    """
    with _held(runtime, ".run.lock", "is being run by"):
        yield


@contextmanager
def only_schedule(runtime: Runtime) -> Iterator[None]:
    """Hold the project's schedule for the length of the block; runs by hand between its runs go on.

    Raises
    ------
    BusyError
        If somebody else keeps it: who it is.
    """
    with _held(runtime, ".schedule.lock", "has a schedule already, kept by"):
        yield


@contextmanager
def _held(runtime: Runtime, name: str, said: str) -> Iterator[None]:
    """Hold a file in the folder of the models, which always is of this machine, and say in it who we are.

    The kernel holds it (``flock``) and lets go when the process ends, however it ends. It binds processes of
    one machine, and of several where the file system passes locks on.
    """
    path = runtime.models / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(path, runtime, said) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()} ({runtime.trigger})")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _busy(path: Path, runtime: Runtime, said: str) -> BusyError:
    holder = path.read_text(encoding="utf-8") or "a process that has just begun"
    return BusyError(
        f"`{runtime.project.project}` {said} {holder}",
        holder=holder,
        hint="wait for it to end, or stop it, and give the same command again.",
    )
