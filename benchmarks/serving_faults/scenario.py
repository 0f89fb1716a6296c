"""What goes wrong when, and what the clients saw of it."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from serving_faults.balancer import balanced
from serving_faults.clients import LOST, Clients, Seen
from serving_faults.lender import BODY, LOG_BYTES, Instance, Registry

FULL, ROOM = "the disk of one log is full", "there is room again"
_TMPFS_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one event to the next."""

    at: float
    """Seconds since the load began."""
    what: str
    seen: tuple[Seen, ...]
    start: float
    """The same moment on the clock of the requests."""

    @property
    def statuses(self) -> Counter[int]:
        """How many requests ended with which status; 0 for a connection that broke."""
        return Counter(one.status for one in self.seen)

    @property
    def versions(self) -> tuple[int, ...]:
        """Of the models that answered."""
        return tuple(sorted({one.version for one in self.seen if one.version is not None}))


def play(folder: Path, *, seconds: float, n_clients: int = 8, real_disk: bool = False) -> list[Stretch]:
    """Load for so long, with faults on the way, on two instances behind nginx.

    Parameters
    ----------
    folder
        An empty one.
    seconds
        How long.
    n_clients
        Connections.
    real_disk
        Whether one log lies on a disk of its own that is filled: needs the right to mount. Otherwise a
        file as large as the log may be is put beside it, which takes no room.
    """
    registry = Registry(folder)
    versions = [registry.register(weight) for weight in (1.0, 2.0, 3.0)]
    registry.appoint(versions[0])
    with ExitStack() as stack:
        pair = [stack.enter_context(_instance(folder / name, registry)) for name in ("first", "second")]
        filling = stack.enter_context(_disk(pair[1].log) if real_disk else _filler(pair[1].log))
        port = stack.enter_context(balanced(folder / "nginx", *(each.port for each in pair)))
        clients = stack.enter_context(Clients(port, BODY, n_clients=n_clients))
        return _played(_events(registry, versions, pair, filling), clients, seconds)


Filling = tuple[Callable[[], None], Callable[[], None]]


def _events(
    registry: Registry, versions: Sequence[int], pair: Sequence[Instance], filling: Filling
) -> list[tuple[float, str, Callable[[], object]]]:
    """When, as a share of the time; what; and what does it."""
    first, second = pair

    def lose_registry() -> None:
        registry.vanish()
        for each in pair:
            each.kill("watcher")

    return [
        (0.00, "load alone", lambda: None),
        (0.10, f"version {versions[1]} is promoted", lambda: registry.appoint(versions[1])),
        (0.20, "a worker is killed", lambda: first.kill("worker")),
        (0.30, f"roll back to version {versions[0]}", lambda: registry.appoint(versions[0])),
        (0.40, "the registry and its bundles are gone, the watchers killed", lose_registry),
        (0.50, "a worker is killed while they are gone", lambda: second.kill("worker")),
        (0.60, "the registry is back", registry.return_),
        (0.65, f"version {versions[2]} is promoted", lambda: registry.appoint(versions[2])),
        (0.75, FULL, filling[0]),
        (0.85, ROOM, filling[1]),
        (0.90, "all workers of one instance are killed", lambda: first.kill("worker", 2)),
    ]


def _played(
    events: Sequence[tuple[float, str, Callable[[], object]]], clients: Clients, seconds: float
) -> list[Stretch]:
    start = time.monotonic()
    done: list[tuple[float, str]] = []
    for share, what, do in events:
        time.sleep(max(0.0, start + share * seconds - time.monotonic()))
        done.append((time.monotonic(), what))
        do()
    time.sleep(max(0.0, start + seconds - time.monotonic()))
    end = time.monotonic()
    seen = list(clients.seen)
    until = [*(at for at, _ in done[1:]), end]
    return [
        Stretch(at - start, what, tuple(one for one in seen if at <= one.at < last), at)
        for (at, what), last in zip(done, until, strict=True)
    ]


@contextmanager
def _instance(folder: Path, registry: Registry) -> Iterator[Instance]:
    instance = Instance(folder, registry)
    try:
        yield instance
    finally:
        instance.stop()


@contextmanager
def _filler(log: Path) -> Iterator[Filling]:
    filler = log / "filler"

    def fill() -> None:
        with filler.open("wb") as file:
            file.truncate(LOG_BYTES)

    yield fill, filler.unlink


@contextmanager
def _disk(log: Path) -> Iterator[Filling]:
    """A disk of its own, put over the log's folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_TMPFS_BYTES}", "none", str(log)], check=True)
    filler = log / "filler"

    def fill() -> None:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 2**20)

    try:
        yield fill, filler.unlink
    finally:
        subprocess.run(["umount", "--lazy", str(log)], check=False)


def can_mount() -> bool:
    """Whether this process may."""
    return os.geteuid() == 0


def not_as_declared(stretches: Sequence[Stretch]) -> list[str]:
    """Every answer that is neither 200 nor, while a log is full, 507: in words."""
    return [
        f"{n:,} requests ended with {status or _broken(stretch)} after `{stretch.what}`"
        for stretch in stretches
        for status, n in sorted(stretch.statuses.items())
        if status != 200 and not (status == 507 and stretch.what in {FULL, ROOM})
    ]


def _broken(stretch: Stretch) -> str:
    """How connections broke, and how long after the event."""
    lost = [one for one in stretch.seen if one.status == LOST]
    told = "; ".join(f"{one.why} after {one.at - stretch.start:.3f} s" for one in lost[:5])
    return f"a broken connection ({told})"
