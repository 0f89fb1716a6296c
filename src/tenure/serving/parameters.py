"""The query of a request → its parameters, each of them once."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import BeforeValidator, Field

from tenure.serving.refusals import FieldProblem, Refusal

MOST_RECORDS = 1000


def parameters(query: bytes) -> dict[str, str]:
    """The parameters by name.

    Raises
    ------
    Refusal
        422 for one that is given twice: which one was meant?

    Examples
    --------
    >>> parameters(b"limit=5&model_version=3")
    {'limit': '5', 'model_version': '3'}
    """
    found = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    given = dict(found)
    if len(given) < len(found):
        names = [name for name, _ in found]
        twice = sorted({name[:100] for name in names if names.count(name) > 1})
        raise refused(*(FieldProblem(name, "expected once") for name in twice[:20]))
    return given


def refused(*fields: FieldProblem) -> Refusal:
    """That parameters cannot be taken, and which."""
    return Refusal(422, "invalid_parameters", "parameters cannot be taken", fields=fields)


def _of_digits(value: object) -> object:
    """A number as it is written, not one with spaces, signs or a fraction around it."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("expected digits")
    return value


PageSize = Annotated[int, Field(ge=1, le=MOST_RECORDS), BeforeValidator(_of_digits)]
"""A parameter that says how many records a page has."""
