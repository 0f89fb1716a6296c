"""The peer: NannyML on the same months, one chunk a month: ``nannyml_peer.py MONTHS SIZE ...``.

Its defaults: Jensen-Shannon distance of each column against a limit that it learns from chunks of the
reference; CBPE for the AUC. 2,000 rows have few chunks of 500, so it is given 20 chunks beside it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TypeAlias

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import numpy as np
import pandas as pd

from monitoring.events import EVENTS, N_MONTHS, N_REPETITIONS, N_ROWS, WORLDS, Event, labelled, stationary
from monitoring.frames import FEATURES, N_REFERENCES, OUTCOME, SCORE, Frame, checksum, draw, reference

N_CHUNKS = 20
References: TypeAlias = "Callable[[int, int], pd.DataFrame]"
"""A reference by its number and the rows of a month."""


def table(frame: Frame) -> pd.DataFrame:
    """All columns, and the class that is called."""
    rows = pd.DataFrame(frame)
    return rows.assign(called=(rows[SCORE] >= 0.5).astype(int))


def short_reference(number: int, n_rows: int) -> pd.DataFrame:  # noqa: ARG001 - one of 2,000 rows for all
    """What the others are given."""
    return table(reference(number))


def long_reference(number: int, n_rows: int) -> pd.DataFrame:
    """Twenty chunks of months in which nothing happened."""
    return table(draw(N_CHUNKS * n_rows, (4, n_rows, number)))


def fitted(then: pd.DataFrame, n_rows: int, names: tuple[str, ...]) -> Any:
    """The calculator with its limits."""
    return nannyml.UnivariateDriftCalculator(column_names=list(names), chunk_size=n_rows).fit(then)


def judge(calculator: Any, months: list[pd.DataFrame], names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """Of each month, whether each column is an alert: shape (n_months, n_columns)."""
    found = calculator.calculate(pd.concat(months, ignore_index=True)).filter(period="analysis").to_df()
    return np.column_stack([found[name, "jensen_shannon", "alert"].to_numpy(bool) for name in names])


def false_alarms(references: References, n_rows: int, n_months: int) -> dict[str, Any]:
    """Columns that are an alert in months in which nothing happened."""
    counts, seconds = [], 0.0
    for number in range(N_REFERENCES):
        then = references(number, n_rows)
        months = [table(stationary(n_rows, month)) for month in range(number, n_months, N_REFERENCES)]
        started = time.perf_counter()
        counts.append(judge(fitted(then, n_rows, FEATURES), months, FEATURES).sum(axis=1))
        seconds += time.perf_counter() - started
    per_month = np.concatenate(counts)
    return {
        "n_rows": n_rows,
        "n_months": len(per_month),
        "n_features": int(per_month.sum()),
        "n_months_told": int((per_month > 0).sum()),
        "n_months_alert": int((per_month >= len(FEATURES) / 2).sum()),
        "seconds": seconds / n_months,
    }


def events(thens: list[pd.DataFrame]) -> dict[str, list[int | str | None]]:
    """Of each event and repetition, after how many months one of its columns was an alert."""
    return {name: delays(thens, event) for name, event in EVENTS.items()}


def delays(thens: list[pd.DataFrame], event: Event) -> list[int | str | None]:
    """Of each repetition, after how many months; `error` where it could not say."""
    calculators = [fitted(then, N_ROWS, event.features) for then in thens]
    return [
        _delay(calculators[repetition % N_REFERENCES], event, repetition)
        for repetition in range(N_REPETITIONS)
    ]


def _delay(calculator: Any, event: Event, repetition: int) -> int | str | None:
    for month in range(N_MONTHS):
        try:
            if judge(calculator, [table(event.month(repetition, month))], event.features).any():
                return month
        except Exception:  # noqa: BLE001 - whatever ends it: it gave no answer
            return "error"
    return None


def estimates(thens: list[pd.DataFrame], world: str) -> list[dict[str, float]]:
    """The AUC of each month by CBPE, and what came true."""
    months = range(2 * N_REPETITIONS)
    return [
        each
        for number, then in enumerate(thens)
        for each in estimate(then, [table(labelled(world, m)) for m in months[number::N_REFERENCES]])
    ]


def estimate(then: pd.DataFrame, months: list[pd.DataFrame]) -> list[dict[str, float]]:
    """Of each month, by what one reference teaches."""
    estimator = nannyml.CBPE(
        y_pred_proba=SCORE,
        y_pred="called",
        y_true=OUTCOME,
        problem_type="classification_binary",
        metrics=["roc_auc"],
        chunk_size=N_ROWS,
    ).fit(then)
    found = (
        estimator.estimate(pd.concat(months, ignore_index=True)).filter(period="analysis").to_df()["roc_auc"]
    )
    return [
        {"estimate": float(value), "truth": float(truth)}
        for value, truth in zip(found["value"], found["realized"], strict=True)
    ]


def main(n_months: int, sizes: list[int]) -> dict[str, Any]:
    """All of it, against the same references and against those of twenty chunks."""
    short, long = (
        [make(n, N_ROWS) for n in range(N_REFERENCES)] for make in (short_reference, long_reference)
    )
    return {
        "checksum": checksum(stationary(N_ROWS, 0)),
        "false_alarms": [false_alarms(short_reference, n_rows, n_months) for n_rows in sizes],
        "long_false_alarms": [false_alarms(long_reference, n_rows, n_months) for n_rows in sizes],
        "events": events(short),
        "long_events": events(long),
        "estimates": {world: estimates(short, world) for world in WORLDS},
    }


if __name__ == "__main__":
    months_asked, *sizes_asked = map(int, sys.argv[1:])
    json.dump(main(months_asked, sizes_asked), sys.stdout)
