"""Read a project file: check it whole, and report every problem with its line, value and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tenure.errors import ProjectError
from tenure.project.checks import check_project
from tenure.project.document import Document, is_secret, read_document
from tenure.project.schema import Project

FILE_NAME = "tenure.yaml"


def load_project(path: Path) -> tuple[Project, Path]:
    """The project at `path` (its file or its folder), and the folder that its paths start from.

    Raises
    ------
    ProjectError
        With every problem of the file in ``problems``.
    """
    file = path / FILE_NAME if path.is_dir() else path
    document = read_document(file)
    problems = list(document.problems)
    project, found = _parse(document)
    problems += found
    if project is not None:
        problems += check_project(project, file.parent)
    if problems or project is None:
        raise _as_error(file, problems)
    return project, file.parent.resolve()


def _parse(document: Document) -> tuple[Project | None, list[str]]:
    if not isinstance(document.data, dict):
        return None, [f"the file must hold keys such as `project` and `sources`, not {document.data!r}"]
    try:
        return Project.model_validate(document.data), []
    except ValidationError as error:
        details = list(error.errors(include_url=False))
        return None, list(dict.fromkeys(_describe(detail, document) for detail in details))


def _describe(detail: ErrorDetails, document: Document) -> str:
    """One problem as a line: where, which key, what was expected, what is there."""
    path = _real_path(detail["loc"], document.data)
    place = ".".join(str(part) for part in path) or "the file"
    where = document.place(path)
    if detail["type"] == "extra_forbidden":
        return f"{where}: `{place}` is not a key{_suggest(path, detail['loc'])}"
    if detail["type"] == "missing":
        return f"{where}: `{place}` is missing"
    if is_secret(path):
        other = "`sqlite`, an address without user and password, or " if path[-1] == "online" else ""
        only = "" if other else ", and nothing else"
        return f"{where}: `{place}` must name {other}an environment variable, as ${{WAREHOUSE}}{only}"
    said = detail["msg"].removeprefix("Value error, ")
    return f"{where}: `{place}`: {said[0].lower()}{said[1:]} (found {_short(detail['input'])})"


def _real_path(location: Sequence[str | int], data: Any) -> tuple[str | int, ...]:
    """The location without the names of union members that pydantic puts between the keys."""
    path: list[str | int] = []
    here = data
    for number, part in enumerate(location):
        if _is_in(part, here):
            here = here[part]
            path.append(part)
        elif number == len(location) - 1 and isinstance(here, Mapping):
            path.append(part)
    return tuple(path)


def _is_in(part: str | int, here: Any) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, Mapping) and part in here


def _suggest(path: Sequence[str | int], location: Sequence[str | int]) -> str:
    """The key that was probably meant."""
    close = difflib.get_close_matches(str(path[-1]), _known_keys(location), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def _known_keys(location: Sequence[str | int]) -> list[str]:
    """Keys of the section at the location, as far as they can be told from the schema."""
    section: type[BaseModel] | None = Project
    for part in location[:-1]:
        section = _section_below(section, part) or section
    return list(section.model_fields) if section is not None else []


def _section_below(section: type[BaseModel] | None, part: str | int) -> type[BaseModel] | None:
    if section is None or part not in section.model_fields:
        return None
    return next(iter(_sections_in(section.model_fields[str(part)].annotation)), None)


def _sections_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _sections_in(argument)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _as_error(file: Path, problems: Sequence[str]) -> ProjectError:
    listed = "\n".join(f"  - {problem}" for problem in problems)
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return ProjectError(
        f"{file.name} has {count}:\n{listed}",
        problems=problems,
        hint="docs/reference/project-file.md lists every key.",
    )
