"""A project of which the gold tables hold two periods, without anything having run; programs of Debian."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from tenure.domain.artefacts import Monitoring
from tenure.domain.decisions import Promotion, Reason, RetrainDecision
from tenure.domain.findings import Finding, Severity
from tenure.domain.incidents import Incident, IncidentKind, IncidentSeverity, IncidentState
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.models import ModelVersion
from tenure.domain.periods import Period
from tenure.domain.tables import RUNS
from tenure.running.records import record, record_incidents
from tenure.stores.delta import DeltaStore

JULY, AUGUST = date(2024, 7, 1), date(2024, 8, 1)
PROJECT = """\
project: small
sources:
  loans: {path: loans, keys: [id], event_time: started}
population: {select: "SELECT id, started AS event_time FROM loans"}
label: {select: "SELECT id, started AS event_time, bad AS label FROM loans", horizon: 1 month}
features: [{source: loans}]
"""
ALERT, OK, PLAIN = MeasurementVerdict.ALERT, MeasurementVerdict.OK, MeasurementVerdict.NO_THRESHOLD


def measurements(as_of: date) -> tuple[Measurement, ...]:
    """What monitors measure: 30 features, the score, two classes, two cohorts, and the rows."""

    def one(scope, feature, metric, value, limit=None, verdict=PLAIN, n=300):
        return Measurement(as_of, scope, feature, metric, value, limit, n, verdict)

    made = [
        one(Scope.POPULATION, "features", "n_rows", 300.0),
        one(Scope.POPULATION, "labels", "n_matured", 280.0),
    ]
    for number in range(30):
        name = f"f{number:02d}"
        psi = 0.9 if number == 29 else 0.01 * number
        made += [
            one(Scope.FEATURE, name, "psi", psi, 0.25, ALERT if psi > 0.25 else OK),
            one(Scope.FEATURE, name, "null_increase", 0.0, 0.1, OK),
            one(Scope.FEATURE, name, "importance", 1 / 30),
            one(Scope.FEATURE, name, "p95", 3.0),
        ]
    made += [
        one(Scope.SCORE, "score", "psi", 0.3, 0.25, ALERT),
        one(Scope.SCORE, "score", "kl", 0.2, 0.15, ALERT),
        one(Scope.SCORE, "score", "mean", 0.4),
    ]
    for name in ("0", "1"):
        made += [one(Scope.CLASS, name, "share", 0.5), one(Scope.CLASS, name, "share_change", 0.01, 0.1, OK)]
    for cohort in ("2024-01-01", "2024-02-01"):
        made += [
            one(Scope.PERFORMANCE, cohort, "roc_auc", 0.8),
            one(Scope.PERFORMANCE, cohort, "accuracy", 0.75),
            one(Scope.PERFORMANCE, cohort, "accuracy_drop", 0.02, 0.05, OK),
            one(Scope.PERFORMANCE, cohort, "calibration_gap", None, 0.1, MeasurementVerdict.NOT_ENOUGH_ROWS),
        ]
    return tuple(made)


@dataclass(frozen=True)
class Project:
    """Its folder and its tables."""

    root: Path
    store: DeltaStore


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project as its loop would leave it at the end of August."""
    (tmp_path / "tenure.yaml").write_text(PROJECT)
    (tmp_path / "loans").mkdir()
    store = DeltaStore(str(tmp_path / "datamart"))
    version = ModelVersion("small", 1, "0" * 64, JULY)
    record("promote", Promotion(JULY, version, None), as_of=JULY, store=store)
    for as_of in (JULY, AUGUST):
        found = (Finding("VAL008", Severity.WARNING, "odd values", scope="loans"),)
        monitoring = Monitoring(Period(as_of), measurements(as_of), found)
        record("monitor", monitoring, as_of=as_of, store=store)
        reasons = (Reason("feature drift", True, "f29 drifted"), Reason("cooldown", False, "too early"))
        record("decide", RetrainDecision(as_of, False, reasons, 500, 1), as_of=as_of, store=store)
        done = {"step": ["report"], "artefact": [json.dumps({})], "project_sha256": ["0"]}
        store.replace(RUNS, pa.table(done), as_of=as_of)
    drift = Incident(
        id=f"drift:loans:{JULY}",
        kind=IncidentKind.DRIFT,
        subject="loans",
        state=IncidentState.ONGOING,
        severity=IncidentSeverity.CRITICAL,
        since=JULY,
        as_of=AUGUST,
        summary="1 feature of `loans` drifted",
    )
    record_incidents([drift], as_of=AUGUST, store=store)
    return Project(tmp_path, store)


PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
PACKAGES = ("prometheus", "prometheus-alertmanager")


@pytest.fixture(scope="session")
def programs() -> None:
    """The programs; installed from Debian where they are not there and somebody may, else a skip."""
    if all(shutil.which(name) for name in PROGRAMS):
        return
    if os.geteuid() == 0 and shutil.which("apt-get") and os.environ.get("TENURE_TEST_INSTALL", "1") == "1":
        install = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
        subprocess.run(install, capture_output=True, check=False, timeout=240)
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (Debian packages {', '.join(PACKAGES)})")


@pytest.fixture
def start() -> Iterator[Callable[..., None]]:
    """Starts a program and waits until its address answers; ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def run(command: list[str], *, ready: str, log: Path) -> None:
        with log.open("wb") as said:
            started.append(subprocess.Popen(command, stdout=said, stderr=said))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert started[-1].poll() is None, log.read_text()
            try:
                with urllib.request.urlopen(ready, timeout=5):  # noqa: S310 - of this machine
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(log.read_text())

    yield run
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Finds a port that nobody listens on."""

    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as held:
            return int(held.getsockname()[1])

    return find
