"""A folder that is there whole, or not at all: written beside its place, then renamed into it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` (made when absent) for the length of the block.

    The kernel holds it (``flock``) and lets go when the process ends, however it ends. It binds
    processes of one host, and of several where the file system passes locks on (NFS 4, not S3).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def placed(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write to; it takes the place of `folder` when the block ends well.

    At no moment is there a part of it at `folder`: nothing, what was there before, or all of it. What
    a killed process left half written lies beside, under a hidden name, and is cleared by the next
    write of the same folder, or `tidy`. One writer per parent folder at a time; others wait.
    """
    with locked(folder.parent / ".lock"):
        _clear(folder)
        draft = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
        try:
            yield draft
            _sync(draft)
            _put(draft, folder)
        finally:
            _clear(folder)


def tidy(folder: Path) -> None:
    """Clear what killed writers of `folder` left beside it."""
    with locked(folder.parent / ".lock"):
        _clear(folder)


def _prefix(folder: Path) -> str:
    return f".{folder.name}.writing-"


def _put(draft: Path, folder: Path) -> None:
    draft.chmod(0o755)
    if folder.exists():
        folder.rename(Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent)) / "replaced")
    draft.rename(folder)
    _sync_folder(folder.parent)


def _clear(folder: Path) -> None:
    for left in folder.parent.iterdir():
        if left.name.startswith(_prefix(folder)):
            shutil.rmtree(left)


def _sync(folder: Path) -> None:
    """Have everything below `folder` on disk before its name says so."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
