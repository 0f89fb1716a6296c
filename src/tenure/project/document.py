"""A YAML document with the line of every key, so that a problem can be pointed at."""

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


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file holds, the line of each of its keys, and the problems of reading it."""

    data: Any
    lines: Mapping[KeyPath, int]
    problems: tuple[str, ...]

    def line(self, path: Sequence[str | int]) -> int:
        """The line of the key at `path`, or of the nearest key above it; 1 for the whole file."""
        key = tuple(path)
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)


def read_document(path: Path) -> Document:
    """A YAML file with ``${VARIABLE}`` and ``${VARIABLE:-default}`` filled from the environment.

    Raises
    ------
    ProjectError
        If the file is missing or is not YAML.
    """
    if not path.is_file():
        raise ProjectError(
            f"there is no project file at {path}", hint="`tenure init DIR --from FOLDER` drafts one."
        )
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise ProjectError(f"{path.name} is not YAML: {said}", hint="mend that line first.") from error
    problems: list[str] = []
    lines = dict(_lines(node, (), problems)) if node is not None else {}
    data = yaml.safe_load(path.read_text(encoding="utf-8")) if node is not None else {}
    return Document(_fill(data, (), problems), lines, tuple(problems))


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


def _fill_text(text: str, path: KeyPath, problems: list[str]) -> str:
    def from_environment(match: re.Match[str]) -> str:
        value = os.environ.get(match[1], match[2])
        if value is None:
            place = ".".join(str(part) for part in path)
            problems.append(f"`{place}` needs the environment variable {match[1]}, which is not set")
        return value or ""

    return _VARIABLE.sub(from_environment, text)
