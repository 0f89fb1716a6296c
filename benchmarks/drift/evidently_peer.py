"""The peer: Evidently's `DataDriftPreset` on the same two files: ``evidently_peer.py FOLDER``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

from harness.clock import Clock


def main(folder: Path) -> None:
    """Read both frames and compare them; the report is made, not drawn."""
    clock = Clock()
    with clock.phase("read"):
        then, now = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "current"))
    with clock.phase("drift"):
        found = Report([DataDriftPreset()]).run(now, then).dict()
    drifted = found["metrics"][0]["value"]["count"]
    print(json.dumps({**clock.as_json(), "n_drifted": drifted}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
