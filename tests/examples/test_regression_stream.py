"""The smallest project: one numeric column, one numeric target, through training and promotion."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import tenure
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


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", "tenure", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(tenure.__file__).parents[1])}


def smoke(address: str, version: int) -> subprocess.CompletedProcess[str]:
    given = command("smoke", f"http://{address}", "--version", version, "--json")
    return subprocess.run(given, capture_output=True, text=True, check=False, env=environment())


@pytest.fixture
def served(runtime: Runtime) -> Iterator[str]:
    """The example behind ``tenure serve``, a process of its own: host and port, once it answers."""
    champion = runtime.registry.production()
    assert champion is not None
    process = subprocess.Popen(
        command("serve", "-p", runtime.root, "--port", 0, "--workers", 1),
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stderr is not None
    try:
        line = next(line for line in process.stderr if "regression-stream on" in line)
        (address,) = re.findall(r"http://(\S+:\d+)", line)
        deadline = time.monotonic() + 200
        while (said := smoke(address, champion.version)).returncode:
            assert said.returncode == 75, said.stderr
            assert time.monotonic() < deadline, said.stdout + said.stderr
            time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        process.stderr.close()
        assert process.wait(30) == 0


def ask(address: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(address, timeout=30)
    given = None if body is None else json.dumps(body)
    connection.request(method, path, given, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said


@pytest.mark.slow
def test_records_sent_one_by_one_and_together_are_answered_as_the_bundle_scores_them(
    runtime: Runtime, served: str
) -> None:
    champion = runtime.registry.production()
    assert champion is not None
    bundle = load_bundle(runtime.registry.bundle(champion.version))
    (feature,) = bundle.schema.features
    numbers = [-3.0, 0.0, 4.5, 20.0, 1e6, None]
    records = [{feature.name: number} for number in numbers]
    scored = bundle.score(pa.table({feature.name: pa.array(numbers, pa.float64())}))
    one_by_one = [ask(served, "POST", "/stream", record) for record in records]
    assert {status for status, _ in one_by_one} == {200}
    status, together = ask(served, "POST", "/batch", records)
    assert status == 200
    for answers in ([said for _, said in one_by_one], together["predictions"]):
        for answer, shares in zip(answers, scored, strict=True):
            said = [answer["probabilities"][name] for name in ("low", "medium", "high")]
            assert said == pytest.approx(shares.tolist(), abs=1e-6)
            assert answer["class"] == ("low", "medium", "high")[int(np.argmax(shares))]
    assert one_by_one[0][1]["model_version"] == champion.version
    refused, why = ask(served, "POST", "/stream", {feature.name: "a word"})
    assert (refused, [each["field"] for each in why["error"]["fields"]]) == (422, [feature.name])
    checks = json.loads(smoke(served, champion.version).stdout)["checks"]
    assert [check["name"] for check in checks if not check["passed"]] == []
    assert {"one row", "batch", "bad row"} <= {check["name"] for check in checks}
