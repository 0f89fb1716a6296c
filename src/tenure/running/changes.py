"""Whether the code or the raw tables have changed: as hashes that hold no clock.

A file is known by its name and what it holds, a Delta table by its version. A table of a database is known
by nothing short of reading it: it never counts as changed.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tenure
from tenure.domain.sources import Source
from tenure.domain.tables import RawTable
from tenure.domain.triggers import Trigger, TriggerKind
from tenure.errors import SourceError
from tenure.ingestion.files import DATABASE, find_files
from tenure.ports import Engine
from tenure.project import Project
from tenure.running.digests import content_hashes

UNREADABLE = "unreadable"


def code_sha256(project: Project, *, root: Path) -> str:
    """Hash of what the project file says, of the files it names, and of the package's version."""
    said = project.model_dump(mode="json")
    texts = {name: _digest(root / name) for name in sorted(set(_files_named(said)))}
    return _hash({"project": said, "files": texts, "tenure": tenure.__version__})


def raw_states(sources: Mapping[str, Source], *, root: Path, engine: Engine, memory: Path) -> dict[str, str]:
    """A hash per source of which raw rows there are, by the files or version that hold them.

    A source that cannot be found has a state, too: it changes when the source comes back. `memory` is
    that of `content_hashes`, which spares reading files again.
    """
    found = {name: _find(name, source, root, engine) for name, source in sources.items()}
    files = {Path(file) for raw in found.values() if raw is not None and _is_files(raw) for file in raw.files}
    hashes = content_hashes(sorted(files), memory=memory)
    return {name: UNREADABLE if raw is None else _state(raw, hashes) for name, raw in found.items()}


def raw_sha256(states: Mapping[str, str]) -> str:
    """One hash of the states of all sources, that tells each of them apart: ``name=hash`` joined by blanks.

    Examples
    --------
    >>> raw_sha256({"loans": "ab", "clicks": "cd"})
    'clicks=cd loans=ab'
    """
    return " ".join(f"{name}={state}" for name, state in sorted(states.items()))


def changed_sources(before: str, now: Mapping[str, str]) -> tuple[str, ...]:
    """The sources whose state is not the one that `raw_sha256` wrote down.

    Examples
    --------
    >>> changed_sources("clicks=cd loans=ab", {"loans": "ab", "clicks": "ce", "new": "01"})
    ('clicks', 'new')
    """
    known = dict(part.split("=", 1) for part in before.split())
    return tuple(sorted(name for name, state in now.items() if known.get(name) != state))


def is_told_by_files(source: Source) -> bool:
    """Whether it shows that the source has new rows, without reading it."""
    return source.database is None


def manual_trigger() -> Trigger:
    """The trigger of a run that a person asked for."""
    return Trigger(TriggerKind.MANUAL, user_name())


def user_name() -> str:
    """Who runs this process; the number of the user where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _find(name: str, source: Source, root: Path, engine: Engine) -> RawTable | None:
    try:
        return engine.pin_raw(find_files(name, source, root))
    except SourceError:
        return None


def _is_files(raw: RawTable) -> bool:
    return raw.format != DATABASE and raw.version is None


def _state(raw: RawTable, hashes: Mapping[Path, str]) -> str:
    if not _is_files(raw):
        return _hash([raw.format, list(raw.file_names), raw.version])[:16]
    held = [hashes[Path(file)] for file in raw.files]
    return _hash([raw.format, list(zip(raw.file_names, held, strict=True))])[:16]


def _files_named(said: Any) -> Iterator[str]:
    """The paths of queries and suites, wherever they stand in the project file."""
    if isinstance(said, dict):
        for name, value in said.items():
            if name == "sql" and isinstance(value, str) and value:
                yield value
            elif name == "suites":
                yield from (suite["path"] for suite in value)
            else:
                yield from _files_named(value)
    elif isinstance(said, list):
        for value in said:
            yield from _files_named(value)


def _digest(path: Path) -> str:
    """Hash of a file; empty for what is none, such as a query that stands in the project file itself."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
