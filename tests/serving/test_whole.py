"""``tenure serve`` and ``tenure smoke`` as a shell starts them, with a registry behind them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

import tenure
from tenure.stores.mlflow import MlflowRegistry
from tenure.testing import write_small_bundle

PROJECT = """
project: small
sources:
  loans:
    path: loans.csv
    keys: [id]
    event_time: started
    columns: {ssn: {pii: true}, income: {type: number}}
population: {select: "SELECT id, started AS event_time FROM loans"}
label: {select: "SELECT id, started AS event_time, bad AS label FROM loans", horizon: 1 month}
features: [{source: loans}]
serve: {poll_seconds: 0.2, workers: 2}
"""


def command(*arguments):
    return [sys.executable, "-P", "-m", "tenure", *map(str, arguments)]


@pytest.fixture
def environment():
    return {**os.environ, "PYTHONPATH": str(Path(tenure.__file__).parents[1])}


class Registry:
    def __init__(self, folder):
        self.folder = folder
        self.registry = MlflowRegistry("small", folder / "models")

    def promote(self, weight):
        """The number of a new version, which holds the office now."""
        bundle = self.folder / f"bundle {weight}"
        sha256 = write_small_bundle(bundle, weights=(weight,))
        version = self.registry.register(bundle, as_of=date(2024, 1, 1), sha256=sha256, tags={})
        champion = self.registry.production()
        self.registry.promote(version.version, expected=champion.version if champion else None)
        return version.version


def smoke(url, environment, *arguments):
    return subprocess.run(
        command("smoke", url, *arguments), capture_output=True, text=True, check=False, env=environment
    )


def wait_for(version, url, environment):
    deadline = time.monotonic() + 90
    while (said := smoke(url, environment, "--version", version, "--json")).returncode:
        assert said.returncode == 75, said.stderr
        assert time.monotonic() < deadline, said.stdout + said.stderr
        time.sleep(0.2)
    return json.loads(said.stdout)


@pytest.mark.slow
def test_a_promotion_and_a_rollback_in_the_registry_are_served_without_a_restart(tmp_path, environment):
    (tmp_path / "tenure.yaml").write_text(PROJECT)
    (tmp_path / "loans.csv").write_text("id,started,income,ssn,bad\n1,2024-01-01,5,x,0\n")
    registry = Registry(tmp_path)
    first = registry.promote(1.0)
    process = subprocess.Popen(
        command("serve", "-p", tmp_path, "--port", 0), stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        line = next(line for line in process.stderr if "small on" in line)
        url = re.search(r"http://\S+:\d+", line)[0]
        assert wait_for(first, url, environment)["passed"]
        second = registry.promote(2.0)
        wait_for(second, url, environment)
        registry.registry.promote(first, expected=second)
        told = wait_for(first, url, environment)
        assert {check["name"]: check["passed"] for check in told["checks"]}["bad row"]
        wrong = smoke(url, environment, "--version", second)
        assert (wrong.returncode, "version" in wrong.stderr) == (75, True)
    finally:
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        process.stderr.close()
        assert process.wait(30) == 0
    assert smoke(url, environment).returncode == 75
    assert smoke("nonsense", environment).returncode == 2
