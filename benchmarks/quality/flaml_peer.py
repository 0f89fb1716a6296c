"""FLAML on the rows of `tables.py`: ``flaml_peer.py ROWS SECONDS METRIC FOLDER OUT``.

Given train and validation together: it holds rows out by itself.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from flaml import AutoML

from harness.clock import Clock
from quality.asking import microseconds

METRICS = {"roc_auc": "roc_auc", "f1": "macro_f1"}


def fit(rows: Path, seconds: float, metric: str, folder: Path, out: Path) -> dict[str, Any]:
    """Seconds, size, latency, and what won; the probabilities of the test rows go to `out`."""
    table = pd.read_parquet(rows)
    words = table.drop(columns=["label", "side"]).select_dtypes(exclude="number").columns
    table = table.astype(dict.fromkeys(words, "category"))
    known, test = (
        table[mask].drop(columns="side") for mask in (table["side"] != "test", table["side"] == "test")
    )
    features = test.drop(columns="label")
    clock, automl = Clock(), AutoML()
    with clock.phase("train"):
        automl.fit(
            known.drop(columns="label"),
            known["label"],
            task="classification",
            metric=METRICS[metric],
            time_budget=seconds,
            seed=0,
            verbose=0,
        )
    said = pd.DataFrame(automl.predict_proba(features), columns=[str(name) for name in automl.classes_])
    said.to_parquet(out, index=False)
    one_row = microseconds(
        automl.predict_proba, [features.iloc[[place]] for place in range(min(len(features), 400))]
    )
    file = folder / "model"
    automl.pickle(str(file))
    return clock.as_json() | {
        "size_mb": file.stat().st_size / 1e6,
        "one_row_us": one_row,
        "won": str(automl.best_estimator),
        "version": version("flaml"),
    }


if __name__ == "__main__":
    table, budget, score, work, answers = sys.argv[1:]
    result = fit(Path(table), float(budget), score, Path(work), Path(answers))
    json.dump(result, sys.stdout)
