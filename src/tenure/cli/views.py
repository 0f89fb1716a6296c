"""Artefacts as programs read them: one JSON value each."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from tenure.domain.models import Candidate, CrossValidation
from tenure.flow import LOOP


def as_json(artefacts: dict[str, Any]) -> dict[str, Any]:
    """The artefacts as JSON values by name; a candidate's metrics as ``metrics.<rows>.<name>``."""
    types = {step.into: step.makes for step in LOOP}
    values = {
        name: TypeAdapter(types[name]).dump_python(value, mode="json")
        for name, value in artefacts.items()
        if name in types
    }
    candidate = artefacts.get("candidate")
    if isinstance(candidate, Candidate):
        values["candidate"]["metrics"] = metrics_of(candidate)
    return values


def metrics_of(candidate: Candidate) -> dict[str, dict[str, float]]:
    """Metric values by rows and name."""
    return {
        evaluation.rows: {metric.name: metric.value for metric in evaluation.metrics}
        for evaluation in candidate.evaluations
    }


def cross_validation_json(result: CrossValidation) -> dict[str, Any]:
    """The folds as JSON values, and the mean of each metric as ``mean.<name>``."""
    value: dict[str, Any] = TypeAdapter(CrossValidation).dump_python(result, mode="json")
    return value | {"mean": dict(result.means)}
