"""What a tuning process is given and what it gives back: arrays and JSON in a folder, no pickled object."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from tenure.training.algorithms.model import Matrix, Sample
from tenure.training.algorithms.space import Parameters
from tenure.training.config import AlgorithmName, Device, ThresholdPolicy, TuningMetric
from tenure.training.study import TrialResult

_RESULTS: TypeAdapter[list[TrialResult]] = TypeAdapter(list[TrialResult])


@dataclass(frozen=True, slots=True)
class Task:
    """One study to run: an algorithm on the arrays of a folder."""

    algorithm: AlgorithmName
    arrays: Path
    journal: Path
    n_classes: int
    n_estimators: int
    every: int
    n_trials: int
    seconds: float | None
    metric: TuningMetric
    threshold: ThresholdPolicy
    seed: int
    starts: tuple[Parameters, ...]
    pruning: bool
    device: Device
    workers: int = 1
    """How many processes may work on the study at once."""
    database: str | None = None
    """Where the study is written down instead of in the journal."""

    @property
    def results(self) -> Path:
        """Where the completed trials are written."""
        return self.journal.with_suffix(".trials.json")


_TASK: TypeAdapter[Task] = TypeAdapter(Task)


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """Rows to fit on and rows to compare on."""

    sample: Sample
    validation: Matrix
    validation_codes: npt.NDArray[np.int64]


def write_task(task: Task) -> str:
    """The task as one line of JSON."""
    return _TASK.dump_json(task).decode()


def read_task(line: str) -> Task:
    """The task of such a line."""
    return _TASK.validate_json(line)


def write_arrays(folder: Path, arrays: Arrays) -> None:
    """Write the arrays as ``.npy`` files, which other processes map into their memory."""
    folder.mkdir(parents=True, exist_ok=True)
    named: Mapping[str, npt.NDArray[Any]] = {
        "matrix": arrays.sample.matrix,
        "codes": arrays.sample.codes,
        "weights": arrays.sample.weights,
        "directions": np.array(arrays.sample.directions, dtype=np.int64),
        "validation": arrays.validation,
        "validation_codes": arrays.validation_codes,
    }
    for name, values in named.items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)


def read_arrays(folder: Path, *, n_classes: int) -> Arrays:
    """The arrays of such a folder, mapped, not copied until somebody writes into them."""
    names = ("matrix", "codes", "weights", "validation", "validation_codes")
    directions = tuple(np.load(folder / "directions.npy", allow_pickle=False).tolist())
    matrix, codes, weights, validation, validation_codes = (
        np.load(folder / f"{name}.npy", mmap_mode="c", allow_pickle=False) for name in names
    )
    return Arrays(Sample(matrix, codes, weights, n_classes, directions), validation, validation_codes)


def write_results(path: Path, results: Sequence[TrialResult]) -> None:
    """Write completed trials, in one step; several processes may do so at once."""
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_bytes(_RESULTS.dump_json(list(results), indent=1))
    draft.replace(path)


def read_results(path: Path) -> tuple[TrialResult, ...]:
    """The completed trials that were written."""
    return tuple(_RESULTS.validate_python(json.loads(path.read_text())))
