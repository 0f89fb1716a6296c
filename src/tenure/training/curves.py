"""What a model does at every threshold, as tables: ROC, precision and recall, thresholds, calibration."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tenure.stats.calibration import calibration_curve
from tenure.stats.evaluate import Outcomes
from tenure.stats.threshold import ThresholdCurve, threshold_curve

MAX_POINTS = 500
"""More points than that are thinned out: a curve is for looking at."""

Table = Mapping[str, npt.NDArray[np.generic]]


def curves_of(outcomes: Outcomes, classes: Sequence[str]) -> dict[str, Table]:
    """The curves by name: of the positive class of two, of each class against the others for more.

    Each is a table of columns of equal length: ``roc`` (false_positive_rate, recall), ``precision_recall``,
    ``threshold`` (precision, recall, f1, accuracy at each) and ``calibration`` (predicted_share,
    observed_share, n_rows).
    """
    watched = [1] if outcomes.n_classes == 2 else range(outcomes.n_classes)
    tables: dict[str, Table] = {}
    for code in watched:
        name = "" if outcomes.n_classes == 2 else f"_{_plain(classes[code])}"
        of_class, score = outcomes.codes == code, outcomes.probabilities[:, code]
        for kind, table in _curves(of_class, score).items():
            tables[f"{kind}{name}"] = table
    return tables


def write_curves(folder: Path, curves: Mapping[str, Table]) -> None:
    """Write each curve as a CSV file of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in curves.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*(values.tolist() for values in table.values()), strict=True))


def _curves(of_class: npt.NDArray[np.bool_], score: npt.NDArray[np.float64]) -> dict[str, Table]:
    curve = threshold_curve(of_class, score)
    calibration = calibration_curve(of_class, score)
    places = _thinned(curve)
    return {
        "roc": {
            "false_positive_rate": curve.false_positive_rate[places],
            "recall": curve.recall[places],
        },
        "precision_recall": {"recall": curve.recall[places], "precision": curve.precision[places]},
        "threshold": {
            "threshold": curve.thresholds[places],
            "precision": curve.precision[places],
            "recall": curve.recall[places],
            "f1": curve.f1[places],
            "accuracy": curve.accuracy[places],
        },
        "calibration": {
            "predicted_share": calibration.predicted_share,
            "observed_share": calibration.observed_share,
            "n_rows": calibration.n_rows,
        },
    }


def _thinned(curve: ThresholdCurve) -> npt.NDArray[np.int64]:
    n_points = min(curve.thresholds.size, MAX_POINTS)
    return np.linspace(0, curve.thresholds.size - 1, n_points).round().astype(np.int64)


def _plain(name: str) -> str:
    """A class name as part of a file name."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:40]
