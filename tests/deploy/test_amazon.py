"""What deployments ask of Amazon, by its own command line, of moto's ECR and Systems Manager."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).with_name("awscli.txt")
DOCKER = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$ASKED"; cat >> "$ASKED"
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def aws(tmp_path_factory) -> Path:
    """The folder of the command `aws`, in an environment made from its pins (awscli.in)."""
    folder = tmp_path_factory.mktemp("aws")
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "sync", "--quiet", "--python", folder / "bin/python", "--require-hashes", PINS]
    for command in ([uv, "venv", "--quiet", "--python", sys.executable, folder], install):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no command line of Amazon: {done.stderr.strip().splitlines()[-1]}")
    return folder / "bin"


@pytest.fixture
def environment(aws, s3_server, tmp_path):
    """Where `aws` asks moto, and `docker` writes down what it is told."""
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    path = f"{tmp_path}:{aws}:{os.environ['PATH']}"
    return {**s3_server, "PATH": path, "ASKED": str(tmp_path / "asked"), "HOME": str(tmp_path)}


def client(name, environment):
    return boto3.client(
        name,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def test_the_login_of_the_workflow_gives_docker_what_ecr_says(environment):
    ecr = client("ecr", environment)
    registry = ecr.create_repository(repositoryName="tenure")["repository"]["repositoryUri"]
    workflow = (ROOT / ".github/workflows/cd.yml").read_text()
    (login,) = re.findall(r"^ +(aws ecr get-login-password .*)$", workflow, re.MULTILINE)
    subprocess.run(["bash", "-euc", login], env=environment | {"ECR": registry}, check=True)
    (told,) = ecr.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(told["authorizationToken"]).decode().partition(":")
    asked, given = Path(environment["ASKED"]).read_text().splitlines()
    assert asked == f"login --username {user} --password-stdin {registry.partition('/')[0]}"
    assert given == password


def test_the_deployment_is_a_command_that_systems_manager_takes(environment):
    instance, image = "i-0123456789abcdef0", "1.dkr.ecr.us-east-1.amazonaws.com/tenure:serve-abc"
    done = subprocess.run(
        [ROOT / "scripts/deploy-over-ssm", instance, "/srv/tenure", image],
        env=environment | {"POLL_SECONDS": "0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"deploy: Success on {instance}" in done.stderr
    (sent,) = client("ssm", environment).list_commands()["Commands"]
    assert (sent["DocumentName"], sent["InstanceIds"]) == ("AWS-RunShellScript", [instance])
    login, deploy = sent["Parameters"]["commands"]
    assert login.endswith("docker login --username AWS --password-stdin 1.dkr.ecr.us-east-1.amazonaws.com")
    assert deploy == f"/srv/tenure/scripts/deploy {image}"
    assert sent["Parameters"]["executionTimeout"] == ["900"]
