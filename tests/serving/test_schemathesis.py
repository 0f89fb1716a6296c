"""The OpenAPI document against the server that it describes, by Schemathesis."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOKEN = "a token of the administrator"  # noqa: S105
COMMAND = shutil.which("st", path=str(Path(sys.executable).parent)) or shutil.which("schemathesis")
CASES = re.compile(r"(\d[\d,]*) generated")

pytestmark = pytest.mark.skipif(COMMAND is None, reason="no Schemathesis: it is one of the development tools")


def n_cases(server, *options):
    """How many cases there were, all of them as the document says; what was said otherwise is the failure."""
    said = subprocess.run(
        [
            *(COMMAND, "run", f"{server.url}/openapi.json", "--seed", "1", "--no-color"),
            *("-H", f"Authorization: Bearer {TOKEN}", "--phases", "examples,coverage,fuzzing"),
            *("--generation-database", "none", "--continue-on-failure", *options),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=server.folder,
    )
    assert said.returncode == 0, said.stdout[-5000:] + said.stderr[-2000:]
    return int(CASES.search(said.stdout)[1].replace(",", ""))


@pytest.fixture(params=["without reasons", "with reasons"])
def server(request, office, serve, mixed, explained):
    office.appoint("production", 1, **(mixed if request.param == "without reasons" else explained()))
    started = serve(environment={"TENURE_ADMIN_TOKEN": TOKEN}, log={"max_bytes": 2**33})
    started.folder = office.folder
    return started


def test_the_server_does_what_its_document_says(server):
    assert n_cases(server, "-n", "5") >= 200
    assert server.ask("POST", "/predict", {"job": None}).status == 200


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_server_does_what_its_document_says_ten_thousand_times_with_reasons_and_without(server):
    assert n_cases(server, "-n", "3500") >= 10_000
    assert server.ask("POST", "/predict", {"job": None}).status == 200
