"""A project's periods through ingest, clean and build, timed: ``product.py PROJECT FIRST N_PERIODS``.

Validation, models and reports are left out: what is measured makes tables.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from harness.clock import Clock
from tenure.domain.artefacts import Validation
from tenure.domain.periods import Period
from tenure.domain.tables import FEATURES, LABELS
from tenure.flow import step_named
from tenure.running.runtime import Runtime, open_runtime


def replay(runtime: Runtime, *, first: date, n_periods: int) -> dict[str, Any]:
    """Seconds of each step over the periods, and the rows that they made."""
    clock, period = Clock(), Period(first, runtime.project.period, first=True)
    rows = {FEATURES: 0, LABELS: 0}
    for _ in range(n_periods):
        bronze = _step("ingest", clock, runtime, period)
        silver = _step("clean", clock, runtime, bronze, Validation(period, ()))
        gold = _step("build", clock, runtime, silver)
        rows = {FEATURES: rows[FEATURES] + gold.features.n_rows, LABELS: rows[LABELS] + gold.labels.n_rows}
        period = period.next()
    return clock.as_json() | {"rows": rows}


def _step(name: str, clock: Clock, runtime: Runtime, *artefacts: Any) -> Any:
    step, given = step_named(name), runtime.settings()
    with clock.phase(name):
        return step.function(*artefacts, **{setting: given[setting] for setting in step.settings})


if __name__ == "__main__":
    project, first, n_periods = sys.argv[1:]
    opened = open_runtime(Path(project))
    json.dump(replay(opened, first=date.fromisoformat(first), n_periods=int(n_periods)), sys.stdout)
