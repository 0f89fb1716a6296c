"""LightGBM: trees boosted leaf by leaf on float32 values, null as a value of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import onnx

from tenure.errors import TrainingError
from tenure.training.algorithms.growth import Chunk, Growth, grow
from tenure.training.algorithms.model import INPUT, Matrix, Probabilities, Sample, two_columns
from tenure.training.algorithms.space import Parameters
from tenure.training.config import Device

NATIVE_FILE = "model.txt"
MAX_BIN = 63
MAX_OPSET = 15
"""The newest that the converter writes."""

_FIXED: Mapping[str, Any] = {
    "bagging_freq": 1,
    "deterministic": True,
    "force_col_wise": True,
    "max_bin": MAX_BIN,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True, eq=False)
class LightGBMModel:
    """A fitted booster whose thresholds are float32 values."""

    booster: lightgbm.Booster
    n_classes: int

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        predicted = np.asarray(self.booster.predict(matrix, num_threads=1))
        return two_columns(predicted) if self.n_classes == 2 else predicted

    def importance(self) -> npt.NDArray[np.float64]:
        """Gain in the objective by each column's splits, in all."""
        return self.booster.feature_importance("gain").astype(np.float64)

    def native(self) -> Mapping[str, bytes]:
        """The booster as LightGBM's own text."""
        return {NATIVE_FILE: self.booster.model_to_string().encode()}

    def to_onnx(self) -> onnx.ModelProto:
        """The booster as a graph."""
        from onnxmltools import convert_lightgbm  # noqa: PLC0415 - half a second, which only an export needs
        from onnxmltools.convert.common.data_types import FloatTensorType  # noqa: PLC0415

        features = [(INPUT, FloatTensorType([None, self.booster.num_feature()]))]
        graph: onnx.ModelProto = convert_lightgbm(
            self.booster, initial_types=features, zipmap=False, target_opset=MAX_OPSET
        )
        return graph


def fit_lightgbm(sample: Sample, parameters: Parameters, growth: Growth) -> LightGBMModel:
    """A booster grown in chunks; each continues the one before it, read back from its text."""
    settings = _settings(sample, parameters) | {"device_type": growth.device.value}
    rows = lightgbm.Dataset(
        sample.matrix, sample.codes, weight=sample.weights, free_raw_data=False, params=_of_rows(sample)
    )

    def add(states: tuple[bytes, ...], chunk: Chunk) -> bytes:
        before = _booster(states[-1]) if states else None
        seeded = {**settings, "seed": chunk.seed}
        booster = _train(seeded, rows, chunk.n_new, before, device=growth.device)
        return booster.model_to_string().encode()

    def model_of(states: tuple[bytes, ...]) -> LightGBMModel:
        return LightGBMModel(_booster(round_thresholds(states[-1].decode()).encode()), sample.n_classes)

    n_estimators = growth.share(float(parameters["estimators_share"]))
    return model_of(
        grow(add, growth, n_estimators=n_estimators, predict=lambda states: model_of(states).probabilities)
    )


def round_thresholds(text: str) -> str:
    """The same booster with every threshold rounded down to the next float32.

    A float32 value x is at most t exactly if it is at most the largest float32 value that is at most
    t. So no prediction changes, and a runtime that holds thresholds as float32 (ONNX does) cannot send a
    row the other way. The sizes of the trees change with the text; without them it is read in order.

    Examples
    --------
    >>> round_thresholds("threshold=0.1 2.5")
    'threshold=0.09999999403953552 2.5'
    """
    lines = [line for line in text.split("\n") if not line.startswith("tree_sizes=")]
    return "\n".join(_rounded_line(line) for line in lines)


def _rounded_line(line: str) -> str:
    name, _, values = line.partition("=")
    if name != "threshold" or not values:
        return line
    exact = np.array(values.split(" "), dtype=np.float64)
    with np.errstate(over="ignore"):  # LightGBM's 1e300 becomes infinite, then the largest float32
        near = exact.astype(np.float32)
    below = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
    return f"{name}={' '.join(repr(value) for value in below.astype(np.float64).tolist())}"


def _train(
    settings: dict[str, Any],
    rows: lightgbm.Dataset,
    n_estimators: int,
    before: lightgbm.Booster | None,
    *,
    device: Device,
) -> lightgbm.Booster:
    try:
        return lightgbm.train(settings, rows, n_estimators, init_model=before)
    except lightgbm.basic.LightGBMError as error:
        if device is Device.CPU:
            raise
        raise TrainingError(
            f"`model.device` is cuda, and LightGBM {lightgbm.__version__} as installed here cannot: {error}",
            hint="build LightGBM with CUDA (`-DUSE_CUDA=1`), on a machine with an NVIDIA card; or set "
            "`model.device: cpu`.",
        ) from error


def _of_rows(sample: Sample) -> dict[str, Any]:
    """What must be known before a value is read."""
    if not any(sample.directions):
        return dict(_FIXED)
    return {**_FIXED, "monotone_constraints": list(sample.directions)}


def _settings(sample: Sample, parameters: Parameters) -> dict[str, Any]:
    tuned = {name: value for name, value in parameters.items() if name != "estimators_share"}
    if sample.n_classes > 2:
        return {**tuned, **_of_rows(sample), "objective": "multiclass", "num_class": sample.n_classes}
    return {**tuned, **_of_rows(sample), "objective": "binary"}


def _booster(state: bytes) -> lightgbm.Booster:
    return lightgbm.Booster(model_str=state.decode())
