"""The peer: NannyML on the same months, one chunk a month: ``nannyml_peer.py MONTHS SIZE ...``.

Its defaults: Jensen-Shannon distance of each column against a limit that it learns from chunks of the
reference; CBPE for the AUC. 2,000 rows have few chunks of 500, so it is given 20 chunks beside it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import numpy as np
import pandas as pd

from monitoring.events import EVENTS, N_MONTHS, N_REPETITIONS, N_ROWS, WORLDS, Event, labelled, stationary
from monitoring.frames import FEATURES, OUTCOME, SCORE, Frame, checksum, draw, reference

N_CHUNKS = 20


def table(frame: Frame) -> pd.DataFrame:
    """All columns, and the class that is called."""
    rows = pd.DataFrame(frame)
    return rows.assign(called=(rows[SCORE] >= 0.5).astype(int))


def long_reference(n_rows: int) -> pd.DataFrame:
    """Twenty chunks of months in which nothing happened."""
    return table(draw(N_CHUNKS * n_rows, (4, n_rows)))


def alerts(then: pd.DataFrame, months: list[pd.DataFrame], names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """Of each month, whether each column is an alert: shape (n_months, n_columns)."""
    return judge(fitted(then, len(months[0]), names), months, names)


def fitted(then: pd.DataFrame, n_rows: int, names: tuple[str, ...]) -> Any:
    """The calculator with its limits."""
    return nannyml.UnivariateDriftCalculator(column_names=list(names), chunk_size=n_rows).fit(then)


def judge(calculator: Any, months: list[pd.DataFrame], names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """Of each month, whether each column is an alert."""
    found = calculator.calculate(pd.concat(months, ignore_index=True)).filter(period="analysis").to_df()
    return np.column_stack([found[name, "jensen_shannon", "alert"].to_numpy(bool) for name in names])


def false_alarms(then: pd.DataFrame, n_rows: int, n_months: int) -> dict[str, Any]:
    """Columns that are an alert in months in which nothing happened."""
    months = [table(stationary(n_rows, month)) for month in range(n_months)]
    started = time.perf_counter()
    per_month = alerts(then, months, FEATURES).sum(axis=1)
    return {
        "n_rows": n_rows,
        "n_months": n_months,
        "n_features": int(per_month.sum()),
        "n_months_told": int((per_month > 0).sum()),
        "n_months_alert": int((per_month >= len(FEATURES) / 2).sum()),
        "seconds": (time.perf_counter() - started) / n_months,
    }


def delays(calculator: Any, event: Event) -> list[int | str | None]:
    """Of each repetition, after how many months one of the columns was an alert."""
    return [_delay(calculator, event, repetition) for repetition in range(N_REPETITIONS)]


def _delay(calculator: Any, event: Event, repetition: int) -> int | str | None:
    for month in range(N_MONTHS):
        try:
            if judge(calculator, [table(event.month(repetition, month))], event.features).any():
                return month
        except Exception:  # noqa: BLE001 - whatever ends it: it gave no answer
            return "error"
    return None


def events(then: pd.DataFrame) -> dict[str, Any]:
    """Every event, by calculators of the columns that it changes."""
    return {name: delays(fitted(then, N_ROWS, event.features), event) for name, event in EVENTS.items()}


def estimates(then: pd.DataFrame, world: str) -> list[dict[str, float]]:
    """The AUC of each month by CBPE, and what came true."""
    estimator = nannyml.CBPE(
        y_pred_proba=SCORE,
        y_pred="called",
        y_true=OUTCOME,
        problem_type="classification_binary",
        metrics=["roc_auc"],
        chunk_size=N_ROWS,
    ).fit(then)
    months = [table(labelled(world, month)) for month in range(2 * N_REPETITIONS)]
    found = (
        estimator.estimate(pd.concat(months, ignore_index=True)).filter(period="analysis").to_df()["roc_auc"]
    )
    return [
        {"estimate": float(value), "truth": float(truth)}
        for value, truth in zip(found["value"], found["realized"], strict=True)
    ]


def main(n_months: int, sizes: list[int]) -> dict[str, Any]:
    """All of it, against the same reference and against one of twenty chunks."""
    then, long = table(reference()), long_reference(N_ROWS)
    return {
        "checksum": checksum(stationary(N_ROWS, 0)),
        "false_alarms": [false_alarms(then, n_rows, n_months) for n_rows in sizes],
        "long_false_alarms": [false_alarms(long_reference(n), n, n_months) for n in sizes],
        "events": events(then),
        "long_events": events(long),
        "estimates": {world: estimates(then, world) for world in WORLDS},
    }


if __name__ == "__main__":
    months_asked, *sizes_asked = map(int, sys.argv[1:])
    json.dump(main(months_asked, sizes_asked), sys.stdout)
