"""``mlflow models serve`` of the pipeline, one worker: ``mlflow_peer.py PORT FOLDER``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import mlflow

from serving.lender import NUMBERS, TEXTS, pipeline, rows


def main(port: int, folder: Path) -> None:
    """Save the model, and become its server."""
    given = rows().head(100)
    given[TEXTS] = given[TEXTS].astype(object)
    fitted = pipeline()
    signature = mlflow.models.infer_signature(given[[*NUMBERS, *TEXTS]], fitted.predict_proba(given))
    mlflow.sklearn.save_model(
        fitted,
        folder / "model",
        signature=signature,
        pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
        pip_requirements=[],
    )
    told = ["models", "serve", "--model-uri", str(folder / "model"), "--env-manager", "local"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", *told, *where])  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
