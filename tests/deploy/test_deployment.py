"""Models put before clients by `scripts/deploy`, killed and turned back, with a real engine."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from serving_faults.clients import Clients
from tenure.testing import write_small_bundle

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
PROJECT = """
project: small
sources:
  loans: {path: data/loans.csv, keys: [id], event_time: started}
population: {select: "SELECT id, started AS event_time FROM loans"}
label: {select: "SELECT id, started AS event_time, bad AS label FROM loans", horizon: 1 month}
features: [{source: loans}]
"""
ASKED = json.dumps({"x0": 1.0}).encode()
USER = 10001


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project that reaches no registry: its model comes with the image."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "tenure.yaml").write_text(PROJECT)
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def image(build, docker, tmp_path_factory):
    """The serving image with a model; `weight` decides what it answers, `spoil` breaks a file of it."""
    build("serve")
    docker("tag", "tenure:serve", "tenure:serve-plain")

    def made(weight, *, spoil=False):
        folder = tmp_path_factory.mktemp("bundle") / "bundle"
        write_small_bundle(folder, weights=(weight,))
        if spoil:
            (model,) = folder.glob("*.onnx")
            content = bytearray(model.read_bytes())
            content[-20] ^= 1
            model.write_bytes(content)
        tag = f"tenure:serve-{weight}{'-spoiled' if spoil else ''}"
        docker(
            "build",
            "-f",
            ROOT / "deploy/bundle.Dockerfile",
            "--build-arg",
            "API=tenure:serve-plain",
            "-t",
            tag,
            folder,
        )
        return tag

    return made


@pytest.fixture(scope="module")
def deployed(stack, project, image):
    """Two instances of the first model behind nginx."""
    running = stack(project)
    code, said = running.deploy(image(1.0))
    assert code == 0, said
    return running


@pytest.fixture
def clients(deployed):
    """Clients that ask nginx without a pause while the test runs; whatever happens, each gets its answer."""
    with Clients(deployed.port, ASKED, pause_seconds=0.02) as asking:
        asking.wait_for(50)
        yield asking
        asking.wait_for(50)
    assert set(asking.statuses()) == {200}, asking.statuses()


def score(port):
    command = [
        "curl",
        "-s",
        f"http://127.0.0.1:{port}/predict",
        "-d",
        ASKED,
        "-H",
        "Content-Type: application/json",
    ]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["score"]


def test_an_instance_that_is_killed_is_missed_by_no_client_and_comes_back(
    deployed, docker, clients, wait_for
):
    first, second = deployed.instances()
    killed = int(docker("inspect", "--format", "{{.State.Pid}}", first))
    if os.geteuid() != 0:
        pytest.skip("only root may kill what runs in a container as if it had died")
    os.kill(killed, signal.SIGKILL)
    clients.wait_for(200)
    wait_for(lambda: int(docker("inspect", "--format", "{{.State.Pid}}", first)) not in {0, killed})
    assert docker("inspect", "--format", "{{.RestartCount}}", first) == "1"
    wait_for(lambda: docker("exec", first, "tenure", "smoke", "http://127.0.0.1:8000", check=False)[0] == 0)
    assert deployed.instances() == sorted([first, second])


@pytest.mark.usefixtures("clients")
def test_another_model_takes_over_and_the_one_before_is_asked_back_without_a_client_noticing(
    deployed, docker, image
):
    before, old = deployed.instances(), score(deployed.port)
    code, said = deployed.deploy(image(2.0))
    assert code == 0, said
    assert not set(before) & set(deployed.instances())
    assert len(deployed.instances()) == len(before)
    assert score(deployed.port) > old
    gone = docker("ps", "--all", "--quiet", "--no-trunc").split()
    assert not set(before) & set(gone)
    code, said = deployed.deploy("tenure:previous")
    assert code == 0, said
    assert score(deployed.port) == old


@pytest.mark.usefixtures("clients")
def test_a_broken_bundle_is_turned_back_by_itself_and_no_client_notices(deployed, docker, image):
    before, old = deployed.instances(), score(deployed.port)
    named = docker("image", "inspect", "--format", "{{.Id}}", "tenure:serve")
    code, said = deployed.deploy(image(3.0, spoil=True), TENURE_DEPLOY_SECONDS="20")
    assert code == 1
    assert "going back" in said
    assert "the image before answers" in said
    assert deployed.instances() == before
    assert docker("image", "inspect", "--format", "{{.Id}}", "tenure:serve") == named
    assert score(deployed.port) == old


def test_an_image_that_is_nowhere_changes_nothing(deployed):
    before = deployed.instances()
    code, said = deployed.deploy("127.0.0.1:9/no/such:image")
    assert code == 2
    assert "no image" in said
    assert deployed.instances() == before


def test_the_image_lists_what_is_in_it_and_nobody_in_it_has_rights(build, docker):
    tag = build("serve")
    listed = json.loads(docker("run", "--rm", "--entrypoint", "cat", tag, "/usr/share/sbom/tenure.cdx.json"))
    names = {component["name"].lower() for component in listed["components"]}
    assert listed["bomFormat"] == "CycloneDX"
    assert {"tenure", "onnxruntime", "fastapi"} <= names
    assert not {"mlflow", "pyspark", "duckdb", "scikit-learn"} & names
    assert docker("run", "--rm", "--entrypoint", "id", tag, "-u") == str(USER)
    assert (
        docker("run", "--rm", "--read-only", "--entrypoint", "touch", tag, "/opt/tenure/x", check=False)[0]
        != 0
    )
