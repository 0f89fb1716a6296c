"""A YAML document with the place of every key, so that a problem can be pointed at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tenure.errors import ProjectError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")

KeyPath = tuple[str | int, ...]

_SECRETS = frozenset({("database", "uri"), ("serve", "online")})
"""Ends of the paths of keys whose variable is not filled in: what opens the database asks for it."""

EXTENDS = "extends"
"""The key under which a file names the file that it changes."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file holds, the place of each of its keys, and the problems of reading it."""

    data: Any
    places: Mapping[KeyPath, str]
    problems: tuple[str, ...]

    def place(self, path: Sequence[str | int]) -> str:
        """Where the key at `path` is, or the nearest key above it: ``line 12``."""
        key = tuple(path)
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, "line 1")


def read_document(path: Path) -> Document:
    """A YAML file with ``${VARIABLE}`` and ``${VARIABLE:-default}`` filled from the environment.

    A file that ``extends`` another one is read over it: its sections are merged key by key, and every
    other value, lists included, takes the place of the one there.

    Raises
    ------
    ProjectError
        If a file is missing or is not YAML, or files extend each other in a circle.
    """
    document = _read(path, ())
    problems = list(document.problems)
    return Document(_fill(document.data, (), problems), document.places, tuple(problems))


def _read(path: Path, extended_by: tuple[Path, ...]) -> Document:
    node = _compose(path)
    problems: list[str] = []
    lines = dict(_lines(node, (), problems)) if node is not None else {}
    of_file = f" of {path.name}" if extended_by else ""
    places = {key: f"line {line}{of_file}" for key, line in lines.items()}
    data = yaml.safe_load(path.read_text(encoding="utf-8")) if node is not None else {}
    own = Document(data, places, tuple(problems))
    if not isinstance(data, dict) or EXTENDS not in data:
        return own
    base = (path.parent / str(data[EXTENDS])).resolve()
    if base in (path.resolve(), *extended_by):
        raise ProjectError(f"{path.name} and {base.name} extend each other", hint="let one stand alone.")
    return _over(own, _read(base, (path.resolve(), *extended_by)))


def _compose(path: Path) -> yaml.Node | None:
    if not path.is_file():
        raise ProjectError(
            f"there is no project file at {path}", hint="`tenure init DIR --from FOLDER` drafts one."
        )
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise ProjectError(f"{path.name} is not YAML: {said}", hint="mend that line first.") from error


def _over(own: Document, base: Document) -> Document:
    """What `own` says, and where it says nothing, what `base` says."""
    problems = (*base.problems, *own.problems)
    return Document(_merge(base.data, own.data), {**base.places, **own.places}, problems)


def _merge(base: Any, changes: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(changes, dict)):
        return changes
    merged = {key: _merge(base[key], value) if key in base else value for key, value in changes.items()}
    return {**base, **merged}


def _lines(node: yaml.Node, path: KeyPath, problems: list[str]) -> Iterator[tuple[KeyPath, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                problems.append(f"line {key.start_mark.line + 1}: `{key.value}` is given twice")
            seen.add(key.value)
            yield from _lines(value, (*path, key.value), problems)
            yield (*path, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, (*path, number), problems)


def _fill(value: Any, path: KeyPath, problems: list[str]) -> Any:
    """The value with the variables in its texts filled in."""
    if isinstance(value, dict):
        return {str(key): _fill(item, (*path, str(key)), problems) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, (*path, number), problems) for number, item in enumerate(value)]
    return _fill_text(value, path, problems) if isinstance(value, str) else value


def is_secret(path: Sequence[str | int]) -> bool:
    """Whether what the key holds may be an address with its password, and is never shown."""
    return tuple(path[-2:]) in _SECRETS


def _fill_text(text: str, path: KeyPath, problems: list[str]) -> str:
    if is_secret(path):
        return text

    def from_environment(match: re.Match[str]) -> str:
        value = os.environ.get(match[1], match[2])
        if value is None:
            place = ".".join(str(part) for part in path)
            problems.append(f"`{place}` needs the environment variable {match[1]}, which is not set")
        return value or ""

    return _VARIABLE.sub(from_environment, text)
