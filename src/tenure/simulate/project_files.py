"""template → project file and SQL: a project for what the simulators write."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Literal

Template = Literal["lender", "houses"]

_FOLDERS: Final = {"lender": "template", "houses": "template_houses"}


def write_project_files(folder: Path, *, template: Template = "lender") -> list[Path]:
    """The files of a project for simulated data, written: ``tenure.yaml`` and what it names.

    The lender's expects its sources, written by month, under ``data/``; that of the houses expects
    ``data/listings.csv``. Files that are there already are written over.
    """
    root = files("tenure.simulate").joinpath(_FOLDERS[template])
    return _copy(root, folder)


def _copy(source: Traversable, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            written += _copy(entry, folder / entry.name)
        else:
            path = folder / entry.name
            path.write_text(entry.read_text(encoding="utf-8"), encoding="utf-8")
            written.append(path)
    return written
