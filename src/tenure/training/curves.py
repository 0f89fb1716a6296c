"""What a model does at every threshold, as tables: ROC, precision and recall, thresholds, calibration."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tenure.bundle.tradeoff import Tradeoff
from tenure.domain.costs import CostPolicy
from tenure.stats.calibration import calibration_curve
from tenure.stats.evaluate import Outcomes
from tenure.stats.threshold import CostTable, ThresholdCurve, cost_by_cut, threshold_curve

MAX_POINTS = 500
"""More points than that are thinned out: a curve is for looking at."""

MAX_KEPT = 100
"""Points of the trade-off in a bundle."""

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


def tradeoff(outcomes: Outcomes, costs: CostPolicy | None) -> Tradeoff | None:
    """What every threshold would do to the rows; None for more than two classes.

    Parameters
    ----------
    outcomes
        Of the rows that the threshold was chosen on.
    costs
        What the calls cost, where that is told.
    """
    if outcomes.n_classes > 2:
        return None
    curve = threshold_curve(outcomes.codes, outcomes.probabilities[:, 1])
    places = _thinned(curve, MAX_KEPT)
    cost = cost_by_cut(curve, CostTable(**costs.model_dump()))[places] if costs else np.empty(0)
    return Tradeoff(
        thresholds=tuple(curve.thresholds[places].tolist()),
        precision=tuple(curve.precision[places].tolist()),
        recall=tuple(curve.recall[places].tolist()),
        f1=tuple(curve.f1[places].tolist()),
        mean_cost=tuple(cost.tolist()),
    )


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
    places = _thinned(curve, MAX_POINTS)
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


def _thinned(curve: ThresholdCurve, most: int) -> npt.NDArray[np.int64]:
    n_points = min(curve.thresholds.size, most)
    return np.linspace(0, curve.thresholds.size - 1, n_points).round().astype(np.int64)


def _plain(name: str) -> str:
    """A class name as part of a file name."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:40]
