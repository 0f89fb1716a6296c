"""The processes of a server: one watcher, some workers, each started again when it dies."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tenure.errors import ServingError
from tenure.project import Project, load_project
from tenure.serving.settings import Settings, write_settings

_LOG = logging.getLogger("tenure.serving")
_LOOK_SECONDS = 0.1
_PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Seconds before a process is started again, the n-th time within a minute."""
_STOP_SECONDS = 15.0


@dataclass(slots=True)
class Child:
    """A process that is to live for as long as the server does."""

    name: str
    command: Sequence[str]
    fds: tuple[int, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    _started: list[float] = field(default_factory=list)

    def look(self) -> None:
        """Start it, or start it again when it has died."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            _LOG.warning(
                "%s (process %s) ended with %s; it is started again", self.name, self.process.pid, code
            )
            self.process = None
        now = time.monotonic()
        self._started = [at for at in self._started if now - at < 60]
        pause = _PAUSES[min(len(self._started), len(_PAUSES) - 1)]
        if not self._started or now - self._started[-1] >= pause:
            self._started.append(now)
            self.process = subprocess.Popen(  # noqa: S603 - this project's own modules
                self.command,
                pass_fds=self.fds,
                env={**os.environ, **self.environment},
                start_new_session=True,  # an interrupt reaches this process alone, which tells them
            )


def read_server(project_file: Path, *, n_workers: int | None = None) -> tuple[Settings, Project, Path]:
    """What the workers of a project are told, the project, and the folder that its paths start from.

    Raises
    ------
    ProjectError
        If the project file has problems.
    """
    project, root = load_project(project_file)
    pii = {
        name for source in project.sources.values() for name, column in source.columns.items() if column.pii
    }
    settings = Settings(
        project=project.project,
        folder=(root / project.serve.folder).resolve(),
        config=project.serve,
        pii=tuple(sorted(pii)),
        n_workers=n_workers or project.serve.workers,
    )
    return settings, project, root


def serve(
    project_file: Path,
    settings: Settings,
    *,
    host: str,
    port: int,
    watch: bool = True,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Answer on `host` and `port` until SIGTERM or SIGINT.

    Parameters
    ----------
    project_file
        For the watcher, who asks the registry.
    settings
        For the workers.
    host, port
        Where to listen; port 0 takes a free one.
    watch
        Whether the registry is asked; without, the office file is what it is.
    started
        Is told the address, once connections are taken.

    Raises
    ------
    ServingError
        If the address cannot be had.
    """
    sockets = listen(host, port, n=settings.n_workers)
    folder = settings.folder / "run"
    shutil.rmtree(settings.metrics, ignore_errors=True)
    write_settings(settings, folder / "settings.json")
    children = [_worker(place, each, folder) for place, each in enumerate(sockets)]
    if watch:
        children.append(_watcher(project_file, settings))
    started(f"http://{_shown_host(host)}:{sockets[0].getsockname()[1]}")
    with _until_told() as told:
        try:
            while not told:
                for child in children:
                    child.look()
                time.sleep(_LOOK_SECONDS)
        finally:
            _stop(children)
            for each in sockets:
                each.close()


def listen(host: str, port: int, *, n: int) -> list[socket.socket]:
    """Listening sockets on one address, among which the kernel shares out the connections.

    They stay open in this process: what a worker that dies had not yet taken waits for its successor.

    Raises
    ------
    ServingError
        If the address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            address = (address[0], probe.getsockname()[1], *address[2:])
        return [_listening(family, address) for _ in range(n)]
    except OSError as error:
        raise ServingError(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            hint="another process may have it: name another one with --port.",
        ) from error


def _listening(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(address)
    made.listen(2048)
    made.set_inheritable(True)
    return made


def _worker(place: int, listening: socket.socket, folder: Path) -> Child:
    fd = listening.fileno()
    arguments = ("--fd", str(fd), "--settings", str(folder / "settings.json"), "--parent", str(os.getpid()))
    command = (sys.executable, "-P", "-m", "tenure.serving.worker", *arguments)
    environment = {"ORT_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
    return Child(f"worker {place + 1}", command, (fd,), environment)


def _watcher(project_file: Path, settings: Settings) -> Child:
    arguments = ("--project", str(project_file), "--office", str(settings.office))
    more = ("--seconds", str(settings.config.poll_seconds), "--parent", str(os.getpid()))
    return Child("watcher", (sys.executable, "-P", "-m", "tenure.serving.watcher", *arguments, *more))


@contextmanager
def _until_told() -> Iterator[list[int]]:
    """A list that a signal to stop puts itself into."""
    told: list[int] = []
    before = {
        each: signal.signal(each, lambda number, _: told.append(number))
        for each in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield told
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stop(children: Sequence[Child]) -> None:
    """Have every process end in good order, and the ones that do not, end."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        with suppress(ProcessLookupError):
            process.terminate()
    until = time.monotonic() + _STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
