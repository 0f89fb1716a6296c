"""The same contracts over HTTP, against a real server: where the full MLflow is at hand."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from datetime import date
from pathlib import Path

import pytest

from tenure.bundle import load_bundle
from tenure.stores.mlflow import MlflowRegistry, MlflowTracker
from tenure.testing import EXPERIMENT_TRACKER_CONTRACT, MODEL_REGISTRY_CONTRACT, write_small_bundle

EXECUTABLE = os.environ.get("TENURE_MLFLOW", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which(EXECUTABLE) is None,
        reason="needs a full MLflow to start a server: TENURE_MLFLOW names its `mlflow`",
    ),
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(address, process):
    for _ in range(240):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health"):  # noqa: S310
            return
        assert process.poll() is None, "the server ended"
        time.sleep(0.5)
    raise AssertionError("the server did not answer in two minutes")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [EXECUTABLE, "server", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts"), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1"]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **quiet}, start_new_session=True
        )
        try:
            wait_for(address, process)
            yield address, folder
        finally:
            os.killpg(process.pid, 15)
            process.wait(timeout=30)


@pytest.mark.parametrize("check", MODEL_REGISTRY_CONTRACT, ids=lambda check: check.__name__)
def test_a_registry_at_a_server_keeps_its_contract(check, server, tmp_path):
    (tmp_path / "work").mkdir()
    check(MlflowRegistry(check.__name__, models=tmp_path / "models", uri=server[0]), tmp_path / "work")


@pytest.mark.parametrize("check", EXPERIMENT_TRACKER_CONTRACT, ids=lambda check: check.__name__)
def test_a_tracker_at_a_server_keeps_its_contract(check, server, tmp_path):
    (tmp_path / "work").mkdir()
    check(MlflowTracker(check.__name__, models=tmp_path / "models", uri=server[0]), tmp_path / "work")


def test_a_host_with_a_models_folder_of_its_own_gets_the_bundle_from_the_server(server, tmp_path, capfd):
    address, folder = server
    sha256 = write_small_bundle(tmp_path / "bundle")
    here = MlflowRegistry("shared", models=tmp_path / "here", uri=address)
    version = here.register(tmp_path / "bundle", as_of=date(2024, 1, 1), sha256=sha256, tags={})
    shutil.rmtree(tmp_path / "here")
    there = MlflowRegistry("shared", models=tmp_path / "there", uri=address)
    place = there.bundle(version.version)
    assert load_bundle(place, sha256=sha256).folder == Path(tmp_path / "there" / "bundles" / sha256)
    assert list((folder / "artifacts").rglob("model.onnx"))
    assert capfd.readouterr() == ("", "")
