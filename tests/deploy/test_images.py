"""The images and the stack, as far as they can be read without an engine."""

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib import resources
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
SCRIPTS = [
    *sorted((ROOT / "scripts").glob("*")),
    *sorted((ROOT / "deploy/images").glob("*")),
    ROOT / "tests/deploy/engine",
    ROOT / "tests/deploy/standins/postgres",
]


@cache
def pins(name):
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def program(name):
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}")
    return found


def stage(name):
    """The text of a stage and of the stages that it stands on."""
    text = re.search(rf"^FROM (\S+) AS {name}$(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    below = stage(text[1]) if f" AS {text[1]}\n" in DOCKERFILE else ""
    return below + text[2]


FINAL = ("serve", "train", "dashboard", "mlflow", "airflow")


def test_the_images_are_made_as_their_linter_wants():
    done = subprocess.run(
        [program("hadolint"), str(ROOT / "deploy/Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_shell_scripts_are_written_as_their_linter_wants():
    shells = [path for path in SCRIPTS if path.read_text().startswith(("#!/bin/sh", "#!/usr/bin/env bash"))]
    assert len(shells) >= 6
    done = subprocess.run(
        [program("shellcheck"), *map(str, shells)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", FINAL)
def test_an_image_runs_as_nobody_says_how_it_does_and_lists_what_is_in_it(name):
    text = stage(name)
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001"]
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)
    assert re.search(r"^ENTRYPOINT ", text, re.MULTILINE)
    assert "/usr/share/sbom" in text


def test_what_is_copied_into_the_images_is_sent_to_the_engine():
    ignored = (ROOT / ".dockerignore").read_text().split()
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        source.rstrip("/").removesuffix("/*.in")
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert "*" in ignored
    assert {
        one for one in copied if not any(one == each or one.startswith(f"{each}/") for each in sent)
    } == set()
    assert not {one for one in copied if "airflow.txt" not in one and not (ROOT / one).exists()}


def test_the_images_are_made_of_the_versions_that_are_tested():
    tested = pins("dev.txt")
    for name in ("server.txt", "train.txt", "dashboard.txt"):
        other = {
            package: version for package, version in pins(name).items() if tested.get(package) != version
        }
        assert other == {}, name


def test_the_server_needs_nothing_but_what_the_serving_image_holds():
    held = pins("server.txt")
    assert not {"mlflow", "pyspark", "duckdb", "deltalake", "scikit-learn", "great-expectations"} & set(held)
    packages = {
        name: {one.lower().replace("_", "-").replace(".", "-") for one in brought}
        for name, brought in packages_distributions().items()
    }
    absent = [name for name, brought in packages.items() if not brought & {*held, "tenure"}]
    asked = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import tenure.cli.server, tenure.serving.supervisor, tenure.serving.watcher, tenure.serving.worker
import tenure.serving.lookup, tenure.serving.explaining, tenure.serving.smoke
import mlflow.tracking, sqlalchemy, alembic
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(absent) > 50
    assert done.returncode == 0, done.stderr[-2000:]


def test_compose_keeps_to_its_specification_and_names_files_that_are_there():
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert (ROOT / volume.partition(":")[0]).is_file() or (
                    ROOT / volume.partition(":")[0]
                ).is_dir()
    builds = [service["build"] for service in SERVICES.values() if "build" in service]
    assert {build["target"] for build in builds} == set(FINAL)
    package = pytest.importorskip("check_jsonschema", reason="no check-jsonschema: a development tool")
    validator = pytest.importorskip("jsonschema")
    path = resources.files(package) / "builtin_schemas" / "vendor" / "compose-spec.json"
    validator.validate(COMPOSE, json.loads(path.read_text()))


def test_no_port_of_the_stack_is_open_to_other_hosts():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) >= 8
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_a_password_has_no_default_and_is_asked_for_in_the_example():
    text = (ROOT / "compose.yaml").read_text()
    named = dict(re.findall(r"\$\{(\w*(?:PASSWORD|TOKEN|SECRET|KEY)\w*)([^}]*)\}", text))
    assert {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"} <= set(named)
    assert {name: rest for name, rest in named.items() if not rest.startswith(":?") and rest != ":-"} == {}
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name: example.get(name) for name in named} == dict.fromkeys(named, "")


def test_the_example_starts_every_service_of_the_stack():
    profiles = {name for service in SERVICES.values() for name in service.get("profiles", ())}
    (named,) = re.findall(r"^COMPOSE_PROFILES=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(named.split(",")) == profiles


def test_an_image_that_is_pulled_is_named_by_its_version():
    pulled = [service["image"] for service in SERVICES.values() if not service["image"].startswith("tenure:")]
    assert len(pulled) >= 6
    assert [image for image in pulled if not re.search(r":v?\d", image)] == []


@pytest.mark.parametrize(
    "name", ["api", "nginx", "dashboard", "metrics", "prometheus", "alertmanager", "mail"]
)
def test_a_service_without_need_of_rights_has_none(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_prometheus_asks_services_of_the_stack_by_their_names_and_ports():
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    (target,) = jobs["tenure"]["static_configs"][0]["targets"]
    assert target == f"metrics:{SERVICES['metrics']['command'][-1]}"
    assert jobs["tenure-serve"]["dns_sd_configs"][0]["names"] == ["api"]
    assert SERVICES["api"]["build"]["target"] == "serve"
    assert f"EXPOSE {jobs['tenure-serve']['dns_sd_configs'][0]['port']}\n" in stage("serve")
    (manager,) = config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert manager.partition(":")[0] in SERVICES
    mails = yaml.safe_load((ROOT / "deploy/alertmanager/alertmanager.compose.yml").read_text())
    assert mails["global"]["smtp_smarthost"].partition(":")[0] in SERVICES
