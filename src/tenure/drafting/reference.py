"""The reference page of the project file, made from the sections themselves.

Every key is described by the text under its field, so the page cannot say anything else than the code.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tenure.drafting.annotations import constraints_in, describe_type, sections_in
from tenure.drafting.yamltext import flow
from tenure.project import Project

_HEAD = """\
# The project file

Every key of `tenure.yaml`, its type, its default, and what it does. This page is made from the
sections in the code: `python scripts/reference.py` writes it again.

- Paths are relative to the project file.
- `${NAME}` and `${NAME:-default}` in any text are filled from the environment: the place for secrets.
  Only the `uri` of a database keeps the name: its value is asked for when the table is read.
- Durations are written `30 days`, `2 weeks`, `6 months` or `1 year`.
- Unknown keys are errors, and all problems of a file are reported at once.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the project file."""

    path: str
    """With its sections, such as ``model.tuning.trials``."""
    field: FieldInfo
    text: str

    @property
    def name(self) -> str:
        """The key alone."""
        return self.path.rsplit(".", 1)[-1]


@dataclass(frozen=True, slots=True)
class SectionPage:
    """One section of the project file: its keys."""

    path: str
    title: str
    keys: tuple[Key, ...]


def render_reference() -> str:
    """The page, as Markdown."""
    parts = [_HEAD, *(_render(section) for section in sections_of(Project))]
    return "\n".join(parts).rstrip() + "\n"


def sections_of(section: type[BaseModel], path: str = "") -> Iterator[SectionPage]:
    """A section and those below it, each once where it stands, in the order of their keys."""
    texts = field_texts(section)
    prefix = f"{path}." if path else ""
    keys = tuple(
        Key(f"{prefix}{name}", field, texts.get(name, "")) for name, field in section.model_fields.items()
    )
    yield SectionPage(path, first_line(section), keys)
    for key in keys:
        for step, below in sections_in(key.field.annotation, key.name):
            yield from sections_of(below, f"{prefix}{step}")


def field_texts(section: type[BaseModel]) -> dict[str, str]:
    """The text under each field of a section, those it inherits included.

    Examples
    --------
    >>> from tenure.features.config import Query
    >>> field_texts(Query)["sql"]
    'The file with the query, relative to the project file.'
    """
    found: dict[str, str] = {}
    for ancestor in reversed(section.__mro__):
        if issubclass(ancestor, BaseModel) and ancestor is not BaseModel:
            found |= dict(_texts_in(ancestor))
    return found


def first_line(section: type[BaseModel]) -> str:
    """The first paragraph of a section's own docstring, as Markdown."""
    paragraph = inspect.cleandoc(section.__doc__ or "").split("\n\n", 1)[0]
    return as_markdown(paragraph)


def as_markdown(text: str) -> str:
    r"""Text of a docstring as one line of Markdown.

    Examples
    --------
    >>> as_markdown("Such as ``8GB``;\n80 % when absent.")
    'Such as `8GB`; 80 % when absent.'
    """
    return " ".join(re.sub(r"``(.+?)``", r"`\1`", text).split())


def _texts_in(section: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Field names with the string literals that stand under them."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(section)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    for statement, below in pairwise(body):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and is_text:
            yield statement.target.id, inspect.cleandoc(str(below.value.value))  # type: ignore[attr-defined]


def _render(section: SectionPage) -> str:
    title = f"## `{section.path}`" if section.path else "## The file"
    rows = [
        f"| `{key.name}` | {_cell(_type(key))} | {_cell(_default(key))} | {_cell(as_markdown(key.text))} |"
        for key in section.keys
    ]
    head = ["| key | type | default | what it does |", "| --- | --- | --- | --- |"]
    return "\n".join([title, "", section.title, "", *head, *rows, ""])


def _type(key: Key) -> str:
    return "; ".join([describe_type(key.field.annotation), *constraints_in(key.field.metadata)])


def _default(key: Key) -> str:
    if key.field.is_required():
        return "**required**"
    default: Any = key.field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        return "its defaults"
    if default is None or default in ("", (), {}):
        return ""
    return f"`{default}`" if isinstance(default, str) else f"`{flow(_plain(default))}`"


def _plain(value: Any) -> Any:
    """A default as the project file writes it."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
