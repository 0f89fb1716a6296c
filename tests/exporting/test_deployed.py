"""What lies in deploy/ works with the real programs: rules fire, alerts arrive, every panel has an answer."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tenure.exporting import newest_period, read_samples
from tenure.exporting.exporter import serve_samples
from tenure.serving.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana/dashboards/tenure.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]


def ask(url):
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - of this machine
        return json.loads(answer.read())


def query(base, expression):
    filled = expression.replace("$project", "small").replace("$__rate_interval", "30s")
    return ask(f"{base}/api/v1/query?{urllib.parse.urlencode({'query': filled})}")["data"]["result"]


def wait_for(true, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)
    return found


def series_of(expressions):
    return {name for text in expressions for name in re.findall(r"tenure_[a-z_]+", text)}


@pytest.fixture
def exporter(project):
    """The exporter of a project that has run; its port."""

    def read():
        return read_samples(newest_period(project.store), project="small", store=project.store)

    port, stop = serve_samples(read, host="127.0.0.1", port=0)
    yield port
    stop()


@pytest.fixture
def server(tmp_path):
    """What a worker of `tenure serve` counts, at ``/metrics``; a request is counted with each scrape."""
    metrics = Metrics(tmp_path)
    metrics.gauges = {
        "fallback_level": 0.0,
        "office_age_seconds": 1.0,
        "log_bytes": 1000.0,
        "log_full": 0.0,
        "log_queue": 0.0,
        "bundles_refused": 0.0,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            metrics.answered("/predict", 200, "3", 0.004)
            metrics.scored("3", 0.3)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(metrics.render())

        def log_message(self, *_):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield web.server_port
    web.shutdown()
    web.server_close()


@pytest.fixture
def webhook():
    """Where Alertmanager posts; its port and what it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield web.server_port, got
    web.shutdown()
    web.server_close()


@pytest.fixture
def mailbox(free_port):
    """A real SMTP server; its port and the mails it took."""
    pytest.importorskip("aiosmtpd", reason="the SMTP sink `aiosmtpd` is not installed")
    from aiosmtpd.controller import Controller  # noqa: PLC0415 - where it is installed

    mails = []

    class Sink:
        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name it calls
            mails.append(message_from_bytes(envelope.content, policy=default))
            return "250 taken"

    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port, mails
    controller.stop()


def prometheus(folder, *, scraped, start, free_port, alertmanager=None):
    """Prometheus with the configuration of deploy/, its addresses changed; its own address."""
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    managers = [f"127.0.0.1:{alertmanager}"] if alertmanager else []
    config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = managers
    for job in config["scrape_configs"]:
        job.pop("scrape_interval", None)
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [{"targets": [f"127.0.0.1:{scraped[job['job_name']]}"]}]
    rules = (DEPLOY / "prometheus/rules.yml").read_text()
    (folder / "rules.yml").write_text(re.sub(r"for: \w+", "for: 1s", rules))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    base = f"http://127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={base.removeprefix('http://')}",
    ]
    start(command, ready=f"{base}/-/ready", log=folder / "prometheus.log")
    return base


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(
    "command",
    [
        ["promtool", "check", "config", "--syntax-only", "prometheus/prometheus.yml"],
        ["promtool", "check", "rules", "prometheus/rules.yml"],
        ["promtool", "test", "rules", "prometheus/rules_test.yml"],
        ["amtool", "check-config", "alertmanager/alertmanager.yml"],
        ["amtool", "check-config", "alertmanager/alertmanager.compose.yml"],
    ],
    ids=" ".join,
)
def test_the_programs_own_checks_pass(command):
    done = subprocess.run(command, cwd=DEPLOY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_and_panels_name_only_what_is_told(project):
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    found = read_samples(newest_period(project.store), project="small", store=project.store)
    told = {sample.name for sample in found} | {"tenure_exporter_ok"}
    serving = {"tenure_requests_total", "tenure_request_seconds_bucket", "tenure_score_bucket"}
    serving |= {"tenure_score_count", "tenure_fallback_level", "tenure_office_age_seconds"}
    serving |= {"tenure_log_bytes", "tenure_log_full", "tenure_log_queue", "tenure_bundles_refused"}
    assert series_of([*asked, *(expression for _, expression in QUERIES)]) <= told | serving


def test_the_dashboard_can_be_provisioned_as_it_is():
    providers = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/tenure.yml").read_text())
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())
    assert providers["providers"][0]["type"] == "file"
    assert sources["datasources"][0]["type"] == "prometheus"
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for one in PANELS:
        place = one["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert {each["name"] for each in DASHBOARD["templating"]["list"]} == {"datasource", "project"}


@pytest.mark.slow
@pytest.mark.usefixtures("programs")
def test_every_panel_has_an_answer_from_a_real_prometheus(exporter, server, tmp_path, start, free_port):
    scraped = {"tenure": exporter, "tenure-serve": server}
    base = prometheus(tmp_path, scraped=scraped, start=start, free_port=free_port)
    wait_for(lambda: query(base, "rate(tenure_requests_total[30s]) > 0"))
    empty = [(title, expression) for title, expression in QUERIES if not query(base, expression)]
    assert empty == []
    variable = ask(f"{base}/api/v1/label/project/values?match[]=tenure_up")["data"]
    assert variable == ["small"]


@pytest.mark.slow
@pytest.mark.usefixtures("programs")
def test_an_incident_reaches_the_webhook_and_the_mailbox_as_one_alert(
    exporter, server, webhook, mailbox, tmp_path, start, free_port
):
    config = yaml.safe_load((DEPLOY / "alertmanager/alertmanager.yml").read_text())
    config["global"] |= {"smtp_smarthost": f"127.0.0.1:{mailbox[0]}", "smtp_require_tls": False}
    config["route"]["group_wait"] = "1s"
    for receiver in config["receivers"]:
        for hook in receiver.get("webhook_configs", ()):
            hook["url"] = f"http://127.0.0.1:{webhook[0]}/alerts"
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    command = [
        "prometheus-alertmanager",
        f"--config.file={tmp_path / 'alertmanager.yml'}",
        f"--storage.path={tmp_path / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    start(command, ready=f"http://127.0.0.1:{port}/-/ready", log=tmp_path / "alertmanager.log")
    scraped = {"tenure": exporter, "tenure-serve": server}
    prometheus(tmp_path, scraped=scraped, start=start, free_port=free_port, alertmanager=port)
    wait_for(lambda: webhook[1] and mailbox[1])
    ((alert,),) = [post["alerts"] for post in webhook[1][:1]]
    assert alert["labels"]["alertname"] == "TenureIncidentCritical"
    assert alert["annotations"]["summary"] == "small: drift of loans"
    assert "2024-07-01" in alert["annotations"]["description"]
    assert "TenureIncidentCritical" in mailbox[1][0]["Subject"]
    assert "drift of loans" in mailbox[1][0].get_body(("html",)).get_content()
