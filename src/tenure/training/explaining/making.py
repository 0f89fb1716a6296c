"""The best model, its training rows and the words of its features → the files its reasons are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tenure.bundle.encoding import Matrix, encoded_names
from tenure.bundle.reasons import Boxes, Member, Parts, parts_to_files, shares_of
from tenure.domain.features import FeatureColumn
from tenure.errors import ExportMismatchError
from tenure.training.algorithms.model import Model
from tenure.training.explaining.background import background_of
from tenure.training.explaining.forms import combination_of, members_of, uncalibrated
from tenure.training.explaining.words import wordings_of
from tenure.training.export import TOLERANCE
from tenure.training.preparing import Prepared

N_CHECKED = 500


def reasons_files(
    model: Model, prepared: Prepared, *, columns: Sequence[FeatureColumn], seed: int
) -> Mapping[str, bytes]:
    """The files, by their path in the bundle; none where the model's answers cannot be explained.

    Parameters
    ----------
    model
        What was fitted, calibration included.
    prepared
        Rows and encoder.
    columns
        The features, with their words.
    seed
        Of the background.

    Raises
    ------
    ExportMismatchError
        If the parts and the model say different things of a row.
    """
    plain, train, specs = uncalibrated(model), prepared.sides["train"].matrix, prepared.encoder.specs
    members, combination = members_of(plain, n_classes=len(prepared.classes)), combination_of(plain)
    if not members:
        return {}
    check_parts(members, plain, np.concatenate([train[:N_CHECKED], prepared.strange]))
    n_boxes = sum(len(m.form.values) for m in members if isinstance(m.form, Boxes))
    scores = plain.probabilities(train)[:, -1]
    with threadpool_limits(1):  # sums in the same order, whatever the machine
        background = background_of(train, scores, specs, n_boxes=n_boxes, seed=seed)
    if background is None:
        return {}
    parts = Parts(members, background, wordings_of(specs, columns), combination)
    names = [spec.name for spec in specs]
    return parts_to_files(parts, names=names, columns=encoded_names(specs))


def check_parts(members: Sequence[Member], plain: Model, matrix: Matrix) -> float:
    """The largest difference in share between a model and its parts.

    Raises
    ------
    ExportMismatchError
        If it is more than `TOLERANCE`, or not a number.
    """
    said = shares_of(members, matrix, combination=combination_of(plain))
    differences = np.abs(said - plain.probabilities(matrix)).max(axis=1)
    if not (differences <= TOLERANCE).all():
        raise ExportMismatchError(
            f"the parts that reasons are made from differ from the model by up to {differences.max():.2g} in "
            f"{len(matrix):,} rows (allowed: {TOLERANCE:g})",
            hint="leave this algorithm out (`model.algorithms`), and report the versions of its library "
            "and of the converter.",
        )
    return float(differences.max())
