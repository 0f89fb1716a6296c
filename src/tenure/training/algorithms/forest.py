"""Random forest and decision tree of scikit-learn, on float32 values, null to the side that serves best."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from tenure.training.algorithms.growth import Chunk, Growth, grow
from tenure.training.algorithms.model import INPUT, TARGET_OPSET, Matrix, Probabilities, Sample
from tenure.training.algorithms.space import Parameters
from tenure.training.algorithms.treetable import (
    forest_of,
    missing_goes_left,
    null_goes_left,
    trees_from_bytes,
    trees_to_bytes,
)

NATIVE_FILE = "trees.parquet"
LOWEST = np.finfo(np.float32).min


@dataclass(frozen=True, slots=True, eq=False)
class TreesModel:
    """One tree, or the mean of several."""

    estimator: DecisionTreeClassifier | RandomForestClassifier
    trees: tuple[DecisionTreeClassifier, ...]

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        with np.errstate(over="ignore", invalid="ignore"):  # scikit-learn sums all values to look for nulls
            predicted: Probabilities = self.estimator.predict_proba(matrix)
        return np.clip(predicted, 0.0, 1.0)

    def importance(self) -> npt.NDArray[np.float64]:
        """Mean decrease of impurity by each column's splits."""
        shares: npt.NDArray[np.float64] = self.estimator.feature_importances_
        return shares

    def native(self) -> Mapping[str, bytes]:
        """The nodes of all trees as a table."""
        return {NATIVE_FILE: trees_to_bytes(self.trees)}

    def to_onnx(self) -> onnx.ModelProto:
        """The trees as a graph, with the way null goes, which the converter leaves out."""
        from skl2onnx import convert_sklearn  # noqa: PLC0415 - half a second, which only an export needs
        from skl2onnx.common.data_types import FloatTensorType  # noqa: PLC0415

        features = [(INPUT, FloatTensorType([None, self.estimator.n_features_in_]))]
        options = {id(self.estimator): {"zipmap": False}}
        graph: onnx.ModelProto = convert_sklearn(
            self.estimator, initial_types=features, options=options, target_opset=TARGET_OPSET
        )
        _send_missing(graph, [int(left) for left in missing_goes_left(self.trees)])
        return graph


def fit_random_forest(sample: Sample, parameters: Parameters, growth: Growth) -> TreesModel:
    """A forest grown in chunks of trees, each chunk from its own seed."""
    settings = forest_settings(parameters, n_columns=sample.matrix.shape[1]) | _constraints(sample)
    matrix = _filled(sample)

    def add(_states: tuple[bytes, ...], chunk: Chunk) -> bytes:
        forest = RandomForestClassifier(
            n_estimators=chunk.n_new, random_state=chunk.seed, n_jobs=1, **settings
        )
        forest.fit(matrix, sample.codes, sample_weight=sample.weights)
        return trees_to_bytes(_taking_null(forest.estimators_, sample))

    n_estimators = growth.n_estimators
    return _forest_model(
        grow(add, growth, n_estimators=n_estimators, predict=lambda s: _forest_model(s).probabilities)
    )


def fit_decision_tree(sample: Sample, parameters: Parameters, growth: Growth) -> TreesModel:
    """One tree; quick enough to begin anew."""
    tree = DecisionTreeClassifier(random_state=growth.seed, **parameters, **_constraints(sample))
    tree.fit(_filled(sample), sample.codes, sample_weight=sample.weights)
    (tree,) = _taking_null([tree], sample)
    return TreesModel(tree, (tree,))


def forest_settings(parameters: Parameters, *, n_columns: int) -> dict[str, Any]:
    """What the library is told: columns tried per split as a multiple of their square root.

    Examples
    --------
    >>> forest_settings({"features_factor": 2.0, "max_depth": 4}, n_columns=100)
    {'max_depth': 4, 'max_features': 20}
    """
    tuned = {name: value for name, value in parameters.items() if name != "features_factor"}
    wanted = round(float(parameters["features_factor"]) * math.sqrt(n_columns))
    return {**tuned, "max_features": min(max(wanted, 1), n_columns)}


def _constraints(sample: Sample) -> dict[str, Any]:
    return {"monotonic_cst": list(sample.directions)} if any(sample.directions) else {}


def _filled(sample: Sample) -> Matrix:
    """The rows; with constraints, which scikit-learn has for values only, null as the lowest value."""
    if not any(sample.directions):
        return sample.matrix
    return np.where(np.isnan(sample.matrix), LOWEST, sample.matrix)


def _taking_null(trees: Sequence[DecisionTreeClassifier], sample: Sample) -> list[DecisionTreeClassifier]:
    """The trees; those that saw null as the lowest value now take null itself, where that value went."""
    return null_goes_left(trees) if any(sample.directions) else list(trees)


def _forest_model(states: tuple[bytes, ...]) -> TreesModel:
    trees = tuple(tree for state in states for tree in trees_from_bytes(state))
    return TreesModel(forest_of(trees), trees)


def _send_missing(graph: onnx.ModelProto, left: Sequence[int]) -> None:
    """Write for every node whether null goes left; the converter writes "right" for all of them."""
    for node in graph.graph.node:
        for attribute in node.attribute:
            if attribute.name == "nodes_missing_value_tracks_true":
                attribute.ints[:] = left
