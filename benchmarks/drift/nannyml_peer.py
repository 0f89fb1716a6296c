"""The peer: NannyML's univariate drift on the same two files, in ten chunks: ``nannyml_peer.py FOLDER``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import pandas as pd

from harness.clock import Clock


def main(folder: Path) -> None:
    """Read both frames, fit on the one, measure the other."""
    clock = Clock()
    with clock.phase("read"):
        then, now = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "current"))
    with clock.phase("drift"):
        calculator = nannyml.UnivariateDriftCalculator(
            column_names=list(then.columns),
            continuous_methods=["kolmogorov_smirnov", "jensen_shannon", "wasserstein"],
            categorical_methods=["chi2", "jensen_shannon", "l_infinity"],
            chunk_number=10,
        )
        found = calculator.fit(then).calculate(now).to_df()
    print(json.dumps({**clock.as_json(), "n_columns": found.shape[1]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
