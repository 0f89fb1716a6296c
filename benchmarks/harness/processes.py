"""Memory and CPU time of a process with all it has started, as Linux tells them under ``/proc``.

The standard library alone: it runs in the environment of every peer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")

_PARENT, _TICKS, _STARTED, _ADDRESSES, _PAGES = 1, slice(11, 15), 19, 20, 21
_PID = -1
"""What is put after them."""
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree_stats(root: int) -> tuple[tuple[str, ...], ...]:
    """Of a process and its descendants: ``/proc/<pid>/stat`` after the name (man 5 proc), and the id."""
    stats = dict(_all_stats())
    inside = {root}
    while more := {pid for pid, fields in stats.items() if int(fields[_PARENT]) in inside} - inside:
        inside |= more
    return tuple(stats[pid] for pid in inside if pid in stats)


def cpu_seconds(root: int) -> float:
    """Seconds of CPU time that the tree has used so far, its finished children included."""
    ticks = sum(int(ticks) for fields in tree_stats(root) for ticks in fields[_TICKS])
    return ticks / _TICKS_PER_SECOND


def resident_mb(root: int) -> float:
    """Resident memory of the tree in MB (10^6 bytes); pages shared by processes count in each.

    A process that has just been started is left out for as long as it still runs in the memory of the one
    that started it (between vfork and exec): a JVM would count twice whenever it runs a command.
    """
    stats = tree_stats(root)
    now = float((PROC / "uptime").read_text(encoding="utf-8").split()[0]) * _TICKS_PER_SECOND
    spaces = {fields[_PID]: fields[_ADDRESSES] for fields in stats}
    pages = sum(int(fields[_PAGES]) for fields in stats if not _borrows(fields, spaces, now))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _all_stats() -> Iterator[tuple[int, tuple[str, ...]]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it ended while we looked
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                yield int(folder.name), (*text.rpartition(")")[2].split(), folder.name)


def _borrows(fields: Sequence[str], spaces: Mapping[str, str], now: float) -> bool:
    """Whether a process is younger than a second and has an address space just as large as its parent's."""
    is_new = now - int(fields[_STARTED]) < _TICKS_PER_SECOND
    return is_new and spaces.get(fields[_PARENT]) == fields[_ADDRESSES]
