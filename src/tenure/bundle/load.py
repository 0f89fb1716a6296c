"""A bundle folder → probabilities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pyarrow as pa
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from tenure.bundle.columns import coded_columns
from tenure.bundle.encoding import Encoder, Matrix
from tenure.bundle.manifest import check_files, read_manifest, read_verified
from tenure.bundle.schema import BundleSchema
from tenure.bundle.write import ENCODINGS, METRICS, MODEL, NATIVE, PROFILE, PROVENANCE, SCHEMA
from tenure.errors import BundleError, BundleIntegrityError

INPUT = "features"
OUTPUT = "probabilities"

_ORT_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A loaded model: what it is, and its answers."""

    folder: Path
    sha256: str
    """The bundle's identity: the hash of its manifest."""
    schema: BundleSchema
    profile: Mapping[str, Any]
    metrics: Mapping[str, Any]
    provenance: Mapping[str, Any]
    _session: ort.InferenceSession = field(repr=False)
    _encoder: Encoder = field(repr=False)

    def score(self, table: pa.Table) -> npt.NDArray[np.float64]:
        """The probability of each class for each row: shape (n_rows, n_classes), float64.

        Parameters
        ----------
        table
            A column per feature, in any order; other columns are left alone.

        Raises
        ------
        BundleError
            If a feature has no column or one of the wrong type, or the model answers with NaN.
        """
        columns = coded_columns(table, self.schema.features)
        answers = [self.score_matrix(block) for block in self._encoder.blocks(columns)]
        return np.concatenate(answers) if answers else np.empty((0, len(self.schema.classes)))

    def encode(self, table: pa.Table) -> Matrix:
        """The rows as the model takes them: what `score_matrix` scores.

        Raises
        ------
        BundleError
            If a feature has no column or one of the wrong type.
        """
        return self._encoder.encode(coded_columns(table, self.schema.features))

    def score_row(self, values: Mapping[str, object]) -> npt.NDArray[np.float64]:
        """The probability of each class for one row of plain values: shape (n_classes,)."""
        probabilities: npt.NDArray[np.float64] = self.score_matrix(self._encoder.encode_row(values))[0]
        return probabilities

    def score_matrix(self, matrix: Matrix) -> npt.NDArray[np.float64]:
        """The probability of each class for rows that `encode` has made."""
        if len(matrix) == 0:
            return np.empty((0, len(self.schema.classes)))
        try:
            (answer,) = self._session.run([OUTPUT], {INPUT: matrix})
        except _ORT_ERRORS as error:
            raise BundleError(f"the model of {self.folder} cannot score: {_first_line(error)}") from error
        return self._checked(np.asarray(answer, dtype=np.float64), len(matrix))

    def classify(self, probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
        """The class of each row.

        Binary: the positive class where its probability is at or above the threshold. Multiclass:
        the most probable class, the first of equals.
        """
        classes = np.array(self.schema.classes, dtype=object)
        threshold = self.schema.threshold
        codes = probabilities.argmax(axis=1) if threshold is None else probabilities[:, -1] >= threshold
        chosen: npt.NDArray[np.object_] = classes[codes.astype(np.int64)]
        return chosen

    @property
    def native(self) -> tuple[Path, ...]:
        """The files in the library's own format, by name."""
        return tuple(sorted(path for path in (self.folder / NATIVE).rglob("*") if path.is_file()))

    def _checked(self, answer: npt.NDArray[np.float64], n_rows: int) -> npt.NDArray[np.float64]:
        shape = (n_rows, len(self.schema.classes))
        if answer.shape != shape:
            raise BundleError(f"the model of {self.folder} answers with shape {answer.shape}, not {shape}")
        if not np.isfinite(answer).all():
            n_wrong = int((~np.isfinite(answer)).any(axis=1).sum())
            raise BundleError(
                f"the model of {self.folder} has no probability for {n_wrong:,} of {n_rows:,} rows"
            )
        return answer


def load_bundle(folder: Path | str, *, verify: bool = True, sha256: str | None = None) -> Bundle:
    """The bundle in `folder`, ready to score on one thread.

    Parameters
    ----------
    folder
        Where it lies.
    verify
        Whether to hash every file; without, their presence is all that is checked.
    sha256
        The identity it must have, as the registry says; any when None.

    Raises
    ------
    BundleIntegrityError
        If a file is missing, unknown or differs from its hash (the message names it), or the bundle
        is not the one asked for.
    BundleError
        If its schema or its model cannot be used.
    """
    folder = Path(folder)
    identity, hashes = read_manifest(folder)
    if sha256 is not None and identity != sha256:
        raise BundleIntegrityError(
            f"{folder} holds bundle {identity[:12]}…, not {sha256[:12]}… as registered"
        )
    check_files(folder, hashes, contents=verify)

    def read(path: str) -> bytes:
        return read_verified(folder, path, hashes, verify=verify)

    encodings = json.loads(read(ENCODINGS)) if ENCODINGS in hashes else {}
    schema = BundleSchema.from_json(json.loads(read(SCHEMA)), encodings)
    encoder = Encoder(schema.features)
    session = _session(read(MODEL), folder)
    _check_graph(session, encoder, folder)
    profile, metrics, provenance = (json.loads(read(path)) for path in (PROFILE, METRICS, PROVENANCE))
    return Bundle(folder, identity, schema, profile, metrics, provenance, session, encoder)


def _session(model: bytes, folder: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _ORT_ERRORS as error:
        raise BundleError(f"{folder / MODEL} is no model that can be run: {_first_line(error)}") from error


def _check_graph(session: ort.InferenceSession, encoder: Encoder, folder: Path) -> None:
    inputs = {argument.name: argument.shape for argument in session.get_inputs()}
    outputs = [argument.name for argument in session.get_outputs()]
    if list(inputs) != [INPUT] or OUTPUT not in outputs:
        raise BundleError(
            f"{folder / MODEL} takes {sorted(inputs)} and gives {outputs}; "
            f"a bundle's model takes `{INPUT}` and gives `{OUTPUT}`"
        )
    if len(inputs[INPUT]) != 2 or inputs[INPUT][1] != encoder.width:
        raise BundleError(
            f"{folder / MODEL} takes shape {inputs[INPUT]}; its schema makes {encoder.width} columns"
        )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]
