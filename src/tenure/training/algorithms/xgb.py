"""XGBoost: trees boosted on float32 values, null in whichever direction serves best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import xgboost

from tenure.errors import TrainingError
from tenure.training.algorithms.growth import Chunk, Growth, grow
from tenure.training.algorithms.model import INPUT, Matrix, Probabilities, Sample, two_columns
from tenure.training.algorithms.space import Parameters
from tenure.training.config import Device

NATIVE_FILE = "model.ubj"
MAX_BIN = 64
"""Cuts tried per feature: with some thousand rows more of them cost time and gain nothing."""
MAX_OPSET = 15
"""The newest that the converter writes."""


@dataclass(frozen=True, slots=True, eq=False)
class XGBoostModel:
    """A fitted booster."""

    booster: xgboost.Booster
    n_classes: int

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        predicted = self.booster.predict(xgboost.DMatrix(matrix, nthread=1))
        return two_columns(predicted) if self.n_classes == 2 else predicted.astype(np.float64)

    def importance(self) -> npt.NDArray[np.float64]:
        """Gain in the objective by each column's splits, in all."""
        gains = self.booster.get_score(importance_type="total_gain")
        by_column = (gains.get(f"f{column}", 0.0) for column in range(self.booster.num_features()))
        return np.fromiter(by_column, np.float64)

    def native(self) -> Mapping[str, bytes]:
        """The booster as Universal Binary JSON."""
        return {NATIVE_FILE: _state(self.booster)}

    def to_onnx(self) -> onnx.ModelProto:
        """The booster as a graph."""
        from onnxmltools import convert_xgboost  # noqa: PLC0415 - half a second, which only an export needs
        from onnxmltools.convert.common.data_types import FloatTensorType  # noqa: PLC0415

        features = [(INPUT, FloatTensorType([None, self.booster.num_features()]))]
        graph: onnx.ModelProto = convert_xgboost(self.booster, initial_types=features, target_opset=MAX_OPSET)
        return graph


def fit_xgboost(sample: Sample, parameters: Parameters, growth: Growth) -> XGBoostModel:
    """A booster grown in chunks; each continues the one before it, read back from its bytes."""
    rows = xgboost.QuantileDMatrix(
        sample.matrix, sample.codes, weight=sample.weights, max_bin=MAX_BIN, nthread=1
    )
    _require(growth.device)
    settings = _settings(sample, parameters) | {"device": growth.device.value}

    def add(states: tuple[bytes, ...], chunk: Chunk) -> bytes:
        before = _booster(states[-1]) if states else None
        seeded = {**settings, "seed": chunk.seed}
        return _state(xgboost.train(seeded, rows, chunk.n_new, xgb_model=before))

    def model_of(states: tuple[bytes, ...]) -> XGBoostModel:
        return XGBoostModel(_booster(states[-1]), sample.n_classes)

    n_estimators = growth.share(float(parameters["estimators_share"]))
    return model_of(
        grow(add, growth, n_estimators=n_estimators, predict=lambda states: model_of(states).probabilities)
    )


def _require(device: Device) -> None:
    if device is Device.CUDA and not xgboost.build_info().get("USE_CUDA", False):
        raise TrainingError(
            f"`model.device` is cuda, and XGBoost {xgboost.__version__} as installed here computes on the "
            "processor only",
            hint="install `xgboost` in place of `xgboost-cpu`, on a machine with an NVIDIA card; or set "
            "`model.device: cpu`.",
        )


def _settings(sample: Sample, parameters: Parameters) -> dict[str, Any]:
    """What the library is told; the prior is set, because a continued booster must not guess it anew."""
    tuned = {name: value for name, value in parameters.items() if name != "estimators_share"}
    fixed: dict[str, Any] = {"tree_method": "hist", "max_bin": MAX_BIN, "nthread": 1, "verbosity": 0}
    if any(sample.directions):
        fixed["monotone_constraints"] = f"({','.join(str(sign) for sign in sample.directions)})"
    if sample.n_classes > 2:
        return {**tuned, **fixed, "objective": "multi:softprob", "num_class": sample.n_classes}
    prior = float(np.average(sample.codes, weights=sample.weights))
    return {**tuned, **fixed, "objective": "binary:logistic", "base_score": prior}


def _state(booster: xgboost.Booster) -> bytes:
    return bytes(booster.save_raw("ubj"))


def _booster(state: bytes) -> xgboost.Booster:
    return xgboost.Booster(params={"nthread": 1, "verbosity": 0}, model_file=bytearray(state))
