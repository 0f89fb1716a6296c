"""AutoGluon on the rows of `tables.py`: ``autogluon_peer.py ROWS SECONDS METRIC FOLDER OUT``.

Given train and validation together: it holds rows out by itself. `best_quality`, which its makers recommend
where quality counts, fits every model eight times and stacks them: with less than two minutes its own default
is taken, as a tenth of that work does not fit.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from autogluon.tabular import TabularPredictor

from harness.clock import Clock
from quality.asking import folder_mb, microseconds

METRICS = {"roc_auc": "roc_auc", "f1": "f1_macro"}
LONG_ENOUGH_S = 120


def fit(rows: Path, seconds: float, metric: str, folder: Path, out: Path) -> dict[str, Any]:
    """Seconds, size, latency, and what won; the probabilities of the test rows go to `out`."""
    table = pd.read_parquet(rows)
    known, test = (
        table[mask].drop(columns="side") for mask in (table["side"] != "test", table["side"] == "test")
    )
    presets = "best_quality" if seconds >= LONG_ENOUGH_S else "medium_quality"
    clock = Clock()
    predictor = TabularPredictor("label", eval_metric=METRICS[metric], path=str(folder / "all"), verbosity=0)
    with clock.phase("train"):
        predictor.fit(known, time_limit=seconds, presets=presets)
    deployed = TabularPredictor.load(predictor.clone_for_deployment(str(folder / "deployed")))
    features = test.drop(columns="label")
    deployed.predict_proba(features).to_parquet(out, index=False)
    deployed.persist()
    one_row = microseconds(
        deployed.predict_proba, [features.iloc[[place]] for place in range(min(len(features), 400))]
    )
    return clock.as_json() | {
        "size_mb": folder_mb(folder / "deployed"),
        "one_row_us": one_row,
        "won": f"{deployed.model_best}, {len(deployed.model_names())} models",
        "version": version("autogluon.tabular"),
    }


if __name__ == "__main__":
    table, budget, score, work, answers = sys.argv[1:]
    result = fit(Path(table), float(budget), score, Path(work), Path(answers))
    json.dump(result, sys.stdout)
