"""One row over HTTP, 16 connections: against an empty endpoint, and against the usual way."""

from __future__ import annotations

import http.client
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from harness.measuring import BENCHMARKS, BenchmarkError, SkippedError
from harness.processes import cpu_seconds
from harness.results import Report, counted, spread, table, times
from serving.lender import example

HERE = Path(__file__).parent
CONNECTIONS, SECONDS, WARM_UP_SECONDS = 16, 5, 1
OF_EMPTY = 0.5
"""Share of the empty endpoint's requests a second that the product is to reach."""
SERVERS = {"Tenure": "product_server.py", "empty": "empty_server.py", "scikit-learn": "sklearn_server.py"}

Runs = Mapping[str, Sequence[Mapping[str, float]]]


def run(*, n_runs: int = 3) -> Report:
    """All three in turn, each in one process that answers, `n_runs` times.

    Raises
    ------
    SkippedError
        Without `wrk`.
    """
    if shutil.which("wrk") is None:
        raise SkippedError("no wrk, which makes the load: `apt-get install wrk`")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in SERVERS}
    scores: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        body = Path(folder) / "row.json"
        body.write_text(json.dumps(example()), encoding="utf-8")
        for number in range(n_runs):
            for name, script in SERVERS.items():
                with _serving(script, Path(folder) / f"{name}-{number}") as (pid, port):
                    scores[name] = _score(port, body)
                    _load(port, body, WARM_UP_SECONDS)
                    runs[name].append(_measured(pid, port, body))
    return report(runs, scores)


def report(runs: Runs, scores: Mapping[str, float]) -> Report:
    """Requests a second, latencies, CPU time a request; a failure for a target missed, or other answers."""
    failures = []
    if not math.isclose(scores["Tenure"], scores["scikit-learn"], abs_tol=1e-5):
        failures.append(f"the answers differ: {scores['Tenure']} and {scores['scikit-learn']}")
    n_failed = sum(one["n_failed"] for name in runs for one in runs[name])
    if n_failed:
        failures.append(f"{n_failed:.0f} requests failed")
    reached = _ratio(runs, "per_second", "Tenure", "empty")
    if reached < OF_EMPTY:
        failures.append(f"{reached:.2f} of the requests a second of an empty endpoint; the aim is {OF_EMPTY}")
    header = ["median (smallest–largest)", *runs, "to empty", "to scikit-learn"]
    rows = [_row(label, key, runs) for key, label in _LABELS.items()]
    body = f"{table(header, rows)}\n\n{_words(runs)}"
    return Report("One row over HTTP, validated and written down", body, {"runs": runs}, tuple(failures))


_LABELS = {
    "per_second": "requests a second",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "cpu_us": "CPU time of the server a request, µs",
}


def _row(label: str, key: str, runs: Runs) -> list[str]:
    cells = [spread([one[key] for one in runs[name]]) for name in runs]
    return [label, *cells, *(times(_ratio(runs, key, "Tenure", name)) for name in ("empty", "scikit-learn"))]


def _ratio(runs: Runs, key: str, one: str, other: str) -> float:
    ours, theirs = (median(run[key] for run in runs[name]) for name in (one, other))
    return ours / theirs


def _words(runs: Runs) -> str:
    return (
        f"{CONNECTIONS} connections of `wrk` for {SECONDS} s, {counted(len(runs['Tenure']), 'run')} of each "
        "in turn, one process that answers each, all under uvicorn with uvloop and httptools. A row has 50 "
        "numbers and 10 categories, the model is a logistic regression: what is measured is what stands "
        "around it. Tenure checks every field, writes the answer down and counts it; `empty` is a FastAPI "
        "endpoint that reads nothing and returns `{}`; `scikit-learn` is FastAPI with a pydantic model of "
        "the row, a pandas frame and the pipeline, and writes nothing down. Its answers and Tenure's are "
        "equal. The load is made on the same machine; CPU time depends less on what else it does."
    )


def _measured(pid: int, port: int, body: Path) -> dict[str, float]:
    before = cpu_seconds(pid)
    found = _load(port, body, SECONDS)
    used = cpu_seconds(pid) - before
    per_second = found["n_requests"] / found["seconds"]
    return {**found, "per_second": per_second, "cpu_us": used / found["n_requests"] * 1e6}


def _load(port: int, body: Path, seconds: int) -> dict[str, float]:
    address = f"http://127.0.0.1:{port}/predict"
    how = ("-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "asking.lua"))
    done = subprocess.run(
        ["wrk", *how, address, "--", str(body)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkError(f"wrk ended with {done.returncode}: {done.stderr[-500:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _serving(script: str, folder: Path) -> Iterator[tuple[int, int]]:
    """The id of a server's process, and its port."""
    port = _free_port()
    paths = os.pathsep.join([str(BENCHMARKS), str(BENCHMARKS.parent / "src")])
    known = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    folder.mkdir()
    process = subprocess.Popen([sys.executable, str(HERE / script), str(port), str(folder)], env=known)
    try:
        _wait(process, port)
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if _ask(port, b"{}").status < 500:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise BenchmarkError("the server did not start")


def _score(port: int, body: Path) -> float:
    answer = json.loads(_ask(port, body.read_bytes()).read())
    return float(answer.get("score", math.nan))


def _ask(port: int, body: bytes) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
    return connection.getresponse()
