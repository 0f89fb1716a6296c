"""The usual way: ``sklearn_server.py PORT``. FastAPI, a pydantic model, a frame of one row, a pipeline."""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import create_model

from serving.lender import NUMBERS, TEXTS, pipeline

numbers: dict[str, Any] = dict.fromkeys(NUMBERS, (float | None, None))
texts: dict[str, Any] = dict.fromkeys(TEXTS, (str | None, None))
Row = create_model("Row", **numbers, **texts)
app = FastAPI()
model = pipeline()


@app.post("/predict")
def predict(row: Row) -> dict[str, float]:
    """The probability of the positive class."""
    frame = pd.DataFrame([row.model_dump()])
    frame[NUMBERS] = frame[NUMBERS].astype(float)
    return {"score": float(model.predict_proba(frame)[0, 1])}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
