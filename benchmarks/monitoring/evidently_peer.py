"""The peer: Evidently on the same months: ``evidently_peer.py MONTHS SIZE ...``.

`DataDriftPreset` takes seconds a month, most of them to draw. So its own tests are asked, the ones that it
picks for each column; on the first month the preset is run as well, and must say the same of every column.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd
from evidently import Report
from evidently.legacy.calculations.stattests.registry import get_stattest
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset

from monitoring.events import EVENTS, N_MONTHS, N_REPETITIONS, N_ROWS, Event, stationary
from monitoring.frames import FEATURES, N_REFERENCES, WORDS, Frame, checksum, reference


def table(frame: Frame) -> pd.DataFrame:
    """The features alone."""
    return pd.DataFrame({name: frame[name] for name in FEATURES})


def drift(then: pd.DataFrame, now: pd.DataFrame, name: str) -> tuple[float, bool]:
    """Score and verdict of a column, by the test that Evidently picks."""
    before, after = then[name].dropna(), now[name].dropna()
    if after.empty:
        raise ValueError(f"An empty column '{name}' was provided for drift calculation")  # as the preset does
    kind = "cat" if name in WORDS else "num"
    found = get_stattest(before, after, kind, None)(before, after, ColumnType(kind), None)
    return float(found.drift_score), bool(found.drifted)


def check_against_preset(then: pd.DataFrame, now: pd.DataFrame) -> dict[str, Any]:
    """Whether the preset says the same, and how long it takes."""
    started = time.perf_counter()
    said = Report([DataDriftPreset()]).run(now, then).dict()["metrics"][1:]
    seconds = time.perf_counter() - started
    scores = {each["config"]["column"]: each["value"] for each in said}
    same = sorted(scores) == sorted(FEATURES) and all(
        abs(scores[name] - drift(then, now, name)[0]) < 1e-9 for name in FEATURES
    )
    return {"same": same, "seconds": seconds}


def false_alarms(thens: list[pd.DataFrame], n_rows: int, n_months: int) -> dict[str, Any]:
    """Columns that drifted in months in which nothing happened."""
    counts = []
    for month in range(n_months):
        now = table(stationary(n_rows, month))
        then = thens[month % N_REFERENCES]
        counts.append(sum(drift(then, now, name)[1] for name in FEATURES))
    return {
        "n_rows": n_rows,
        "n_months": n_months,
        "n_features": sum(counts),
        "n_months_told": sum(n > 0 for n in counts),
        "n_months_alert": sum(n >= len(FEATURES) / 2 for n in counts),
    }


def delay(then: pd.DataFrame, event: Event, repetition: int) -> int | str | None:
    """After how many months one of the columns had drifted; `error` where it could not say."""
    for month in range(N_MONTHS):
        now = table(event.month(repetition, month))
        try:
            if any(drift(then, now, name)[1] for name in event.features):
                return month
        except ValueError:
            return "error"
    return None


def main(n_months: int, sizes: list[int]) -> dict[str, Any]:
    """All of it."""
    thens = [table(reference(number)) for number in range(N_REFERENCES)]
    return {
        "checksum": checksum(stationary(N_ROWS, 0)),
        "preset": check_against_preset(thens[0], table(stationary(N_ROWS, 0))),
        "false_alarms": [false_alarms(thens, n_rows, n_months) for n_rows in sizes],
        "events": {
            name: [
                delay(thens[repetition % N_REFERENCES], event, repetition)
                for repetition in range(N_REPETITIONS)
            ]
            for name, event in EVENTS.items()
        },
    }


if __name__ == "__main__":
    months, *rows = map(int, sys.argv[1:])
    json.dump(main(months, rows), sys.stdout)
