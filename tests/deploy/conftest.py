"""A Docker engine, images of this checkout, and the API of compose.yaml behind nginx."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PATH = f"/usr/bin:{os.environ['PATH']}"
"""Of Docker's own client first: other programs have taken its name."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, environment=None, check=True, seconds=600):
    """What a command printed, both streams together."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "PATH": PATH, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stdout[-4000:]
    return done.stdout.strip() if check else (done.returncode, done.stdout)


def compose_command():
    """Docker Compose, as a plugin or as the program that it was."""
    if run("docker", "compose", "version", check=False)[0] == 0:
        return "docker compose"
    return "docker-compose"


@pytest.fixture(scope="session")
def docker():
    """Docker's own client, an engine and the images that the stack pulls; skips where none can be had."""
    code, said = run(HERE / "engine", check=False)
    if code == 3:
        pytest.skip(said.splitlines()[-1])
    assert code == 0, said
    if compose_command() == "docker-compose" and shutil.which("docker-compose", path=PATH) is None:
        pytest.skip("no Docker Compose: apt-get install docker-compose")
    return lambda *arguments, **how: run("docker", *arguments, **how)


@pytest.fixture(scope="session")
def build(docker):
    """Builds a target of the Dockerfile; its tag."""

    def made(target):
        tag = f"tenure:{target}"
        how = {"environment": {"DOCKER_BUILDKIT": "1"}}
        docker("build", "-f", "deploy/Dockerfile", "--target", target, "-t", tag, ".", **how)
        return tag

    return made


class Stack:
    """Services of compose.yaml under a name of their own, on free ports."""

    PORTS = ("TENURE", "AIRFLOW", "MLFLOW", "DASHBOARD", "PROMETHEUS", "ALERTMANAGER", "MAIL", "GRAFANA")

    def __init__(self, folder, **environment):
        self.ports = {name: free_port() for name in self.PORTS}
        self.port = self.ports["TENURE"]
        self.compose = compose_command()
        self.environment = {
            "COMPOSE": self.compose,
            "COMPOSE_PROJECT_NAME": f"tenure-{uuid.uuid4().hex[:8]}",
            "COMPOSE_PROFILES": "",
            "POSTGRES_PASSWORD": uuid.uuid4().hex,
            "GRAFANA_PASSWORD": uuid.uuid4().hex,
            **{f"{name}_PORT": str(port) for name, port in self.ports.items()},
            "TENURE_PROJECT_DIR": str(folder),
            "TENURE_FIRST_PERIOD": "2023-03-01",
            "TENURE_LAST_PERIOD": "2023-03-01",
            **environment,
        }

    def __call__(self, *arguments, check=True):
        return run(*self.compose.split(), *arguments, environment=self.environment, check=check)

    def deploy(self, image, **environment):
        """Exit code and words of `scripts/deploy`."""
        return run("scripts/deploy", image, environment={**self.environment, **environment}, check=False)

    def instances(self, service="api"):
        return sorted(self("ps", "-q", service).split())

    def down(self):
        self("down", "--volumes", "--timeout", "5", check=False)


@pytest.fixture(scope="module")
def stack(docker):
    """A stack by the folder of its project, not yet started. What was tagged before is again afterwards.

    Of tests that run side by side one module at a time has one: the tags of images are the engine's.
    """
    lock = (Path(tempfile.gettempdir()) / "tenure-stack.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    started = []
    code, before = docker("image", "inspect", "--format", "{{.Id}}", "tenure:serve", check=False)

    def made(folder, **environment):
        started.append(Stack(folder, **environment))
        return started[-1]

    yield made
    for each in started:
        each.down()
    if code == 0:
        docker("tag", before.strip(), "tenure:serve")
    docker("rmi", "--no-prune", "tenure:previous", check=False)
    lock.close()


@pytest.fixture(scope="session")
def wait_for():
    """The first answer of a function that counts."""

    def waited(true, *, seconds=60):
        until = time.monotonic() + seconds
        while not (found := true()):
            assert time.monotonic() < until, "waited in vain"
            time.sleep(0.5)
        return found

    return waited
