"""Memory and CPU time of a process with all it has started, as Linux tells them under ``/proc``.

The standard library alone: it runs in the environment of every peer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")

_PARENT, _TICKS, _PAGES = 1, slice(11, 15), 21


def tree_stats(root: int) -> tuple[tuple[str, ...], ...]:
    """Of a process and its descendants, the fields of ``/proc/<pid>/stat`` after the name (man 5 proc)."""
    stats = dict(_all_stats())
    inside = {root}
    while more := {pid for pid, fields in stats.items() if int(fields[_PARENT]) in inside} - inside:
        inside |= more
    return tuple(stats[pid] for pid in inside if pid in stats)


def cpu_seconds(root: int) -> float:
    """Seconds of CPU time that the tree has used so far, its finished children included."""
    ticks = sum(int(ticks) for fields in tree_stats(root) for ticks in fields[_TICKS])
    return float(ticks / os.sysconf("SC_CLK_TCK"))


def resident_mb(root: int) -> float:
    """Resident memory of the tree in MB (10^6 bytes); pages shared by processes count in each."""
    pages = sum(int(fields[_PAGES]) for fields in tree_stats(root))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _all_stats() -> Iterator[tuple[int, tuple[str, ...]]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it ended while we looked
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                yield int(folder.name), tuple(text.rpartition(")")[2].split())
