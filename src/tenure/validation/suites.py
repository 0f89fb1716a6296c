"""Suites of the user's own, in Great Expectations' JSON, as checks of the source they are for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenure.domain.findings import Severity
from tenure.domain.sources import Source
from tenure.errors import ProjectError
from tenure.validation.checks import Check
from tenure.validation.codes import Code
from tenure.validation.config import SuiteFile

_SEVERITIES = {"critical": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}
_NOT_OURS = frozenset({"batch_id", "result_format", "catch_exceptions"})


@dataclass(frozen=True, slots=True)
class UserSuite:
    """A suite file once read."""

    source: str
    checks: tuple[Check, ...]


def read_suites(
    files: tuple[SuiteFile, ...], sources: Mapping[str, Source], root: Path
) -> tuple[UserSuite, ...]:
    """The suites of the project file, read and attributed to their sources.

    Raises
    ------
    ProjectError
        With every problem of every file: it is missing, is no suite, or is for a source there is not.
    """
    suites: list[UserSuite] = []
    problems: list[str] = []
    for file in files:
        try:
            suites.append(read_suite(file, sources, root))
        except ProjectError as error:
            problems += error.problems
    refuse(problems)
    return tuple(suites)


def read_suite(file: SuiteFile, sources: Mapping[str, Source], root: Path) -> UserSuite:
    """One suite file, read and attributed to its source.

    Raises
    ------
    ProjectError
        As `read_suites`, for this file.
    """
    document = _read_json(root / file.path, file.path)
    source = file.source or document.get("name")
    if source not in sources:
        refuse([f"{file.path}: it is for source `{source}`, and the sources are {', '.join(sources)}"])
    entries = document.get("expectations")
    refuse([f"{file.path}: {problem}" for problem in _malformed(entries)])
    return UserSuite(str(source), tuple(_check(entry, sources[str(source)]) for entry in entries or ()))


def refuse(problems: list[str]) -> None:
    """Raise all problems of suite files at once, if there are any.

    Raises
    ------
    ProjectError
        If there are.
    """
    if problems:
        raise ProjectError(
            "validation.suites: " + "; ".join(problems),
            problems=problems,
            hint="a suite is the JSON of Great Expectations 1.x: `name`, and `expectations` with `type` "
            "and `kwargs` each; say `{path: ..., source: ...}` where `name` is not the source.",
        )


def _read_json(path: Path, told: str) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        refuse([f"{told}: it cannot be read ({error.strerror})"])
    except ValueError as error:
        refuse([f"{told}: it is not JSON ({error})"])
    else:
        if isinstance(document, dict):
            return document
    raise ProjectError(f"{told}: it is not a suite", problems=[f"{told}: it is not a JSON object"])


def _malformed(entries: Any) -> Iterator[str]:
    if not isinstance(entries, list):
        yield "it has no list `expectations`"
        return
    for position, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
            yield f"expectation {position} has no `type`"
        elif not isinstance(entry.get("kwargs", {}), dict):
            yield f"expectation {position}: `kwargs` is not an object"
        elif entry.get("severity", "critical") not in _SEVERITIES:
            yield f"expectation {position}: `severity` is none of {', '.join(_SEVERITIES)}"


def _check(entry: Mapping[str, Any], source: Source) -> Check:
    arguments = {key: value for key, value in entry.get("kwargs", {}).items() if key not in _NOT_OURS}
    column = str(arguments.get("column", ""))
    described = entry.get("description")
    return Check(
        code=Code.USER_SUITE,
        severity=_SEVERITIES[entry.get("severity", "critical")],
        expectation=entry["type"],
        arguments=arguments,
        subject=f"values of `{column}`" if column else "rows",
        verb=f"break `{entry['type']}`" + (f" ({described})" if described else ""),
        column=column,
        private=_looks_at_pii(arguments, source),
        needs_rows=not entry["type"].startswith("expect_table_row_count"),
    )


def _looks_at_pii(arguments: Mapping[str, Any], source: Source) -> bool:
    """Whether the name of a private column occurs anywhere in an expectation: rather too often."""
    written = json.dumps(arguments)
    return any(rule.pii and json.dumps(name)[1:-1] in written for name, rule in source.columns.items())
