"""Where a training keeps what it needs to go on after it was killed."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import lightgbm
import numpy as np
import optuna
import skl2onnx
import sklearn
import xgboost

import tenure
from tenure.training.algorithms.space import Value
from tenure.training.config import ModelConfig, Oversampling
from tenure.training.preparing import Prepared
from tenure.training.starting import Known
from tenure.training.study import TrialResult

VERSIONS = {
    "tenure": tenure.__version__,
    "scikit-learn": sklearn.__version__,
    "xgboost": xgboost.__version__,
    "lightgbm": lightgbm.__version__,
    "optuna": optuna.__version__,
    "skl2onnx": skl2onnx.__version__,
    "numpy": np.__version__,
}
"""What every model's numbers depend on besides its rows."""


def versions(model: ModelConfig) -> dict[str, str]:
    """The versions of the libraries that a training with these settings uses."""
    if isinstance(model.imbalance, Oversampling):
        return {**VERSIONS, "imbalanced-learn": version("imbalanced-learn")}
    return VERSIONS


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where a training keeps what it needs to go on after it was killed.

    ``studies/`` and ``checkpoints/`` below the folder of models, under the fingerprint of everything the
    models depend on: other rows, settings or library versions never meet an old study.
    """

    folder: Path
    fingerprint: str
    part: str = ""
    """The algorithm that is searched here, ahead of the training and beside others; empty for all of it."""
    database: str | None = None
    """Where studies are written down instead, for whoever trains on another machine."""

    @property
    def studies(self) -> Path:
        """One journal and one list of trials per algorithm."""
        return self.folder / "studies" / self.fingerprint

    @property
    def arrays(self) -> Path:
        """The arrays of the tuning processes, while they run."""
        return self.folder / "work" / "-".join(filter(None, (self.fingerprint, self.part)))

    @property
    def bundle(self) -> Path:
        """The draft of the bundle, until the registry has its copy."""
        return self.folder / "work" / f"{self.fingerprint}-bundle"

    def checkpoints(self, algorithm: str, trial: TrialResult, *, rows: str = "train") -> Path:
        """The states of the fit with a trial's parameters on those rows."""
        told = json.dumps(dict(trial.parameters), sort_keys=True).encode()
        digest = hashlib.sha256(told).hexdigest()[:12]
        return self.folder / "checkpoints" / self.fingerprint / f"{algorithm}-{digest}-{rows}"

    def clear(self) -> None:
        """Remove what a finished training does not need again."""
        work = (self.folder / "work").glob(f"{self.fingerprint}*")
        for folder in (*work, self.folder / "checkpoints" / self.fingerprint):
            shutil.rmtree(folder, ignore_errors=True)


def open_workshop(
    prepared: Prepared,
    *,
    folder: Path,
    model: ModelConfig,
    seed: int,
    champion: Known,
    database: str | None = None,
) -> Workshop:
    """The workshop of these rows, settings, seed and library versions.

    How many trials are asked for, and of which algorithms, is no part of its name: more trials continue
    the studies there are.
    """
    parts = (
        prepared.fingerprint,
        model.tuning.metric.value,
        model.threshold.model_dump_json(),
        model.tuning.pruning,
        model.tuning.workers,
        _told(model.tuning.start),
        _told(champion),
        sorted(model.monotone.items()),
        model.device.value,
        model.n_estimators,
        model.checkpoint_every,
        seed,
        sorted(versions(model).items()),
    )
    return Workshop(folder, hashlib.sha256(repr(parts).encode()).hexdigest()[:16], database=database)


def _told(known: Known) -> list[tuple[str, list[tuple[str, Value]]]]:
    return sorted((name.value, sorted(parameters.items())) for name, parameters in known.items())
