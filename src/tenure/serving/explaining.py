"""``?explain=true``: the reasons of an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tenure.bundle.reasons import MOST_REASONS
from tenure.serving.answering import Answered
from tenure.serving.desk import Desk
from tenure.serving.gate import Asked
from tenure.serving.model import ServedModel
from tenure.serving.parameters import parameters, refused
from tenure.serving.refusals import FieldProblem, Refusal
from tenure.serving.rows import Reading

_YES, _NO = "true", "false"


def parameter(model: ServedModel) -> dict[str, Any]:
    """What OpenAPI says of ``explain``: that it may be asked, or not, of the model that answers now."""
    there = model.explainer is not None
    told = "Whether the answer gives its reasons; a batch of JSON only"
    return {
        "name": "explain",
        "in": "query",
        "schema": {"type": "boolean", "default": False, **({} if there else {"enum": [False]})},
        "description": told if there else "The model in office has nothing to explain its answers with",
    }


def wants_reasons(asked: Asked) -> bool:
    """Whether the query of a request says ``explain=true``.

    Raises
    ------
    Refusal
        422 when it says anything but true or false, or says it twice.
    """
    if not asked.query:
        return False
    said = parameters(asked.query).get("explain", _NO).lower()
    if said not in {_YES, _NO}:
        raise refused(FieldProblem("explain", f"expected {_YES} or {_NO}"))
    return said == _YES


def with_reasons(told: Answered, reading: Reading, *, desk: Desk) -> Answered:
    """The answer with its reasons, of whoever gave it.

    Reasons are of the positive class; of the class answered where there are more than two. Personal
    columns are named without their value.

    Raises
    ------
    Refusal
        422 when the bundle has nothing to explain it with.
    """
    model = told.model
    if model.explainer is None:
        message = "the model that answers gives no reasons: train again, or ask without `explain`"
        raise Refusal(422, "no_reasons", message)
    schema = model.bundle.schema
    code = schema.classes.index(told.answer["class"]) if schema.threshold is None else -1
    top = desk.settings.config.reasons.top
    found = model.explainer.reasons(reading.values, code=code, top=top, hidden=desk.pii)
    return replace(told, answer={**told.answer, "reasons": [reason.to_json() for reason in found]})


def reasons_schema() -> dict[str, Any]:
    """What OpenAPI says of the reasons in an answer."""
    properties = {
        "feature": {"type": "string"},
        "reason": {"type": "string", "description": "In the words of the project file"},
        "value": {"anyOf": [{"type": kind} for kind in ("number", "string", "boolean", "null")]},
        "contribution": {"type": "number", "exclusiveMinimum": 0},
    }
    return {
        "type": "array",
        "description": "With `explain=true`: what pushed the score up, the strongest first",
        "maxItems": MOST_REASONS,
        "items": {"type": "object", "properties": properties, "required": list(properties)},
    }
