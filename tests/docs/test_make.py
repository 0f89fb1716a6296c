"""`make demo` and `make airflow` from a checkout without an environment: what README shows of them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from tenure_docs_reading import ROOT, commands_of
from tenure_docs_world import end

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The files of this repository, and nothing else."""
    folder = tmp_path_factory.mktemp("checkout") / "tenure"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, files):
        there = folder / name
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, there)
    return folder


@pytest.fixture(scope="module")
def outside():
    """The environment of somebody who runs no test."""
    ours = ("TENURE_", "PYTHON", "VIRTUAL_ENV", "MAKE", "MFLAGS", "AIRFLOW")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def test_make_demo_prints_what_the_readme_shows(checkout, outside):
    typed = commands_of(ROOT / "README.md")
    shown = next(step.shown for step in typed if step.text == "make demo" and step.shown.strip())
    told = [line for line in shown.splitlines() if line.strip() and line != "..."]
    done = subprocess.run(
        ["make", "demo"], cwd=checkout, env=outside, capture_output=True, text=True, timeout=1500, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    printed = iter(line.rstrip() for line in done.stdout.splitlines())
    assert [line for line in told if line not in printed] == []  # all of them, in this order
    assert len(told) > 20


def test_make_airflow_starts_one_that_knows_the_dag(checkout, outside):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = checkout / "airflow.log"
    with log.open("wb") as out:
        started = subprocess.Popen(
            ["make", "airflow"],
            cwd=checkout,
            env={**outside, "AIRFLOW__API__PORT": str(port)},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 1500
        while "tenure_cash_loans" not in dags(checkout, port):
            ended = started.poll() is not None or time.monotonic() > until
            assert not ended, log.read_text()[-3000:]
            time.sleep(2)
    finally:
        end(started)
    assert "switch the DAG tenure_cash_loans on there" in log.read_text()


def dags(checkout, port):
    """What Airflow has read, asked as README's reader: with the user and the password that it made."""
    passwords = checkout / ".airflow" / "simple_auth_manager_passwords.json.generated"
    try:
        words = {"username": "admin", "password": json.loads(passwords.read_text())["admin"]}
        token = ask(port, "/auth/token", words)["access_token"]
        return {each["dag_id"] for each in ask(port, "/api/v2/dags", token=token)["dags"]}
    except (OSError, ValueError, urllib.error.URLError):
        return set()


def ask(port, path, body=None, token=""):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return json.load(answer)
