"""A draft -> files of a project, never in the place of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tenure.drafting.draft import Draft
from tenure.drafting.render import render_draft
from tenure.errors import ProjectError


def write_draft(draft: Draft, target: Path) -> tuple[Path, ...]:
    """The files written: ``tenure.yaml`` and two queries, all or none of them.

    Parameters
    ----------
    draft
        What was guessed.
    target
        The project's folder; made when absent.

    Raises
    ------
    ProjectError
        If any of the files exists, or the folder cannot be written to: nothing is written then.
    """
    texts = render_draft(draft, target=target)
    _refuse_existing(texts, target)
    try:
        return tuple(_write(target / path, text) for path, text in texts.items())
    except OSError as error:
        raise ProjectError(
            f"the draft cannot be written to {target}: {error.strerror or error}",
            hint="name a folder that you may write to.",
        ) from error


def _refuse_existing(texts: Mapping[str, str], target: Path) -> None:
    existing = [path for path in texts if (target / path).exists()]
    if existing:
        raise ProjectError(
            f"{target} has {', '.join(existing)} already; a draft never replaces a file",
            hint="draft into another folder and compare, or move the old files away.",
        )


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    return path
