"""The small lender that the documentation's readers type about: loans of one source, in files by month."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

PROJECT: Mapping[str, Any] = {
    "project": "cash-loans",
    "sources": {
        "loans": {
            "path": "loans",
            "keys": ["Customer_ID"],
            "event_time": "started",
            "columns": {
                "income": {"type": "number"},
                "mix": {"type": "category"},
                "bad": {"type": "integer", "feature": False},
            },
        }
    },
    "population": {"select": "SELECT Customer_ID, started AS event_time FROM loans"},
    "label": {
        "select": "SELECT Customer_ID, started AS event_time, bad AS label FROM loans",
        "horizon": "1 month",
    },
    "features": [{"source": "loans"}],
    "model": {
        "algorithms": ["decision_tree"],
        "tuning": {"trials": 1},
        "min_labels": 60,
        "min_class_rows": 1,
    },
    "retrain": {"min_labels": 60, "every_periods": 2, "cooldown_periods": 1, "min_label_times": 3},
    "gate": {"minimum": {"accuracy": 0.0}, "min_rows": 10, "latency_ms": None, "resamples": 100},
}


def write_project(root: Path, first: date, last: date, told_from: date | None = None, **changes: Any) -> None:
    """A project with files of these months (see `deliver`); `changes` replace keys of `PROJECT`."""
    deliver(root / "loans", first, last, told_from)
    told = {**PROJECT, **changes}
    (root / "tenure.yaml").write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")


def deliver(folder: Path, first: date, last: date, told_from: date | None = None) -> None:
    """Files of loans by month: from a month on (half way, if none is named) the income tells who defaults.

    Where that month is named there are five times as many loans from then on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    day, months = first, []
    while day <= last:
        months.append(day)
        day = _next_month(day)
    begin = told_from or months[len(months) // 2]
    for place, month in enumerate(months):
        draw, tells = random.Random(place), month >= begin  # noqa: S311 - can be repeated
        n = 300 if told_from and tells else 60
        rows = []
        for number in range(n):
            income, mix = draw.gauss(50, 15), draw.choice(("Bad", "Standard", "Good"))
            odds = 1 / (1 + math.exp((income - 50) / 4)) if tells else 0.5
            key = f"CUS_0x{0x1000 + place * 1000 + number:x}"
            started = month.replace(day=1 + number % 28)
            rows.append((key, started.isoformat(), round(income, 6), mix, int(draw.random() < odds)))
        with (folder / f"loans_{month:%Y-%m}.csv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("Customer_ID", "started", "income", "mix", "bad"), *rows])


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
