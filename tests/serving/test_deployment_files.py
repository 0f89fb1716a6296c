"""The files of deploy/: each is what its reader expects, and they agree with each other and the server."""

import re
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
VALUES = "prometheus-adapter.yaml"
"""Of a chart, no manifest."""


def manifests():
    names = sorted(path.name for path in KUBERNETES.glob("*.yaml"))
    return [name for name in names if name not in {VALUES, "kustomization.yaml"}]


def read(name):
    return yaml.safe_load((KUBERNETES / name).read_text())


@pytest.fixture
def pod():
    return read("deployment.yaml")["spec"]["template"]


@pytest.mark.parametrize("name", manifests())
def test_a_manifest_keeps_to_the_schema_of_kubernetes(name):
    checker = pytest.importorskip("kubernetes_validate", reason="no kubernetes-validate: a development tool")
    checker.validate(read(name), "1.31", strict=True)


def test_every_manifest_is_in_the_kustomization():
    assert sorted(read("kustomization.yaml")["resources"]) == manifests()


def test_service_disruption_budget_and_autoscaler_mean_the_pods_of_the_deployment(pod):
    deployment, labels = read("deployment.yaml"), pod["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert read("service.yaml")["spec"]["selector"] == labels
    assert read("disruption.yaml")["spec"]["selector"]["matchLabels"] == labels
    assert read("autoscaler.yaml")["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    ports = [port["name"] for port in pod["spec"]["containers"][0]["ports"]]
    assert [port["targetPort"] for port in read("service.yaml")["spec"]["ports"]] == ports


def test_pods_have_no_rights_and_write_to_their_own_volumes_alone(pod):
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["spec"]["containers"]
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


def test_probes_ask_paths_that_answer_without_a_token(pod, office, client):
    office.appoint("production", 1)
    asked = client(office.desk(environment={"TENURE_CLIENT_TOKEN": "needed"}))
    (container,) = pod["spec"]["containers"]
    probes = [
        container[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    ]
    assert [asked.get(path).status for path in probes] == [200, 200, 200]
    assert asked.get(pod["metadata"]["annotations"]["prometheus.io/path"]).status == 200


def test_the_autoscaler_asks_for_a_metric_that_is_made_of_one_the_server_exports(office, client):
    office.appoint("production", 1)
    asked = client(office.desk())
    asked.post("/predict", {"x0": 1})
    exported = asked.get("/metrics").body.decode()
    (rule,) = read(VALUES)["rules"]["custom"]
    series = set(re.findall(r"tenure_\w+", rule["seriesQuery"] + rule["metricsQuery"]))
    assert all(re.search(rf"^{name}\{{", exported, re.MULTILINE) for name in series)
    assert series == {"tenure_requests_total"}
    labels = re.search(r'endpoint=~"([^"]+)"', rule["metricsQuery"])[1]
    assert re.search(rf'tenure_requests_total\{{endpoint="({labels})"', exported)
    (metric,) = read("autoscaler.yaml")["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] == rule["name"]["as"]
