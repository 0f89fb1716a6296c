"""What a field may hold, in words, from its annotation."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any

import annotated_types
from pydantic import BaseModel, Tag

from tenure.domain.durations import Duration
from tenure.features.window import Window

_PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    Duration: "duration",
    Window: "duration or `all`",
}
_BOUNDS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (annotated_types.Ge, lambda bound: f"at least {bound.ge:g}"),
    (annotated_types.Gt, lambda bound: f"more than {bound.gt:g}"),
    (annotated_types.Le, lambda bound: f"at most {bound.le:g}"),
    (annotated_types.Lt, lambda bound: f"less than {bound.lt:g}"),
    (
        annotated_types.MinLen,
        lambda bound: "not empty" if bound.min_length == 1 else f"length at least {bound.min_length}",
    ),
)


def describe_type(annotation: Any) -> str:
    """What a field of this type may hold, in words.

    Examples
    --------
    >>> describe_type(tuple[str, ...]), describe_type(float | None), describe_type(dict[str, int])
    ('list of text', 'number', 'whole number by name')
    """
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in _DESCRIBED:
        return _DESCRIBED[origin](arguments)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _one_of(tuple(member.value for member in annotation))
    return "section"


def constraints_in(metadata: Any) -> list[str]:
    """The bounds that a field's values keep, in words.

    Examples
    --------
    >>> constraints_in([annotated_types.Gt(0), annotated_types.Le(1)])
    ['more than 0', 'at most 1']
    """
    return [describe(each) for each in metadata for kind, describe in _BOUNDS if isinstance(each, kind)]


def sections_in(annotation: Any, key: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """The sections that a key holds, each with the step that leads to it.

    Examples
    --------
    >>> from tenure.domain.sources import Source
    >>> list(sections_in(dict[str, Source], "sources"))
    [('sources.<name>', <class 'tenure.domain.sources.Source'>)]
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield key, annotation
    elif origin is dict:
        yield from sections_in(arguments[1], f"{key}.<name>")
    elif origin in {tuple, list}:
        for each in dict.fromkeys(arguments):
            yield from sections_in(each, f"{key}[]")
    elif origin is typing.Annotated:
        tags = [each.tag for each in arguments[1:] if isinstance(each, Tag)]
        yield from sections_in(arguments[0], f"{key} ({tags[0]})" if tags else key)
    elif origin in {typing.Union, types.UnionType}:
        for each in arguments:
            yield from sections_in(each, key)


def _annotated(arguments: tuple[Any, ...]) -> str:
    return "; ".join([describe_type(arguments[0]), *constraints_in(arguments[1:])])


def _either(arguments: tuple[Any, ...]) -> str:
    kinds = dict.fromkeys(describe_type(each) for each in arguments if each is not type(None))
    return " or ".join(kinds)


def _list(arguments: tuple[Any, ...]) -> str:
    if arguments[-1] is Ellipsis:
        return f"list of {describe_type(arguments[0])}"
    return f"[{', '.join(describe_type(each) for each in arguments)}]"


def _one_of(values: tuple[Any, ...]) -> str:
    return " or ".join(f"`{value}`" for value in values)


_DESCRIBED: Mapping[Any, Callable[[tuple[Any, ...]], str]] = {
    typing.Annotated: _annotated,
    typing.Literal: _one_of,
    typing.Union: _either,
    types.UnionType: _either,
    tuple: _list,
    list: _list,
    dict: lambda arguments: f"{describe_type(arguments[1])} by name",
}
