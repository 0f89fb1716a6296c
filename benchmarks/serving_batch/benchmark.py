"""100,000 rows in one request: against what ONNX Runtime alone takes for the finished matrix."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import onnxruntime
import pyarrow as pa

from harness.measuring import BENCHMARKS, BenchmarkError
from harness.results import Report, counted, spread, table, times
from serving_batch import models
from serving_faults.balancer import free_port
from tenure.bundle import encode, load_bundle
from tenure.bundle.columns import feature_columns

HERE = Path(__file__).parent
OF_ALONE = 0.8
"""Share of the rows a second of ONNX Runtime alone that the product is to reach."""
ARROW, JSON = "application/vnd.apache.arrow.stream", "application/json"
JSON_ROWS = 10_000
"""JSON takes minutes of a hundred thousand."""
WAYS = ("ONNX Runtime alone", "Arrow, dictionaries", "Arrow, texts", "JSON")

Runs = Mapping[str, Mapping[str, Sequence[float]]]


def run(*, n_runs: int = 3) -> Report:
    """Seconds of each way in turn, for each model."""
    rows = models.table()
    bodies = {
        "Arrow, dictionaries": (ARROW, models.as_stream(models.with_dictionaries(rows))),
        "Arrow, texts": (ARROW, models.as_stream(rows)),
        "JSON": (JSON, models.as_json(rows.slice(0, JSON_ROWS))),
    }
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        found = {}
        for model in models.MODELS:
            with _serving(Path(folder), model) as (bundle, port):
                alone = _alone(bundle, rows)
                ways: dict[str, Callable[[], object]] = {WAYS[0]: alone}
                for name, (kind, body) in bodies.items():
                    ways[name] = lambda kind=kind, body=body, port=port: _ask(port, kind, body)  # type: ignore[misc]
                found[model] = {name: _seconds(way, n_runs) for name, way in ways.items()}
    return report(found, {name: len(body) for name, (_, body) in bodies.items()})


def report(found: Runs, n_bytes: Mapping[str, int]) -> Report:
    """Seconds and shares; a failure for each model whose Arrow batch is below the aim."""
    header = [
        "model",
        "way",
        "rows",
        "body, MB",
        "median s (smallest–largest)",
        "rows a second",
        "of ONNX Runtime alone",
    ]
    rows, failures = [], []
    for model, ways in found.items():
        alone = median(ways[WAYS[0]])
        for way, seconds in ways.items():
            size = f"{n_bytes[way] / 1e6:.0f}" if way in n_bytes else ""
            n_rows = JSON_ROWS if way == "JSON" else models.N_ROWS
            rate = n_rows / median(seconds)
            share = rate / (models.N_ROWS / alone)
            rows.append([model, way, f"{n_rows:,}", size, spread(seconds), f"{rate:,.0f}", times(share)])
        share = alone / median(ways[WAYS[1]])
        if share < OF_ALONE:
            failures.append(f"{model}: {share:.2f} of ONNX Runtime alone; the aim is {OF_ALONE}")
    body = f"{table(header, rows)}\n\n{_words(found)}"
    title = "100,000 rows in one request"
    return Report(
        title, body, {"runs": {model: dict(ways) for model, ways in found.items()}}, tuple(failures)
    )


def _words(found: Runs) -> str:
    n_runs = len(next(iter(found.values()))[WAYS[0]])
    return (
        f"{models.N_ROWS:,} rows of 50 numbers and 10 categories, {counted(n_runs, 'run')}; the boosted "
        f"trees are {models.N_TREES} of depth {models.DEPTH}. `ONNX Runtime alone` is `session.run` on the "
        "finished float32 matrix, on one thread, in a process that does nothing else. The others are whole "
        "requests over HTTP to one worker: receive, check every column and value, encode, score, write rows "
        "and answers to the log, count the scores, answer. How much of it is scoring depends on the model: "
        "a logistic regression is one product of matrices, and takes less time than the body takes to arrive."
    )


def _alone(bundle: Path, rows: pa.Table) -> Callable[[], object]:
    loaded = load_bundle(bundle)
    matrix = encode(feature_columns(rows, loaded.schema.features), loaded.schema.features)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(bundle / "model.onnx", options, providers=["CPUExecutionProvider"])
    return lambda: session.run(["probabilities"], {"features": matrix})


def _seconds(way: Callable[[], object], n_runs: int) -> list[float]:
    """Of each run; one before them is not counted."""
    way()
    found = []
    for _ in range(n_runs):
        start = time.perf_counter()
        way()
        found.append(time.perf_counter() - start)
    return found


def _ask(port: int, kind: str, body: bytes) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.request("POST", "/batch", body, {"Content-Type": kind})
        said = connection.getresponse()
        content = said.read()
    finally:
        connection.close()
    if said.status != 200:
        raise BenchmarkError(f"a batch ended with {said.status}: {content[:500]!r}")
    return content


@contextmanager
def _serving(folder: Path, model: str) -> Iterator[tuple[Path, int]]:
    """The bundle that is served, and the port."""
    port, here = free_port(), folder / model.replace(" ", "-")
    here.mkdir()
    paths = os.pathsep.join([str(BENCHMARKS), str(BENCHMARKS.parent / "src")])
    known = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "server.py"), str(port), str(here), model], env=known
    )
    try:
        _wait(process, port)
        yield here / "bundle", port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise BenchmarkError("the server did not start")
