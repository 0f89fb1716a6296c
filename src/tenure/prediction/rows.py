"""Rows of features → rows of ``gold/predictions``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tenure.bundle import Bundle
from tenure.domain.arms import Origin
from tenure.domain.models import ModelVersion
from tenure.domain.tables import EVENT_TIME, ORIGIN, SERVED
from tenure.stats.arrays import Floats


def prediction_rows(
    rows: pa.Table, bundle: Bundle, *, keys: Sequence[str], champion: ModelVersion
) -> pa.Table:
    """Keys, event time, and what the champion says of each row.

    ``score`` is the probability of the positive class of a binary task, of the predicted class of a
    multiclass one; ``probabilities`` are in the order of the bundle's classes.
    """
    probabilities = bundle.score(rows)
    classes = bundle.classify(probabilities)
    n_rows = rows.num_rows
    answers = {
        "score": pa.array(_scores(probabilities, bundle), pa.float64()),
        "probabilities": _lists(probabilities),
        "class": pa.array(classes.tolist(), pa.string()),
        "threshold": _constant(bundle.schema.threshold, n_rows, pa.float64()),
        "model": _constant(champion.name, n_rows, pa.string()),
        "model_version": _constant(champion.version, n_rows, pa.int64()),
        "bundle_sha256": _constant(champion.bundle_sha256, n_rows, pa.string()),
        ORIGIN: _constant(Origin.BATCH.value, n_rows, pa.string()),
        **{column.name: pa.nulls(n_rows, column.type) for column in SERVED},
    }
    identity = {name: rows[name] for name in (*keys, EVENT_TIME)}
    return pa.table({**identity, **answers})


def _scores(probabilities: Floats, bundle: Bundle) -> Floats:
    scores: Floats = probabilities[:, -1]
    return scores if bundle.schema.threshold is not None else probabilities.max(axis=1)


def _lists(probabilities: Floats) -> pa.ListArray:
    n_rows, n_classes = probabilities.shape
    offsets = np.arange(n_rows + 1, dtype=np.int32) * n_classes
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(probabilities.ravel()))


def _constant(value: float | str | None, n_rows: int, kind: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), n_rows)
