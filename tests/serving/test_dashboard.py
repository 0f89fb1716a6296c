"""What the dashboard and the rules ask of a server is what a server tells."""

import json
import re
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OF_SERVING = re.compile(r"tenure_(?:requests|request_seconds|score|fallback|office_age|log|bundles)_?\w*")


def asked():
    rules = (DEPLOY / "prometheus" / "rules.yml").read_text()
    dashboard = json.loads((DEPLOY / "grafana" / "dashboards" / "tenure.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    return {name for text in (rules, *queries) for name in OF_SERVING.findall(text)}


@pytest.mark.slow
def test_a_server_tells_every_number_that_the_dashboard_and_the_rules_ask_for(office, serve):
    office.appoint("production", 1)
    server = serve()
    assert server.ask("POST", "/predict", {"x0": 1}).status == 200
    said = server.ask("GET", "/metrics").body.decode()
    told = set(re.findall(r"^(tenure_\w+)", said, flags=re.MULTILINE))
    told |= set(re.findall(r"^# TYPE (tenure_\w+) histogram", said, flags=re.MULTILINE))
    histograms = set(re.findall(r"^# TYPE (tenure_\w+) histogram", said, flags=re.MULTILINE))
    told |= {f"{name}_{part}" for name in histograms for part in ("bucket", "count", "sum")}
    assert asked() - told == set()
    assert len(asked()) >= 9
