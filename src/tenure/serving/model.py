"""A bundle that answers: loaded, verified, warm, with the reader of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tenure.bundle import Bundle, encode
from tenure.bundle.reasons import Explainer, load_explainer
from tenure.serving.examples import example_row
from tenure.serving.office import Level
from tenure.serving.rows import Reading, RowReader

_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What answers requests, until another takes its place whole."""

    bundle: Bundle
    version: int | None
    level: Level
    reader: RowReader
    example: dict[str, Any]
    """A row that it could be asked."""
    about: dict[str, Any]
    """What every answer says of the model."""
    explainer: Explainer | None = None
    """What explains its answers; None where its bundle has nothing to do so."""

    def answer(self, reading: Reading) -> dict[str, Any]:
        """Score, class and probabilities of one row."""
        return self._told(self.bundle.score_row(reading.values).tolist()) | reading.about

    def answers(self, readings: Sequence[Reading]) -> list[dict[str, Any]]:
        """Those of many rows, scored at once."""
        scored = zip(self.score(readings).tolist(), readings, strict=True)
        return [self._told(row) | reading.about for row, reading in scored]

    def score(self, readings: Sequence[Reading]) -> npt.NDArray[np.float64]:
        """The probability of each class for each row: shape (n_rows, n_classes)."""
        kinds = ((self.reader.numbers, np.float64), (self.reader.texts, np.object_))
        columns = {
            name: np.array([reading.values[name] for reading in readings], dtype=kind)
            for names, kind in kinds
            for name in names
        }
        return self.bundle.score_matrix(encode(columns, self.bundle.schema.features))

    def _told(self, probabilities: list[float]) -> dict[str, Any]:
        """What an answer says; the score is that of ``gold/predictions``."""
        schema = self.bundle.schema
        threshold = schema.threshold
        if threshold is None:
            score = max(probabilities)
            code = probabilities.index(score)
        else:
            score = probabilities[-1]
            code = int(score >= threshold)
        return {
            "score": score,
            "class": schema.classes[code],
            "probabilities": dict(zip(schema.classes, probabilities, strict=True)),
            "threshold": threshold,
        }


def served(
    bundle: Bundle,
    *,
    version: int | None,
    level: Level,
    required: Sequence[str] = (),
    keys_suffice: bool = False,
) -> ServedModel:
    """The bundle, ready to answer: it has scored its example, so that no client waits for a first time.

    Raises
    ------
    BundleError
        If it cannot score.
    """
    about = {
        "model": bundle.schema.project,
        "model_version": version,
        "bundle_sha256": bundle.sha256,
        "served_from": str(level),
    }
    reader = RowReader(bundle.schema, required=required, keys_suffice=keys_suffice)
    explainer = load_explainer(bundle)
    model = ServedModel(bundle, version, level, reader, example_row(bundle), about, explainer)
    reading = reader.check(model.example)
    for _ in range(_WARM_UP):
        model.answer(reading)
    if explainer is not None:
        explainer.reasons(reading.values)
    model.answers([reading] * _WARM_UP)
    return model


def relabelled(model: ServedModel, level: Level) -> ServedModel:
    """The same model, answering on another word."""
    about = {**model.about, "served_from": str(level)}
    return replace(model, level=level, about=about)
