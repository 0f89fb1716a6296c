"""A request that is not answered: why, and what was expected, without a word about anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field."""

    field: str
    """Empty when it is the row as a whole."""
    expected: str


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """Why a request is not answered.

    Parameters
    ----------
    status
        The HTTP status.
    code
        A stable word for machines.
    message
        A sentence for people; it holds no value that was sent.
    fields
        What is wrong, by field.
    row
        The number of the row in a batch, from 0.
    headers
        Such as ``Retry-After``.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: tuple[FieldProblem, ...] = (),
        row: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
        self.row = row
        self.headers = dict(headers or {})

    def to_json(self, request_id: str) -> dict[str, Any]:
        """The body of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.row is not None:
            error["row"] = self.row
        if self.fields:
            error["fields"] = [{"field": each.field, "expected": each.expected} for each in self.fields]
        return {"error": error, "request_id": request_id}
