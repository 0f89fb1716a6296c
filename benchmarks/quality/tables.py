"""A project built for a day, and what a training is given then: ``tables.py PROJECT AS_OF FILE``.

The features as gold holds them, before anything is encoded; the class of each row, cut on the training rows
where it is cut; and which side of the split each row is on.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenure.domain.artefacts import Gold
from tenure.domain.cuts import cuts_of
from tenure.domain.features import FeatureKind
from tenure.domain.splits import SplitRows, split
from tenure.domain.tables import LABEL
from tenure.flow import step_named
from tenure.running.ledger import load_artefacts
from tenure.running.period import open_period, run_period
from tenure.running.runtime import Runtime, open_runtime
from tenure.training.rows import load_labelled_rows

SIDE = "side"
"""The column that says where a row is: ``train``, ``validation`` or ``test``."""


def write_rows(runtime: Runtime, as_of: date, file: Path) -> dict[str, Any]:
    """Write the rows as Parquet; how many columns and rows there are."""
    gold: Gold = load_artefacts(as_of, store=runtime.store)["gold"]
    model = runtime.project.model
    rows = load_labelled_rows(
        gold.columns, gold.keys, as_of=as_of, store=runtime.store, engine=runtime.engine
    )
    sides = split(rows.table, rows.keys, rows.event_times, rows.label_known_at, policy=model.split)
    rows = rows.cut(cuts_of(runtime.project.label.cuts, rows.table[LABEL], sides.train))
    features = [column for column in gold.columns if column.kind is not FeatureKind.TEXT]
    names = [column.name for column in features]
    table = rows.table.select([*names, LABEL]).append_column(SIDE, _sides(sides))
    pq.write_table(table.filter(pc.is_valid(table[SIDE])), file)
    return {"n_features": len(names), "n_rows": {name: int(mask.sum()) for name, mask in sides.sides()}}


def _sides(sides: SplitRows) -> pa.Array:
    names = np.full(sides.train.size, None, dtype=object)
    for name, mask in sides.sides():
        names[mask] = name
    return pa.array(names.tolist(), pa.string())


if __name__ == "__main__":
    project, day, out = sys.argv[1:]
    opened, until = open_runtime(Path(project)), date.fromisoformat(day)
    run_period(open_period(until, runtime=opened), runtime=opened, through=step_named("build"))
    json.dump(write_rows(opened, until, Path(out)), sys.stdout)
