"""Several fitted models → one that weighs their evidence by what it learned on rows none of them had seen.

The rows that models are fitted on are dealt into folds, by time or by entity as the split is. What a model
says of a fold is said by a fit on the other ones (by time: on the earlier ones), and a small logistic
regression learns from that what each one's word is worth [1]_. Validation and test rows take no part.

References
----------
.. [1] D. H. Wolpert, "Stacked Generalization", Neural Networks 5, 1992; L. Breiman, "Stacked Regressions",
   Machine Learning 24, 1996, for weights that are not negative.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from sklearn.linear_model import LogisticRegression

from tenure.bundle.reasons import Combination, straight_log
from tenure.stats.arrays import Ints
from tenure.training.algorithms.model import Matrix, Model, Probabilities
from tenure.training.blending import mean_of, shares_of
from tenure.training.graphs import weighted_evidence

Values: TypeAlias = npt.NDArray[np.float64]

NATIVE_FILE = "stack.json"
STRENGTH = 1.0
"""Of the penalty on squared weights, relative to the sum of log losses (scikit-learn's 1 / C)."""
MIN_CLASS_ROWS = 5
"""Fewer rows of a class, out of fold, teach nothing."""
MAX_ITERATIONS = 500


@dataclass(frozen=True, slots=True, eq=False)
class StackedModel:
    """What a combination makes of what its members say."""

    members: Mapping[str, Model]
    combination: Combination

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        return self.combination([member.probabilities(matrix) for member in self.members.values()])

    def importance(self) -> Values:
        """The members' shares of importance, weighted as their words are."""
        return mean_of(
            [shares_of(each.importance()) for each in self.members.values()], self.combination.shares
        )

    def native(self) -> Mapping[str, bytes]:
        """The members' own files, below a folder of each one's name, and the combination as JSON."""
        learned = {"members": list(self.members), **self.combination.to_json()}
        files = {
            f"{name}/{file}": content
            for name, member in self.members.items()
            for file, content in member.native().items()
        }
        return {**files, NATIVE_FILE: json.dumps(learned, sort_keys=True).encode()}

    def to_onnx(self) -> onnx.ModelProto:
        """All members and the combination as one graph."""
        models = [member.to_onnx() for member in self.members.values()]
        return weighted_evidence(
            models, self.combination.weights, self.combination.intercepts, edge=self.combination.edge
        )


def fit_combination(said: Sequence[Probabilities], codes: Ints) -> tuple[tuple[int, ...], Combination] | None:
    """The places of the models that are worth asking, and how their words are put together.

    A logistic regression (multinomial for three classes and more) on the log ratios of each model's
    probabilities to that of the first class, its weights held small. For two classes no weight is
    negative: the model with the lowest is left out until none is, so that what rises with every member
    rises with all of them.

    Parameters
    ----------
    said
        What each model says of rows that it was not fitted on.
    codes
        What came true.

    Returns
    -------
    tuple or None
        None where fewer than two models are left, or a class has fewer than `MIN_CLASS_ROWS` rows.
    """
    n_classes = said[0].shape[1]
    if np.bincount(codes, minlength=n_classes).min() < MIN_CLASS_ROWS:
        return None
    places = list(range(len(said)))
    while len(places) > 1:
        combination = _regressed([said[place] for place in places], codes)
        lowest = int(combination.weights[:, 1, 1].argmin())
        if n_classes > 2 or combination.weights[lowest, 1, 1] > 0:
            return tuple(places), combination
        del places[lowest]
    return None


def _regressed(said: Sequence[Probabilities], codes: Ints) -> Combination:
    logs = np.stack([straight_log(each) for each in said], axis=1)
    ratios = logs[:, :, 1:] - logs[:, :, :1]
    n_rows, n_members, n_others = ratios.shape
    regression = LogisticRegression(C=1 / STRENGTH, max_iter=MAX_ITERATIONS)
    regression.fit(ratios.reshape(n_rows, -1), codes)
    coefficients, intercepts = regression.coef_, regression.intercept_
    if n_others == 1:  # the logistic function of z is the softmax of (0, z)
        coefficients = np.vstack([np.zeros(n_members), coefficients])
        intercepts = np.append(0.0, intercepts)
    weights = coefficients.T.reshape(n_members, n_others, n_others + 1)
    return Combination(np.concatenate([-weights.sum(axis=1, keepdims=True), weights], axis=1), intercepts)
