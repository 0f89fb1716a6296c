"""The whole of compose.yaml, really started: the DAG switched on in a browser, and who answers then."""

import http.client
import json
import re
import shutil
import urllib.error
import urllib.request

import pytest

from serving_faults.clients import Clients

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

DAG = "tenure_cash_loans"
SERVICES = (
    "postgres",
    "mlflow",
    "api",
    "nginx",
    "airflow",
    "dashboard",
    "metrics",
    "prometheus",
    "alertmanager",
)


@pytest.fixture(scope="module")
def whole(build, stack):
    """Everything but Grafana, with a simulated lender and one period to run."""
    for target in ("serve", "train", "dashboard", "mlflow", "airflow"):
        build(target)
    running = stack("", COMPOSE_PROFILES="airflow,dashboard,monitoring")
    running("up", "--detach", "--no-build")
    return running


def ask(url, body=None, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, headers)  # noqa: S310 - of this machine
    try:
        with urllib.request.urlopen(request, timeout=20) as said:  # noqa: S310
            return said.status, said.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()
    except (OSError, http.client.HTTPException):
        return 0, b""


def health(docker, container):
    return docker(
        "inspect", "--format", "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", container
    )


@pytest.fixture(scope="module")
def switched_on(whole, docker, wait_for):
    """The DAG, switched on by a click, has run; the token that Airflow gave, and its address."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no Chromium: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright: a development tool")
    base = f"http://127.0.0.1:{whole.ports['AIRFLOW']}"
    wait_for(lambda: {health(docker, one) for one in whole.instances("airflow")} == {"healthy"}, seconds=300)
    password = re.search(r"Password for user 'admin': (\S+)", whole("logs", "--no-color", "airflow"))[1]
    code, said = ask(f"{base}/auth/token", {"username": "admin", "password": password})
    assert code == 201, said
    token = json.loads(said)["access_token"]
    wait_for(lambda: ask(f"{base}/api/v2/dags/{DAG}", token=token)[0] == 200, seconds=120)
    with playwright.sync_playwright() as started:
        page = started.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{base}/dags/{DAG}")
        page.locator("input[name=username]").fill("admin")
        page.locator("input[name=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        switch = page.locator("[data-scope=switch][data-part=root]").first
        switch.wait_for()
        switch.click()
        page.wait_for_function("document.querySelector('[data-scope=switch]').dataset.state === 'checked'")

    def ended():
        code, said = ask(f"{base}/api/v2/dags/{DAG}/dagRuns", token=token)
        runs = json.loads(said)["dag_runs"] if code == 200 else []
        return runs and runs[0]["state"] in {"success", "failed"} and runs[0]

    assert wait_for(ended, seconds=900)["state"] == "success"
    return base, token


def test_the_stack_comes_up_healthy_and_is_alive_before_anybody_is_in_office(whole, docker, wait_for):
    expected = {"healthy", "none"}
    for name in SERVICES:
        containers = whole.instances(name)
        assert len(containers) == (2 if name == "api" else 1), name
        wait_for(lambda each=containers: {health(docker, one) for one in each} <= expected, seconds=300)
        running = {docker("inspect", "--format", "{{.State.Status}}", one) for one in containers}
        assert running == {"running"}, name
    assert ask(f"http://127.0.0.1:{whole.port}/health")[0] == 200


@pytest.mark.usefixtures("switched_on")
def test_the_dag_that_was_switched_on_puts_a_model_into_office_that_both_instances_answer_with(
    whole, docker, wait_for
):
    for one in whole.instances():
        wait_for(
            lambda each=one: (
                docker("exec", each, "tenure", "smoke", "http://127.0.0.1:8000", check=False)[0] == 0
            )
        )
    through = docker("exec", whole.instances()[0], "tenure", "smoke", "http://nginx:8080", "--json")
    assert json.loads(through)["passed"] is True
    versions = ask(f"http://127.0.0.1:{whole.ports['MLFLOW']}/health")
    assert versions[0] == 200
    code, page = ask(f"http://127.0.0.1:{whole.ports['DASHBOARD']}/")
    assert code == 200
    assert b"streamlit" in page.lower()


@pytest.mark.usefixtures("switched_on")
def test_no_client_misses_an_instance_that_is_killed_under_load(whole, docker, wait_for):
    wait_for(lambda: ask(f"http://127.0.0.1:{whole.port}/ready")[0] == 200)
    example = json.loads(ask(f"http://127.0.0.1:{whole.port}/model")[1])["example"]
    with Clients(whole.port, json.dumps(example).encode()) as clients:
        clients.wait_for(200)
        docker("kill", whole.instances()[0])
        clients.wait_for(400)
    assert set(clients.statuses()) == {200}
    whole("up", "--detach", "--no-build", "--no-recreate", "api")
    wait_for(lambda: len(whole.instances()) == 2)


@pytest.mark.usefixtures("switched_on")
def test_prometheus_asks_everything_and_an_alert_is_a_mail(whole, wait_for):
    base = f"http://127.0.0.1:{whole.ports['PROMETHEUS']}"

    def jobs_up():
        code, said = ask(f"{base}/api/v1/query?query=up")
        result = json.loads(said)["data"]["result"] if code == 200 else []
        return {one["metric"]["job"] for one in result if one["value"][1] == "1"} >= {
            "tenure",
            "tenure-serve",
        }

    wait_for(jobs_up, seconds=120)
    alert = [{"labels": {"alertname": "Rehearsal", "severity": "critical"}}]
    code, said = ask(f"http://127.0.0.1:{whole.ports['ALERTMANAGER']}/api/v2/alerts", alert)
    assert code == 200, said
    wait_for(lambda: "Rehearsal" in whole("logs", "--no-color", "mail"), seconds=60)
