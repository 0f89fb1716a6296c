"""Who is in office, as a file: the watcher writes it, every worker reads it, nobody asks in a request."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tenure.errors import ServingError


class Level(StrEnum):
    """Where the model that answers comes from, best first."""

    PRODUCTION = "production"
    STAGING = "staging"
    LAST_GOOD = "last_good"
    BAKED = "baked"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for production, 4 for none."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Seat:
    """A bundle that may answer, and on whose word."""

    level: Level
    version: int | None
    """In the registry; None for a bundle that came with the image."""
    sha256: str | None
    """The identity it must have; None for a bundle that came with the image."""
    folder: Path | None
    """Where it lies; None when the registry knows the version, and its files are gone."""


@dataclass(frozen=True, slots=True)
class OfficeFile:
    """What the watcher heard from the registry when it last answered."""

    seats: tuple[Seat, ...]
    """Best first; empty when nobody holds an alias."""
    heard_at: float
    """Seconds since 1970."""
    trouble: str = ""
    """Why the registry has not answered since, if it has not."""


def write_office(office: OfficeFile, path: Path) -> None:
    """Replace the file in one step: a reader sees the one before, or this one."""
    content: dict[str, Any] = asdict(office)
    replace_file(path, json.dumps(content, indent=1, default=str).encode())


def read_office(path: Path) -> OfficeFile:
    """What the file says; nobody in office where there is none.

    Raises
    ------
    ServingError
        If it is not what `write_office` writes.
    """
    try:
        content = json.loads(path.read_bytes())
        seats = tuple(_seat(part) for part in content["seats"])
        return OfficeFile(seats, float(content["heard_at"]), str(content["trouble"]))
    except FileNotFoundError:
        return OfficeFile((), 0.0, "the registry has not answered yet")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServingError(f"{path} does not say who is in office: {error!r}") from error


def replace_file(path: Path, content: bytes, *, lasting: bool = False) -> None:
    """Put `content` at `path` in one step.

    Parameters
    ----------
    path
        Its folder is made where there is none.
    content
        Of the file.
    lasting
        Whether it is to be on disk before its name says so. That makes whoever writes to the same disk
        wait, so a file that is soon written again does without.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(content)
        if lasting:
            file.flush()
            os.fsync(file.fileno())
    draft.replace(path)


def _seat(part: Any) -> Seat:
    version, folder = part["version"], part["folder"]
    return Seat(
        Level(part["level"]),
        None if version is None else int(version),
        str(part["sha256"]),
        None if folder is None else Path(folder),
    )
