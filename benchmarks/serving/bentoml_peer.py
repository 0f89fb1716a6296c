"""The pipeline as a BentoML service, one worker: ``bentoml_peer.py PORT FOLDER``."""

from __future__ import annotations

import os
import sys
from typing import Any

import bentoml
import pandas as pd

from serving.lender import NUMBERS, pipeline


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Lender:
    """The model."""

    def __init__(self) -> None:
        self.model = pipeline()

    @bentoml.api
    def predict(self, row: dict[str, Any]) -> dict[str, float]:
        """The probability of the positive class."""
        frame = pd.DataFrame([row])
        frame[NUMBERS] = frame[NUMBERS].astype(float)
        return {"score": float(self.model.predict_proba(frame)[0, 1])}


def main(port: str) -> None:
    """Become its server."""
    told = ["serve", "serving.bentoml_peer:Lender", "--host", "127.0.0.1", "--port", port]
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", *told])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1])
