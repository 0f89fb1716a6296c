"""A scorecard: each column in a few bins, each bin its points, their sum the score.

Columns are binned so that the event rate goes one way, bins replaced by their weight of evidence, and a
logistic regression on it fitted whose coefficients may not turn a bin's evidence around. What it says is
the sum of points that anybody can look up in ``scorecard.csv`` (Siddiqi, "Credit Risk Scorecards",
Wiley 2006).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from scipy.optimize import minimize
from scipy.special import expit

from tenure.errors import TrainingError
from tenure.training.algorithms.binning import Binning, BinPolicy, bin_column
from tenure.training.algorithms.growth import Growth
from tenure.training.algorithms.model import (
    INPUT,
    OUTPUT,
    TARGET_OPSET,
    Matrix,
    Probabilities,
    Sample,
    two_columns,
)
from tenure.training.algorithms.points import Characteristic, Floats, Scale, scorecard_csv
from tenure.training.algorithms.space import Parameters

TABLE_FILE = "scorecard.csv"
SCALE_FILE = "scorecard.json"
MIN_INFORMATION = 0.02
"""Information value below which a column tells nothing (Siddiqi 2006, table 6.2)."""
MAX_ITERATIONS = 1000
IR_VERSION = 8


@dataclass(frozen=True, slots=True, eq=False)
class ScorecardModel:
    """Characteristics with their points.

    Attributes
    ----------
    characteristics : tuple of Characteristic
        In the order of the matrix.
    scale : Scale
        What points mean.
    intercept : float
        Log odds of the event of a row without any evidence.
    n_columns : int
        Of the matrix.
    """

    characteristics: tuple[Characteristic, ...]
    scale: Scale
    intercept: float
    n_columns: int

    def score(self, matrix: Matrix) -> Floats:
        """The sum of points of each row: the higher, the less probable the event."""
        total = np.zeros(len(matrix))
        for each in self.characteristics:
            total += each.points[each.binning.assign(matrix[:, each.column])]
        return total

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        return two_columns(self.scale.probability(self.score(matrix)))

    def importance(self) -> npt.NDArray[np.float64]:
        """Standard deviation over the rows fitted on of what each column adds to the log odds."""
        by_column = np.zeros(self.n_columns)
        for each in self.characteristics:
            shares = each.binning.rows / each.binning.rows.sum()
            added = each.coefficient * each.binning.woe
            by_column[each.column] = np.sqrt(shares @ (added - shares @ added) ** 2)
        return by_column

    def native(self) -> Mapping[str, bytes]:
        """The table of bins and points as CSV; scale and coefficients as JSON."""
        learned = {
            "factor": self.scale.factor,
            "offset": self.scale.offset,
            "intercept": self.intercept,
            "coefficients": {each.name: each.coefficient for each in self.characteristics},
        }
        return {
            TABLE_FILE: scorecard_csv(self.characteristics),
            SCALE_FILE: json.dumps(learned, sort_keys=True).encode(),
        }

    def to_onnx(self) -> onnx.ModelProto:
        """The points as a graph in float64: each edge that a value reaches adds a step of log odds."""
        return _graph(self)


def fit_scorecard(sample: Sample, parameters: Parameters, growth: Growth) -> ScorecardModel:
    """Bins, weights of evidence, regression, points; in one go, and without any chance.

    Bins count rows as they are, which changes no weight of evidence where rows count by their class; the
    regression weighs them.

    Raises
    ------
    TrainingError
        If there are more than two classes.
    """
    if sample.n_classes != 2:
        raise TrainingError(
            f"`scorecard` tells two classes apart; there are {sample.n_classes}",
            hint="leave it out of `model.algorithms`.",
        )
    policy = BinPolicy(int(parameters["max_bins"]), float(parameters["min_bin_share"]))
    binnings = _bin_columns(sample, policy)
    told = telling(binnings, n_most=int(parameters["n_features"]))
    woe = evidence(sample.matrix[:, told], [binnings[column] for column in told])
    coefficients, intercept = regress(woe, sample.codes, sample.weights, c=float(parameters["C"]))
    kept = {told[number]: float(coefficients[number]) for number in np.flatnonzero(coefficients)}
    kept = kept or {told[0]: 0.0}  # nothing tells: a scorecard of one column, whose bins are all alike
    scale = Scale.of(growth.scorecard)
    characteristics = tuple(
        Characteristic(
            column=column,
            name=sample.names[column] if sample.names else f"column {column}",
            binning=binnings[column],
            coefficient=coefficient,
            points=scale.points(
                binnings[column].woe, coefficient=coefficient, intercept=intercept, n=len(kept)
            ),
        )
        for column, coefficient in kept.items()
    )
    return ScorecardModel(characteristics, scale, intercept, sample.matrix.shape[1])


def evidence(matrix: Matrix, binnings: Sequence[Binning]) -> Floats:
    """The weight of evidence of every cell: one binning per column."""
    pairs = zip(matrix.T, binnings, strict=True)
    return np.column_stack([binning.woe[binning.assign(values)] for values, binning in pairs])


def telling(binnings: Sequence[Binning], *, n_most: int) -> list[int]:
    """The columns of the highest information value, in their order: at most so many, at least one."""
    values = np.array([binning.information for binning in binnings])
    best = np.argsort(-values, kind="stable")[:n_most]
    told = [int(column) for column in best if values[column] >= MIN_INFORMATION]
    return sorted(told) or [int(best[0])]


def regress(woe: Floats, codes: npt.NDArray[np.int64], weights: Floats, *, c: float) -> tuple[Floats, float]:
    """The coefficients (0 or more) and intercept of a ridge logistic regression of the event.

    The log odds are ``intercept − woe @ coefficients``. Minimised is scikit-learn's objective, half the sum
    of squared coefficients plus `c` times the weighted log loss, with L-BFGS-B [1]_; where no bound holds,
    the solution is scikit-learn's. A column whose coefficient would be negative, because others say the
    same better, gets 0.

    References
    ----------
    .. [1] R. Byrd, P. Lu, J. Nocedal and C. Zhu, "A Limited Memory Algorithm for Bound Constrained
       Optimization", SIAM Journal on Scientific Computing 16, 1995.
    """
    signs = 2.0 * codes - 1.0

    def loss(unknown: Floats) -> tuple[float, Floats]:
        coefficients, intercept = unknown[:-1], unknown[-1]
        margins = signs * (intercept - woe @ coefficients)
        value = 0.5 * coefficients @ coefficients + c * (weights @ np.logaddexp(0.0, -margins))
        pulls = -c * weights * signs * expit(-margins)  # of the log odds
        return float(value), np.append(coefficients - woe.T @ pulls, pulls.sum())

    n_columns = woe.shape[1]
    events = float(weights @ codes)
    start = np.append(np.zeros(n_columns), np.log(events / (weights.sum() - events)))
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[*[(0.0, None)] * n_columns, (None, None)],
        options={"maxiter": MAX_ITERATIONS, "ftol": 1e-14, "gtol": 1e-7},
    )
    return found.x[:-1], float(found.x[-1])


def _bin_columns(sample: Sample, policy: BinPolicy) -> list[Binning]:
    n_columns = sample.matrix.shape[1]
    directions = sample.directions or (0,) * n_columns
    return [
        bin_column(sample.matrix[:, column], sample.codes, policy, direction=directions[column])
        for column in range(n_columns)
    ]


def _graph(model: ScorecardModel) -> onnx.ModelProto:
    columns, edges, steps, of_null = _steps(model)
    constants: dict[str, npt.NDArray[Any]] = {
        "columns": columns,
        "edges": edges,
        "steps": np.column_stack([np.zeros(len(steps)), steps]),  # z is the softmax of (0, z)
        "of_null": np.array([0.0, of_null]),
    }
    graph = helper.make_graph(
        _nodes(),
        "model",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, model.n_columns])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 2])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opset = [helper.make_opsetid("", TARGET_OPSET[""])]
    return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="tenure")


def _steps(
    model: ScorecardModel,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], Floats, float]:
    """Column, edge and step of log odds of every bin of values, and the log odds of a row of nulls.

    The first bin of a column begins at −∞, which every value reaches and null does not.
    """
    columns, edges, steps, of_null = [], [], [], model.scale.offset / model.scale.factor
    for each in model.characteristics:
        values, null = -each.points[:-1] / model.scale.factor, -each.points[-1] / model.scale.factor
        columns.append(np.full(len(values), each.column, dtype=np.int64))
        edges.append(np.append(np.float32(-np.inf), each.binning.edges))
        steps.append(np.diff(values, prepend=null))
        of_null += float(null)
    return np.concatenate(columns), np.concatenate(edges), np.concatenate(steps), of_null


def _nodes() -> list[onnx.NodeProto]:
    return [
        helper.make_node("Gather", [INPUT, "columns"], ["values"], axis=1),
        helper.make_node("GreaterOrEqual", ["values", "edges"], ["reached"]),
        helper.make_node("Cast", ["reached"], ["marks"], to=TensorProto.DOUBLE),
        helper.make_node("MatMul", ["marks", "steps"], ["climbed"]),
        helper.make_node("Add", ["climbed", "of_null"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=1),
        helper.make_node("Cast", ["shares"], [OUTPUT], to=TensorProto.FLOAT),
    ]
