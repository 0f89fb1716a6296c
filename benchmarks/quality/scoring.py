"""What came true and what was said → how good it is, and who did better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.metrics import f1_score, roc_auc_score

PRODUCT = "tenure"
WORDS = {"auc": "AUC", "f1": "macro-F1"}
SLACK = 1.2
"""How much longer than its budget a fit may take before that is told: fits are not cut short."""


def scores(labels: Sequence[str], said: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """AUC (the mean over classes, each against the rest) and macro-F1 of the most probable class.

    Parameters
    ----------
    labels
        What came true.
    said
        The probability of each row, by class.

    Examples
    --------
    >>> scores(["bad", "good", "good"], {"bad": [0.9, 0.6, 0.2], "good": [0.1, 0.4, 0.8]})
    {'auc': 1.0, 'f1': 0.6666666666666666}
    """
    classes = sorted(said)
    shares = np.column_stack([np.asarray(said[name], dtype=float) for name in classes])
    shares /= shares.sum(axis=1, keepdims=True)
    truth, chosen = np.asarray(labels), np.array(classes)[shares.argmax(axis=1)]
    by_class = [roc_auc_score(truth == name, shares[:, place]) for place, name in enumerate(classes)]
    return {"auc": float(np.mean(by_class)), "f1": float(f1_score(truth, chosen, average="macro"))}


def scores_of_files(rows: Path, answers: Path) -> dict[str, float]:
    """The scores of the probabilities in `answers`, given to the test rows of `rows` in their order."""
    test = pq.read_table(rows, columns=["label"], filters=[("side", "=", "test")])
    said = pq.read_table(answers)
    labels = [str(label) for label in test["label"].to_pylist()]
    return scores(labels, {name: said[name].to_pylist() for name in said.column_names})


def lost(measured: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Where a peer does better on test than the product, by what both searched for."""
    ours = {(each["set"], each["budget_s"]): each for each in measured if each["system"] == PRODUCT}
    for each in measured:
        own = ours.get((each["set"], each["budget_s"]))
        metric = aim(each)
        if own is not None and each["scores"][metric] > own["scores"][metric]:
            yield (
                f"{each['set']} in {each['budget_s']} s: {WORDS[metric]} {own['scores'][metric]:.4f}, "
                f"of {each['system']} {each['scores'][metric]:.4f}"
            )


def overran(measured: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Where the product took longer to fit than `SLACK` times the budget it was given."""
    for each in measured:
        seconds = each["wall_s"]["train"]
        if each["system"] == PRODUCT and seconds > SLACK * each["budget_s"]:
            yield f"{each['set']} in {each['budget_s']} s: the fit took {seconds:.0f} s"


def aim(measured: Mapping[str, Any]) -> str:
    """The score that a measurement is about: by what was searched for."""
    return "f1" if measured["metric"] == "f1" else "auc"
