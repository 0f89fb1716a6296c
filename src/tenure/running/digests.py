"""What files hold, as hashes; a file is read again only where its size or its time of change is another.

Sizes, times and hashes stand in a file that anybody may delete. They decide what is read again and never
what counts as changed: a copy of a file, or one that was only touched, holds what it held.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

UNREAD = ""
"""The hash of a file that cannot be read."""


def content_hashes(files: Iterable[Path], *, memory: Path) -> dict[Path, str]:
    """The hash of what each file holds; `UNREAD` for one that cannot be read.

    Parameters
    ----------
    files
        Which files.
    memory
        Where sizes, times of change and hashes are kept for the next time. Files that are not asked for
        are forgotten; where it cannot be written, all are read again.
    """
    known = _remembered(memory)
    now = {file: _seen(file, known.get(str(file), ())) for file in files}
    told = {str(file): list(seen) for file, seen in now.items() if seen[-1] != UNREAD}
    if told != known:
        _remember(told, memory)
    return {file: seen[-1] for file, seen in now.items()}


def _seen(file: Path, before: Any) -> tuple[int, int, str]:
    """Size, time of change and hash of a file; the hash as before where the others are."""
    try:
        stat = file.stat()
        if [*before[:2]] == [stat.st_size, stat.st_mtime_ns]:
            return stat.st_size, stat.st_mtime_ns, str(before[2])
        with file.open("rb") as stream:
            return stat.st_size, stat.st_mtime_ns, hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return 0, 0, UNREAD


def _remembered(memory: Path) -> Mapping[str, list[Any]]:
    """What is there of an earlier time; nothing where that cannot be read."""
    with suppress(OSError, ValueError):
        found = json.loads(memory.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return {name: seen for name, seen in found.items() if isinstance(seen, list) and len(seen) == 3}
    return {}


def _remember(told: Mapping[str, list[Any]], memory: Path) -> None:
    draft = memory.with_name(f"{memory.name}.{os.getpid()}")
    with suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(told, indent=1), encoding="utf-8")
        draft.replace(memory)
