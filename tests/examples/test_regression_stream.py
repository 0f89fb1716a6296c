"""The smallest project: one numeric column, one numeric target, through training and promotion."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tenure.bundle import load_bundle
from tenure.domain.tables import LABELS, MONITORING, PREDICTIONS
from tenure.running.period import open_period, run_period
from tenure.running.runtime import Runtime, open_runtime
from tenure.simulate import NumberStream, simulate_numbers, write_world
from tenure.status import read_status, status_lines

EXAMPLE = Path(__file__).parents[2] / "examples" / "regression_stream"
FIRST, SECOND = date(2024, 4, 30), date(2024, 5, 31)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """Two periods: in the first somebody takes office, the second is scored."""
    folder = tmp_path_factory.mktemp("stream")
    shutil.copy(EXAMPLE / "tenure.yaml", folder)
    write_world("numbers", folder, seed=0)
    opened = open_runtime(folder, jobs=1)
    for day in (FIRST, SECOND):
        run_period(open_period(day, runtime=opened), runtime=opened)
    return opened


def test_a_number_is_trained_on_as_classes_and_the_model_takes_office(runtime: Runtime) -> None:
    champion = runtime.registry.production()
    assert champion is not None
    bundle = load_bundle(runtime.registry.bundle(champion.version))
    assert bundle.schema.classes == ("low", "medium", "high")
    assert bundle.metrics["test"]["roc_auc"] > 0.8


def test_the_cuts_are_the_quantiles_of_the_training_rows_alone(runtime: Runtime) -> None:
    champion = runtime.registry.production()
    assert champion is not None
    folder = runtime.registry.bundle(champion.version)
    split = json.loads((folder / "provenance.json").read_text())["split"]
    rows = simulate_numbers(NumberStream()).to_pandas()
    trained = rows[
        (rows.day >= date.fromisoformat(split["train"]["first"]))
        & (rows.day <= date.fromisoformat(split["train"]["last"]))
    ]
    assert len(trained) == split["train"]["n_rows"]
    cuts = load_bundle(folder).schema.cuts
    assert cuts is not None
    assert cuts.edges == pytest.approx(np.quantile(trained.y, [0.4, 0.8]))


def test_the_tables_hold_the_number_and_the_scores_of_the_classes(runtime: Runtime) -> None:
    labels = runtime.store.read(LABELS).to_pandas()
    assert labels.label.dtype == np.float64
    scored = runtime.store.read(PREDICTIONS).to_pandas()
    assert set(scored["class"]) == {"low", "medium", "high"}
    assert {len(shares) for shares in scored.probabilities} == {3}


def test_nothing_is_said_to_drift_where_nothing_does(runtime: Runtime) -> None:
    measured = runtime.store.read(MONITORING).to_pandas()
    assert not ((measured.verdict == "alert") & measured.scope.isin(["feature", "score", "class"])).any()
    assert (measured.scope == "performance").any()


def test_the_status_shows_the_cuts(runtime: Runtime) -> None:
    told = "\n".join(status_lines(read_status(runtime=runtime)))
    assert "classes: low: up to 11.2" in told
