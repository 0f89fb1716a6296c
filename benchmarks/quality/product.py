"""A training of a project, timed, and its answers to the test rows: ``product.py PROJECT AS_OF ROWS OUT``.

What is timed is the step `train`, from the tables of gold to the registered bundle: reading, encoding,
search, fits, export, measuring, profile. The audit before it is no part of it.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.clock import Clock
from quality.asking import folder_mb, microseconds
from tenure.bundle import load_bundle
from tenure.bundle.provenance import members_of
from tenure.domain.decisions import Reason, RetrainDecision
from tenure.flow import step_named
from tenure.running.ledger import load_artefacts
from tenure.running.runtime import Runtime, open_runtime
from tenure.running.step import call


def fit(runtime: Runtime, as_of: date, rows: Path, out: Path) -> dict[str, Any]:
    """Seconds, size, latency, and what won; the probabilities of the test rows go to `out`."""
    clock = Clock()
    reasons = (Reason("manual", favours=True, message="a benchmark asked for it"),)
    asked = RetrainDecision(as_of, retrain=True, reasons=reasons, n_labels=0, n_triggers=1)
    artefacts = load_artefacts(as_of, store=runtime.store) | {"decision": asked}
    artefacts["audit"] = call(step_named("audit"), artefacts, runtime=runtime)
    with clock.phase("train"):
        candidate = call(step_named("train"), artefacts, runtime=runtime)
    bundle = load_bundle(runtime.registry.bundle(candidate.version.version))
    test = pq.read_table(rows, filters=[("side", "=", "test")])
    said = bundle.score(test)
    pq.write_table(pa.table(dict(zip(bundle.schema.classes, said.T, strict=True))), out)
    one_row = microseconds(
        bundle.score_row, test.select([spec.name for spec in bundle.schema.features]).to_pylist()
    )
    return clock.as_json() | {
        "size_mb": folder_mb(bundle.folder),
        "one_row_us": one_row,
        "won": " + ".join(f"{each.weight:.2f} {each.algorithm}" for each in members_of(bundle.provenance)),
        "n_trials": sum(each.n_trials for each in candidate.trials),
    }


if __name__ == "__main__":
    project, day, table, answers = sys.argv[1:]
    json.dump(
        fit(open_runtime(Path(project)), date.fromisoformat(day), Path(table), Path(answers)), sys.stdout
    )
