"""A lender of one feature: a registry, and two instances of ``tenure serve`` that ask it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from harness.measuring import BENCHMARKS, BenchmarkError
from tenure.stores.mlflow import MlflowRegistry
from tenure.testing import write_small_bundle

PROJECT = """
project: small
models: {models}
sources:
  loans:
    path: loans.csv
    keys: [id]
    event_time: started
    columns: {{income: {{type: number}}}}
population: {{select: "SELECT id, started AS event_time FROM loans"}}
label: {{select: "SELECT id, started AS event_time, bad AS label FROM loans", horizon: 1 month}}
features: [{{source: loans}}]
serve: {{poll_seconds: 0.5, workers: 2, log: {{max_bytes: {max_bytes}, min_free_bytes: 1048576}}}}
"""
BODY = b'{"x0": 1.0}'
LOG_BYTES = 8 * 2**30


class Registry:
    """Versions of a model, and who of them is in office."""

    def __init__(self, folder: Path) -> None:
        self.models = folder / "models"
        self._bundles = folder / "bundles"
        self._registry = MlflowRegistry("small", self.models)
        self._aside = folder / "models-aside"

    def register(self, weight: float) -> int:
        """The number of a new version."""
        bundle = self._bundles / str(weight)
        sha256 = write_small_bundle(bundle, weights=(weight,))
        version = self._registry.register(bundle, as_of=date(2024, 1, 1), sha256=sha256, tags={})
        return version.version

    def appoint(self, version: int) -> None:
        """Give it the office."""
        champion = self._registry.production()
        self._registry.promote(version, expected=champion.version if champion else None)

    def vanish(self) -> None:
        """Database and bundles are gone."""
        self.models.rename(self._aside)

    def return_(self) -> None:
        """They are back."""
        self.models.rename(self._aside.with_name("models-made-meanwhile")) if self.models.exists() else None
        self._aside.rename(self.models)


class Instance:
    """``tenure serve`` in a folder of its own, with two workers."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        folder.mkdir()
        self.log = folder / "serving" / "log"
        self.log.mkdir(parents=True)
        text = PROJECT.format(models=registry.models, max_bytes=LOG_BYTES)
        (folder / "tenure.yaml").write_text(text, encoding="utf-8")
        (folder / "loans.csv").write_text("id,started,income,bad\n1,2024-01-01,5,0\n", encoding="utf-8")
        command = [sys.executable, "-P", "-m", "tenure", "serve", "-p", str(folder), "--port", "0"]
        self._said = folder / "said.log"
        paths = str(BENCHMARKS.parent / "src")
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(command, stderr=said, env=os.environ | {"PYTHONPATH": paths})
        self.port = self._wait()

    def kill(self, role: str, n_most: int = 1) -> None:
        """Kill processes: ``worker`` or ``watcher``."""
        pids = self._children(role)
        if not pids:
            raise BenchmarkError(f"no {role} of {self.process.pid} to kill")
        for pid in pids[:n_most]:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)

    def _children(self, role: str) -> list[int]:
        asked = ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        return [int(line.split()[0]) for line in said.splitlines() if f"tenure.serving.{role}" in line]

    def _wait(self) -> int:
        until = time.monotonic() + 180
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", self._said.read_text(encoding="utf-8"))
            if found and _is_ready(int(found[1])):
                return int(found[1])
            time.sleep(0.2)
        raise BenchmarkError(
            f"no answer from {self._said}:\n{self._said.read_text(encoding='utf-8')[-2000:]}"
        )


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
