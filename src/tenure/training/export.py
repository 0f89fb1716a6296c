"""Fitted model → ONNX, refused unless both say the same of every row they are asked about."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from tenure.errors import ExportMismatchError
from tenure.training.algorithms.model import INPUT, OUTPUT, Matrix, Model, Probabilities
from tenure.training.graphs import keep_only

TOLERANCE = 1e-5
"""Largest difference in probability between the trained model and the exported one."""
N_PROBES = 64
LARGEST = float(np.finfo(np.float32).max)
EXTREMES = (LARGEST, -LARGEST, 1e30, -1e30, 1e9, -1e9, 1e-30, -1e-30, 0.0)


def export(model: Model) -> bytes:
    """The model as ONNX: float32 ``features`` [n, d] → float32 ``probabilities`` [n, k], nothing else.

    The same model gives the same bytes.
    """
    exported = model.to_onnx()
    keep_only(exported.graph, OUTPUT)
    exported.graph.name = "model"
    exported.graph.doc_string = ""
    exported.doc_string = ""
    onnx.checker.check_model(exported)
    return bytes(exported.SerializeToString(deterministic=True))


def run_onnx(exported: bytes, matrix: Matrix) -> Probabilities:
    """What ONNX Runtime says of the rows: shape (n_rows, n_classes), cut to [0, 1]."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
    predicted = session.run([OUTPUT], {INPUT: matrix})[0]
    shares: Probabilities = np.clip(predicted.astype(np.float64), 0.0, 1.0)
    return shares


def check_export(model: Model, exported: bytes, rows: Mapping[str, Matrix]) -> float:
    """The largest difference in probability between model and export on the rows.

    Parameters
    ----------
    model
        What was fitted.
    exported
        Its ONNX.
    rows
        Rows to ask about, by what they are called.

    Raises
    ------
    ExportMismatchError
        If the difference is more than `TOLERANCE`, or not a number, on any row.
    """
    worst = 0.0
    for name, matrix in rows.items():
        differences = np.abs(model.probabilities(matrix) - run_onnx(exported, matrix)).max(
            axis=1, initial=0.0
        )
        wrong = ~(differences <= TOLERANCE)
        if wrong.any():
            raise ExportMismatchError(
                f"the exported model differs from the trained one on {int(wrong.sum()):,} of "
                f"{len(matrix):,} {name} rows, by up to {np.max(differences):.2g} (allowed: {TOLERANCE:g}); "
                f"the first is row {int(np.argmax(wrong))}",
                hint="leave this algorithm out (`model.algorithms`), and report the versions of its library "
                "and of the converter.",
            )
        worst = max(worst, float(differences.max(initial=0.0)))
    return worst


def probe_rows(matrix: Matrix, *, seed: int) -> Matrix:
    """Rows as they may come one day: nulls anywhere, nothing known, and values beyond all seen.

    Parameters
    ----------
    matrix
        Real rows to start from; at most `N_PROBES` of them are used.
    seed
        Seed of the cells that are changed.

    Returns
    -------
    float32 array
        A row of nulls, a row of zeros (every category unknown), a row for each of `EXTREMES`, and
        the real rows with a third of their cells null, zero or extreme.
    """
    rng = np.random.default_rng(seed)
    real = matrix[rng.permutation(len(matrix))[:N_PROBES]]
    strange = np.array([np.nan, *EXTREMES], dtype=np.float32)
    uniform = np.repeat(strange[:, None], matrix.shape[1], axis=1)
    return np.concatenate([uniform, _spoil(real, strange, rng)])


def _spoil(real: Matrix, strange: Matrix, rng: np.random.Generator) -> Matrix:
    spoilt: npt.NDArray[np.bool_] = rng.random(real.shape) < 1 / 3
    return np.where(spoilt, rng.choice(strange, size=real.shape), real).astype(np.float32)
