"""The reference profile of a model: what later rows and scores are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.bundle.encoding import FeatureSpec, Matrix
from tenure.bundle.sensitivity import Probabilities, measure_sensitivity, spread_rows
from tenure.domain.features import FeatureKind
from tenure.domain.splits import SIDES
from tenure.stats.evaluate import Outcomes
from tenure.stats.profile import Profile, most_important, reference_profile
from tenure.training.preparing import Prepared


def profile_of(
    prepared: Prepared,
    outcomes: Mapping[str, Outcomes],
    *,
    fitted_on: tuple[str, ...],
    importance: npt.NDArray[np.float64],
    score: Callable[[Matrix], Probabilities],
) -> Profile:
    """Features as they were in the rows fitted on, scores as they were in rows that were not.

    A model is surer of the rows it was fitted on than of any it will meet. Scores of training rows as a
    reference would make every period look as if the score had drifted; those of the other sides do not.
    `n_rows` is the number of those rows; deciles and sensitivity are of them, too.

    Parameters
    ----------
    prepared
        Rows and encoder.
    outcomes
        What the model says of each side.
    fitted_on
        The sides that it was fitted on.
    importance
        Of each column of the matrix.
    score
        The model's probabilities for rows of the matrix.
    """
    specs = prepared.encoder.specs
    kinds = {spec.name: spec.kind for spec in specs}
    shares = feature_importance(specs, importance)
    on_train = _profile(prepared, fitted_on, outcomes, kinds, shares)
    others = tuple(name for name in SIDES if name not in fitted_on)
    held_out = _profile(prepared, others, outcomes, kinds, shares)
    matrix = np.concatenate([prepared.sides[side].matrix for side in others])
    return replace(
        held_out,
        numbers=on_train.numbers,
        categories=on_train.categories,
        score_sums=on_train.score_sums,
        sensitivity=measure_sensitivity(score, spread_rows(matrix), specs, most_important(shares)),
    )


def feature_importance(
    specs: tuple[FeatureSpec, ...], importance: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Importance by feature: the sum over its columns, as a share of all; equal shares if all are 0."""
    starts = np.cumsum([0, *(spec.width for spec in specs)])
    sums = [importance[start : start + spec.width].sum() for start, spec in zip(starts, specs, strict=False)]
    total = float(np.sum(sums))
    shares = [float(part) / total for part in sums] if total > 0 else [1 / len(specs)] * len(specs)
    return {spec.name: share for spec, share in zip(specs, shares, strict=True)}


def _profile(
    prepared: Prepared,
    sides: tuple[str, ...],
    outcomes: Mapping[str, Outcomes],
    kinds: Mapping[str, FeatureKind],
    importance: Mapping[str, float],
) -> Profile:
    names = np.array(prepared.classes, dtype=object)
    return reference_profile(
        pa.concat_tables([prepared.sides[side].rows.table for side in sides]),
        kinds,
        classes=prepared.classes,
        probabilities=np.concatenate([outcomes[side].probabilities for side in sides]),
        predicted=names[np.concatenate([outcomes[side].predicted for side in sides])],
        importance=importance,
    )
