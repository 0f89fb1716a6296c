"""What a project file says that its schema cannot check: names that must agree with each other."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path

from tenure.domain.evaluations import Task
from tenure.errors import ProjectError
from tenure.features import feature_problems
from tenure.features.config import Query, SqlBlock
from tenure.features.queries import query_text
from tenure.project.queries import tables_read
from tenure.project.schema import Project

_MADE_BY_BUILD = frozenset({"population", "features"})


def check_project(project: Project, root: Path) -> list[str]:
    """Every problem of names that do not agree: sources, columns, SQL files and feature blocks."""
    return [
        *_check_datamart(project),
        *_check_sources(project),
        *_check_query("population", project.population, project.sources, root),
        *_check_query("label", project.label, project.sources, root),
        *_check_blocks(project, root),
        *feature_problems(project.features, project.sources),
        *_check_labels(project),
        *_check_cuts(project),
    ]


def _check_datamart(project: Project) -> Iterator[str]:
    scheme, is_address, _ = project.datamart.partition("://")
    if is_address and scheme != "s3":
        yield f"`datamart` is a folder or an `s3://` address, not one of `{scheme}://`"


def _check_labels(project: Project) -> Iterator[str]:
    """A training that is decided on must not be refused for want of labels."""
    decided, needed = project.retrain.min_labels, project.model.min_labels
    if decided < needed:
        yield f"`retrain.min_labels` ({decided}) must not be below `model.min_labels` ({needed})"


def _check_cuts(project: Project) -> Iterator[str]:
    """Classes that are cut from a number must fit the task."""
    if project.label.cuts is None:
        return
    classes, model = project.label.cuts.classes, project.model
    task = Task.BINARY if len(classes) == 2 else Task.MULTICLASS
    if model.task is not task:
        yield f"`label.cuts` makes {len(classes)} classes: `model.task` must be {task}, and is {model.task}"
    elif model.positive is not None and model.positive not in classes:
        suggestion = _suggest(model.positive, classes)
        yield f"`model.positive` ({model.positive}) is no class of `label.cuts`{suggestion}"


def _check_sources(project: Project) -> Iterator[str]:
    for name, source in project.sources.items():
        for rule in source.severity:
            if not rule.startswith(("ING", "VAL", "CLN")):
                yield f"`sources.{name}.severity.{rule}` is not a finding's code, such as `VAL003`"


def _check_query(place: str, query: Query, known: Collection[str], root: Path) -> Iterator[str]:
    try:
        read = tables_read(query_text(query, root))
    except ProjectError as error:
        yield f"`{place}`: {error.message}"
        return
    for table in sorted(read):
        if table.lower() not in {name.lower() for name in known}:
            yield f"`{place}`: the query reads `{table}`, which is not a source{_suggest(table, known)}"


def _check_blocks(project: Project, root: Path) -> Iterator[str]:
    for number, block in enumerate(project.features):
        if isinstance(block, SqlBlock):
            known = {*project.sources, *_MADE_BY_BUILD}
            yield from _check_query(f"features.{number}", block, known, root)


def _suggest(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; there is {', '.join(f'`{one}`' for one in sorted(known))}"
