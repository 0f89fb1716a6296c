"""Logistic regression on imputed, scaled values: null becomes the median, and a column says it was null.

The graph is written by hand in float64. ONNX Runtime has no imputer for float64, and in float32 an
extreme value of one column would swallow the digits of the others.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tenure.training.algorithms.growth import Growth
from tenure.training.algorithms.model import INPUT, OUTPUT, TARGET_OPSET, Matrix, Probabilities, Sample
from tenure.training.algorithms.space import Parameters

NATIVE_FILE = "coefficients.json"
MAX_ITERATIONS = 500
IR_VERSION = 8


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """A fitted pipeline: imputer, scaler, logistic regression."""

    pipeline: Pipeline

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        predicted: Probabilities = self.pipeline.predict_proba(matrix.astype(np.float64))
        return predicted

    def importance(self) -> npt.NDArray[np.float64]:
        """Size of the coefficients per standard deviation; a column and its mark together."""
        sizes = np.abs(self.pipeline.named_steps["regress"].coef_).mean(axis=0)
        impute = self.pipeline.named_steps["impute"]
        n_columns = impute.statistics_.size
        by_column: npt.NDArray[np.float64] = sizes[:n_columns].copy()
        by_column[impute.indicator_.features_] += sizes[n_columns:]
        return by_column

    def native(self) -> Mapping[str, bytes]:
        """Medians, scales and coefficients as JSON."""
        learned = {name: values.tolist() for name, values in learned_of(self.pipeline).items()}
        return {NATIVE_FILE: json.dumps(learned, sort_keys=True).encode()}

    def to_onnx(self) -> onnx.ModelProto:
        """The pipeline as a graph in float64: fill, mark, scale, multiply, squash."""
        return _graph(learned_of(self.pipeline))


def fit_logistic_regression(sample: Sample, parameters: Parameters, growth: Growth) -> LinearModel:
    """A pipeline fitted in one go; one that has not converged is judged as it is."""
    pipeline = Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
            ("scale", StandardScaler()),
            (
                "regress",
                LogisticRegression(C=parameters["C"], max_iter=MAX_ITERATIONS, random_state=growth.seed),
            ),
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline.fit(sample.matrix.astype(np.float64), sample.codes, regress__sample_weight=sample.weights)
    return LinearModel(pipeline)


def learned_of(pipeline: Pipeline) -> dict[str, npt.NDArray[Any]]:
    """Medians, columns with a mark for null, means, scales, coefficients and intercepts."""
    impute, scale, regress = (pipeline.named_steps[name] for name in ("impute", "scale", "regress"))
    return {
        "medians": impute.statistics_,
        "marked": np.asarray(impute.indicator_.features_, dtype=np.int64),
        "means": scale.mean_,
        "scales": scale.scale_,
        "coefficients": regress.coef_,
        "intercepts": regress.intercept_,
    }


def _graph(learned: Mapping[str, npt.NDArray[Any]]) -> onnx.ModelProto:
    coefficients, intercepts = learned["coefficients"].T, learned["intercepts"]
    if coefficients.shape[1] == 1:  # the logistic function of z is the softmax of (0, z)
        coefficients = np.column_stack([np.zeros(len(coefficients)), coefficients])
        intercepts = np.append(0.0, intercepts)
    constants = {
        "medians": learned["medians"],
        "marked": learned["marked"],
        "means": learned["means"],
        "scales": learned["scales"],
        "coefficients": np.ascontiguousarray(coefficients),
        "intercepts": intercepts,
    }
    n_columns, n_classes = learned["medians"].size, coefficients.shape[1]
    graph = helper.make_graph(
        _nodes(),
        "model",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, n_columns])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, n_classes])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opset = [helper.make_opsetid("", TARGET_OPSET[""])]
    return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="tenure")


def _nodes() -> list[onnx.NodeProto]:
    double, single = TensorProto.DOUBLE, TensorProto.FLOAT
    return [
        helper.make_node("Cast", [INPUT], ["values"], to=double),
        helper.make_node("IsNaN", ["values"], ["is_null"]),
        helper.make_node("Where", ["is_null", "medians", "values"], ["filled"]),
        helper.make_node("Cast", ["is_null"], ["null_marks"], to=double),
        helper.make_node("Gather", ["null_marks", "marked"], ["marks"], axis=1),
        helper.make_node("Concat", ["filled", "marks"], ["wide"], axis=1),
        helper.make_node("Sub", ["wide", "means"], ["centred"]),
        helper.make_node("Div", ["centred", "scales"], ["scaled"]),
        helper.make_node("MatMul", ["scaled", "coefficients"], ["products"]),
        helper.make_node("Add", ["products", "intercepts"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=1),
        helper.make_node("Cast", ["shares"], [OUTPUT], to=single),
    ]
