"""The jobs of deploy/kubernetes: commands that there are, without rights, tried again where it may help."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main
import yaml

from tenure.cli.commands import app
from tenure.cli.main import EXIT_RETRY, EXIT_USER
from tenure.domain.triggers import TriggerKind, read_trigger

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"
JOBS = {"loop.yaml": "tenure-train", "smoke.yaml": "tenure"}


def job(name):
    return yaml.safe_load((FOLDER / name).read_text())["spec"]


def pod(name):
    return job(name)["jobTemplate"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_runs_a_command_that_there_is_in_an_image_that_is_built(name):
    (container,) = pod(name)["containers"]
    command = typer.main.get_command(app).commands[container["args"][0]]
    known = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert {one for one in container["args"] if one.startswith("-")} <= known
    images = {
        each["name"]: each for each in yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["images"]
    }
    assert container["image"] == JOBS[name]
    target = images[container["image"]]["newTag"]
    assert re.search(rf"^FROM \S+ AS {target}$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", JOBS)
def test_a_job_has_no_rights_and_never_runs_twice_at_once(name):
    assert job(name)["concurrencyPolicy"] == "Forbid"
    assert pod(name)["securityContext"]["runAsNonRoot"] is True
    assert pod(name)["automountServiceAccountToken"] is False
    (container,) = pod(name)["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    mounted = {mount["name"] for mount in container.get("volumeMounts", ())}
    assert mounted == {volume["name"] for volume in pod(name).get("volumes", ())}


def test_the_loop_is_tried_again_for_what_may_help_and_for_nothing_else():
    rules = job("loop.yaml")["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    (given_up,) = [rule["onExitCodes"] for rule in rules if rule["action"] == "FailJob"]
    assert given_up["operator"] == "NotIn"
    assert EXIT_RETRY in given_up["values"]
    assert EXIT_USER not in given_up["values"]
    assert given_up["containerName"] == pod("loop.yaml")["containers"][0]["name"]
    assert pod("loop.yaml")["restartPolicy"] == "Never"


def test_the_loop_records_that_a_time_had_come():
    (said,) = [
        each["value"] for each in pod("loop.yaml")["containers"][0]["env"] if each["name"] == "TENURE_TRIGGER"
    ]
    assert read_trigger(said).kind is TriggerKind.TIME


def test_the_jobs_ask_the_service_and_write_to_the_claim_that_there_are():
    service = yaml.safe_load((FOLDER / "service.yaml").read_text())["metadata"]["name"]
    assert pod("smoke.yaml")["containers"][0]["args"][1] == f"http://{service}"
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod("loop.yaml")["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert claims == {yaml.safe_load((FOLDER / "tables.yaml").read_text())["metadata"]["name"]}


def test_the_kustomization_can_be_rendered():
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl")
    done = subprocess.run([kubectl, "kustomize", str(FOLDER)], capture_output=True, text=True, check=True)
    images = set(re.findall(r"image: (\S+)", done.stdout))
    assert images == {"tenure:serve", "tenure:train"}
