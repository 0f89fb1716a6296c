"""One row over HTTP, 16 connections: against an empty endpoint, and against the usual ways."""

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from harness.environments import peer_python
from harness.measuring import BENCHMARKS, BenchmarkError, SkippedError
from harness.processes import cpu_seconds
from harness.results import Report, counted, spread, table, times
from serving.lender import example

HERE = Path(__file__).parent
CONNECTIONS, SECONDS, WARM_UP_SECONDS = 16, 5, 1
OF_EMPTY = 0.5
"""Share of the empty endpoint's requests a second that the product is to reach."""
OF_MLFLOW, P99_OF_MLFLOW = 25.0, 0.1
"""Times the requests a second of ``mlflow models serve``, and share of its p99, that are to be reached."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that is asked."""

    script: str
    path: str = "/predict"
    peer: str = ""
    """The pins of its environment; this one's when empty."""
    wrap: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """What it wants around a row."""
    score: Callable[[dict[str, Any]], float] = lambda answer: float(answer.get("score", math.nan))
    """Where the score stands in its answer."""

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(peer_python(self.peer, HERE / f"{self.peer}.txt")) if self.peer else sys.executable


SERVERS = {
    "Tenure": Server("product_server.py"),
    "empty": Server("empty_server.py"),
    "scikit-learn": Server("sklearn_server.py"),
    "MLflow": Server(
        "mlflow_peer.py",
        "/invocations",
        "mlflow",
        lambda row: {"dataframe_records": [row]},
        lambda answer: float(answer["predictions"][0][1]),
    ),
    "BentoML": Server("bentoml_peer.py", peer="bentoml", wrap=lambda row: {"row": row}),
}
OTHERS = [name for name in SERVERS if name != "Tenure"]

Runs = Mapping[str, Sequence[Mapping[str, float]]]


def run(*, n_runs: int = 3) -> Report:
    """All of them in turn, each in one process that answers, `n_runs` times.

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
        for number in range(n_runs):
            for name, server in SERVERS.items():
                here = Path(folder) / f"{name}-{number}"
                here.mkdir()
                body = here / "row.json"
                body.write_text(json.dumps(server.wrap(example())), encoding="utf-8")
                with _serving(server, here, body) as (pid, port):
                    address = f"http://127.0.0.1:{port}{server.path}"
                    scores[name] = server.score(json.loads(_ask(port, server, body).read()))
                    _load(address, body, WARM_UP_SECONDS)
                    runs[name].append(_measured(pid, address, body))
    return report(runs, scores)


def report(runs: Runs, scores: Mapping[str, float]) -> Report:
    """Requests a second, latencies, CPU time a request; a failure for a target missed, or other answers."""
    failures = [
        f"the answers differ: {scores['Tenure']} and {scores[name]} of {name}"
        for name in OTHERS
        if name != "empty" and not math.isclose(scores["Tenure"], scores[name], abs_tol=1e-5)
    ]
    n_failed = sum(one["n_failed"] for name in runs for one in runs[name])
    if n_failed:
        failures.append(f"{n_failed:.0f} requests failed")
    reached = _ratio(runs, "per_second", "Tenure", "empty")
    if reached < OF_EMPTY:
        failures.append(f"{reached:.2f} of the requests a second of an empty endpoint; the aim is {OF_EMPTY}")
    reached = _ratio(runs, "per_second", "Tenure", "MLflow")
    if reached < OF_MLFLOW:
        failures.append(f"{reached:.1f} times the requests a second of MLflow; the aim is {OF_MLFLOW:.0f}")
    reached = _ratio(runs, "p99_ms", "Tenure", "MLflow")
    if reached > P99_OF_MLFLOW:
        failures.append(f"{reached:.2f} of the p99 of MLflow; the aim is {P99_OF_MLFLOW}")
    header = ["median (smallest–largest)", *runs, *(f"to {name}" for name in OTHERS)]
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
    return [label, *cells, *(times(_ratio(runs, key, "Tenure", name)) for name in OTHERS)]


def _ratio(runs: Runs, key: str, one: str, other: str) -> float:
    ours, theirs = (median(run[key] for run in runs[name]) for name in (one, other))
    return ours / theirs


def _words(runs: Runs) -> str:
    return (
        f"{CONNECTIONS} connections of `wrk` for {SECONDS} s, {counted(len(runs['Tenure']), 'run')} of each "
        "in turn, one process that answers each, the first three under uvicorn with uvloop and httptools. A "
        "row has 50 numbers and 10 categories, the model is a logistic regression: what is measured is what "
        "stands around it. Tenure checks every field, writes the answer down and counts it; `empty` is a "
        "FastAPI endpoint that reads nothing and returns `{}`; "
        "`scikit-learn` is FastAPI with a pydantic model of "
        "the row, a pandas frame and the pipeline; `MLflow` is `mlflow models serve` and `BentoML` a service "
        "of the same pipeline, each in an environment of its own; these write nothing down. All answers are "
        "equal. The load is made on the same machine; CPU time depends less on what else it does."
    )


def _measured(pid: int, address: str, body: Path) -> dict[str, float]:
    before = cpu_seconds(pid)
    found = _load(address, body, SECONDS)
    used = cpu_seconds(pid) - before
    per_second = found["n_requests"] / found["seconds"]
    return {**found, "per_second": per_second, "cpu_us": used / found["n_requests"] * 1e6}


def _load(address: str, body: Path, seconds: int) -> dict[str, float]:
    how = ("-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "asking.lua"))
    done = subprocess.run(
        ["wrk", *how, address, "--", str(body)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkError(f"wrk ended with {done.returncode}: {done.stderr[-500:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _serving(server: Server, folder: Path, body: Path) -> Iterator[tuple[int, int]]:
    """The id of a server's process, and its port."""
    port = _free_port()
    paths = [str(BENCHMARKS), *([] if server.peer else [str(BENCHMARKS.parent / "src")])]
    known = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"} | _QUIET
    known["PATH"] = os.pathsep.join(
        [str(Path(server.python).parent), os.environ["PATH"]]
    )  # for what it starts
    command = [server.python, str(HERE / server.script), str(port), str(folder)]
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(command, env=known, cwd=folder, stderr=said, start_new_session=True)
    try:
        _wait(process, port, server, body)
        yield process.pid, port
    finally:
        _end(process)


_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "BENTOML_DO_NOT_TRACK": "true"}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it has started."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, server: Server, body: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if _ask(port, server, body).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise BenchmarkError(f"{server.script} did not start")


def _ask(port: int, server: Server, body: Path) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", server.path, body.read_bytes(), {"Content-Type": "application/json"})
    return connection.getresponse()
