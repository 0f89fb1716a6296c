"""The OpenAPI document: FastAPI's, with the rows and answers of the model in office."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tenure.serving.arrow import ARROW
from tenure.serving.desk import Desk
from tenure.serving.explaining import parameter, reasons_schema
from tenure.serving.gate import JSON
from tenure.serving.model import ServedModel
from tenure.serving.predicting import NDJSON
from tenure.serving.rows import LARGEST, LONGEST_TEXT, RowReader

_NULL = {"type": "null"}
_NUMBER = ({"type": "number", "minimum": -LARGEST, "maximum": LARGEST}, {"type": "boolean"})
_TEXT = ({"type": "string", "maxLength": LONGEST_TEXT},)
_KEY = (*_TEXT, {"type": "integer", "minimum": 1 - 2**63, "maximum": 2**63 - 1})
_ROW = "Features by name, those left out are null; keys and event time are written down."
_ROW_WITH_KEYS = (
    "Features by name. With every key of the entity, those left out are its latest known ones; else null."
)
_TIME = {"type": "string", "format": "date-time"}
_FEATURES = {
    "type": "object",
    "description": "Where the features that were left out come from; only with an online store",
    "properties": {
        "origin": {"type": "string", "enum": ["request", "online"]},
        "event_time": {**_TIME, "description": "The event that the stored features are of"},
        "as_of": {"type": "string", "format": "date", "description": "The period that stored them"},
    },
}
_REFUSALS = {
    "400": "Not JSON, or not whole",
    "401": "No token, or another one",
    "404": "An entity that the online store does not know",
    "408": "The body did not come in time",
    "409": "Stored features that are too old",
    "413": "Too long, or too many rows",
    "415": "Another media type",
    "422": "Fields that are not as expected, each by name",
    "429": "Too many requests",
    "503": "Nobody in office, no answer in time, or no online store",
    "507": "No room to write the answer down",
}


def describe(app: FastAPI, desk: Desk) -> dict[str, Any]:
    """The document, made anew for the model that answers now.

    Raises
    ------
    Refusal
        503 when no model is in office: nobody knows what a row looks like.
    """
    model = desk.model()
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {
        "Row": _row(model, (desk.challenger.against(model) or model).reader),
        "Answer": _answer(model),
        "Refusal": _refusal(),
    }
    row, answer = _ref("Row"), _ref("Answer")
    one = _operation("One row", {JSON: {"schema": row}}, {JSON: {"schema": answer}})
    one["parameters"] = [parameter(model)]
    document["paths"] |= {
        "/predict": {"post": one | {"operationId": "predict"}},
        "/stream": {"post": one | {"operationId": "stream"}},
        "/batch": {"post": _batch(model) | {"operationId": "batch", "parameters": [parameter(model)]}},
    }
    if desk.tokens.client is not None:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _row(model: ServedModel, reader: RowReader) -> dict[str, Any]:
    kinds = {**dict.fromkeys(reader.numbers, _NUMBER), **dict.fromkeys(reader.texts, _TEXT)}
    features = {
        name: {"anyOf": [*kind, *([] if name in reader.required else [_NULL])]}
        for name, kind in kinds.items()
    }
    identity = {name: {"anyOf": [*_KEY, _NULL]} for name in reader.identity}
    return {
        "type": "object",
        "description": _ROW_WITH_KEYS if reader.keys_suffice else _ROW,
        "properties": {**features, **identity},
        "required": [] if reader.keys_suffice else list(reader.required),
        "anyOf": [
            *({"required": [name]} for name in features),
            *([{"required": list(reader.keys)}] if reader.keys_suffice else []),
        ],
        "additionalProperties": False,
        "example": model.example,
    }


def _answer(model: ServedModel) -> dict[str, Any]:
    share = {"type": "number", "minimum": 0, "maximum": 1}
    classes = list(model.bundle.schema.classes)
    return {
        "type": "object",
        "properties": {
            "request_id": {"type": "string"},
            "score": {
                **share,
                "description": "Of the positive class; of the predicted one if there are more",
            },
            "class": {"type": "string", "enum": classes},
            "probabilities": {"type": "object", "properties": dict.fromkeys(classes, share)},
            "threshold": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "reasons": reasons_schema(),
            "features": _FEATURES,
            "model": {"type": "string"},
            "model_version": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "bundle_sha256": {"type": "string"},
            "served_from": {"type": "string", "enum": ["production", "staging", "last_good", "baked"]},
        },
    }


def _refusal() -> dict[str, Any]:
    field = {"type": "object", "properties": {"field": {"type": "string"}, "expected": {"type": "string"}}}
    error = {
        "type": "object",
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "row": {"type": "integer"},
            "fields": {"type": "array", "items": field},
        },
        "required": ["code", "message"],
    }
    return {"type": "object", "properties": {"error": error, "request_id": {"type": "string"}}}


def _batch(model: ServedModel) -> dict[str, Any]:
    rows = {"type": "array", "items": _ref("Row"), "minItems": 1, "example": [model.example]}
    answers = {
        "type": "object",
        "properties": {"predictions": {"type": "array", "items": _ref("Answer")}},
    }
    binary = {"type": "string", "format": "binary"}
    text = {"type": "string", "description": "One object a line"}
    return _operation(
        "Many rows: an array, lines of JSON, or an Arrow IPC stream",
        {JSON: {"schema": rows}, NDJSON: {"schema": text}, ARROW: {"schema": binary}},
        {JSON: {"schema": answers}, NDJSON: {"schema": text}, ARROW: {"schema": binary}},
    )


def _operation(summary: str, body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    refusals = {
        status: {"description": why, "content": {JSON: {"schema": _ref("Refusal")}}}
        for status, why in _REFUSALS.items()
    }
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": body},
        "responses": {"200": {"description": "The answer", "content": answer}, **refusals},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
