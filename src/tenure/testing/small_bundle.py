"""A small model whose answers can be worked out by hand: softmax of a linear score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from tenure.bundle import BundleSchema, FeatureSpec, audit_record, split_record, write_bundle
from tenure.domain.evaluations import Task
from tenure.domain.features import FeatureKind
from tenure.domain.models import Span, Split

_DAY = date(2023, 1, 1)
_UNSEEN = Span(_DAY, _DAY, 1)


def softmax_onnx(weights: npt.ArrayLike, bias: npt.ArrayLike | None = None) -> bytes:
    r"""An ONNX model of :math:`p = \mathrm{softmax}(x W + b)`, with NaN in x counted as 0.

    Parameters
    ----------
    weights : array_like of shape (n_columns, n_classes)
        W.
    bias : array_like of shape (n_classes,), optional
        b; zero when absent.
    """
    table = np.asarray(weights, dtype=np.float32)
    offset = np.zeros(table.shape[1], np.float32) if bias is None else np.asarray(bias, np.float32)
    nodes = [
        helper.make_node("IsNaN", ["features"], ["is_null"]),
        helper.make_node("Where", ["is_null", "zero", "features"], ["known"]),
        helper.make_node("Gemm", ["known", "weights", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    constants = {"zero": np.zeros((), np.float32), "weights": table, "bias": offset}
    graph = helper.make_graph(
        nodes,
        "softmax",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, table.shape[0]])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, table.shape[1]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


def write_small_bundle(
    folder: Path,
    *,
    weights: Sequence[float] = (1.0,),
    classes: tuple[str, ...] = ("no", "yes"),
    threshold: float | None = 0.5,
    as_of: date = _DAY,
    split: Split | None = None,
    **changes: Any,
) -> str:
    """The identity of a bundle that now lies in `folder`: numbers ``x0``, ``x1`` ... and a linear score.

    Parameters
    ----------
    folder
        Where it goes.
    weights
        Weight of each number in the log-odds of the last class; the other classes are at 0.
    classes, threshold, as_of
        As in `BundleSchema`; a threshold goes with two classes.
    split
        What its provenance says it was fitted on; a day nobody asks about when None.
    **changes
        Fields of `BundleSchema`, and parts of the bundle (``profile``, ``native`` ...), to be
        otherwise.
    """
    table = np.zeros((len(weights), len(classes)), np.float32)
    table[:, -1] = weights
    specs = tuple(FeatureSpec(f"x{place}", FeatureKind.NUMBER) for place in range(len(weights)))
    fields: dict[str, Any] = {
        "project": "small",
        "task": Task.BINARY if len(classes) == 2 else Task.MULTICLASS,
        "classes": classes,
        "threshold": threshold if len(classes) == 2 else None,
        "keys": ("id",),
        "features": specs,
        "algorithm": "logistic_regression",
        "as_of": as_of,
        "cuts": None,
    }
    parts: dict[str, Any] = {
        "onnx": softmax_onnx(table),
        "native": {"weights.json": repr(list(weights)).encode()},
        "profile": {},
        "metrics": {},
        "provenance": _provenance(split or Split(_UNSEEN, _UNSEEN, _UNSEEN)),
        "reasons": {},
    }
    schema = BundleSchema(**_changed(fields, changes))
    return write_bundle(folder, schema=schema, **_changed(parts, changes))


def _provenance(split: Split) -> dict[str, Any]:
    return {"split": split_record(split), "audit": audit_record(muted=(), n_errors=0)}


def _changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: changes.get(name, value) for name, value in values.items()}
