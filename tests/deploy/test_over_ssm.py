"""`scripts/deploy-over-ssm` against an `aws` that says what it was asked, and answers as told."""

import json
import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/deploy-over-ssm"
AWS = """#!/usr/bin/env bash
printf '%s\\0' "$@" >> "$ASKED"; printf '\\n' >> "$ASKED"
case "$*" in
    *send-command*) echo a-command ;;
    *StandardErrorContent*) echo "deploy: what the host said" ;;
    *Status*)
        n=$(cat "$ASKED.n" 2>/dev/null || echo 0); echo $((n + 1)) > "$ASKED.n"
        if [ "$n" = 0 ]; then exit 254; elif [ "$n" = 1 ]; then echo InProgress; else echo "$STATE"; fi ;;
esac
"""


@pytest.fixture
def deploy(tmp_path):
    (tmp_path / "aws").write_text(AWS)
    (tmp_path / "aws").chmod(0o755)

    def run(state):
        environment = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "ASKED": str(tmp_path / "asked"),
            "STATE": state,
            "POLL_SECONDS": "0.01",
        }
        command = [str(SCRIPT), "i-1", "/srv/tenure", "1.dkr.ecr.eu-west-1.amazonaws.com/tenure:serve-abc"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        asked = (tmp_path / "asked").read_text().split("\0\n")
        return done, [line.split("\0") for line in asked if line]

    return run


def test_the_host_logs_in_by_its_own_role_and_runs_the_deployment(deploy):
    done, asked = deploy("Success")
    assert done.returncode == 0
    assert "what the host said" in done.stderr
    sent = asked[0][asked[0].index("--parameters") + 1]
    commands = json.loads(sent.removeprefix("commands=").partition(",executionTimeout=")[0])
    assert commands[0].startswith("aws ecr get-login-password | docker login")
    assert commands[0].endswith(" 1.dkr.ecr.eu-west-1.amazonaws.com")
    assert commands[1] == "/srv/tenure/scripts/deploy 1.dkr.ecr.eu-west-1.amazonaws.com/tenure:serve-abc"


@pytest.mark.parametrize("state", ["Failed", "TimedOut", "Cancelled"])
def test_a_deployment_that_was_turned_back_ends_with_an_error(deploy, state):
    done, _ = deploy(state)
    assert done.returncode == 1
    assert f"deploy: {state} on i-1" in done.stderr
