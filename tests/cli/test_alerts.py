"""``tenure alerts`` and ``tenure metrics``: who is told, when, and what a person reads."""

import importlib.util
import json
from dataclasses import replace
from datetime import date

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tenure.domain.incidents import (
    Incident,
    IncidentKind,
    IncidentSeverity,
    IncidentState,
    Telling,
)
from tenure.domain.tables import INCIDENTS, NOTIFICATIONS
from tenure.running.records import record_incidents

FIRST, THIRD, FOURTH = "2024-05-01", "2024-07-01", "2024-08-01"
DRIFT = Incident(
    id="drift:loans:2024-07-01",
    kind=IncidentKind.DRIFT,
    subject="loans",
    state=IncidentState.OPENED,
    severity=IncidentSeverity.CRITICAL,
    since=date(2024, 7, 1),
    as_of=date(2024, 7, 1),
    summary="1 feature of `loans` drifted",
    link="2024-07-01/report.html",
    telling=Telling.OPENED,
)


@pytest.fixture(autouse=True)
def _no_channels(monkeypatch):
    for name in ("TENURE_ALERTS", "TENURE_REPORTS_URL", "TENURE_PUSHGATEWAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def alarmed(lender):
    """The project with an incident in its last period."""
    record_incidents([DRIFT], as_of=DRIFT.as_of, store=lender.store)
    return lender


def told(lender, day=THIRD):
    path = lender.root / "reports" / day / "alerts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def duplicate_keys(lender):
    lender.deliver(7, [("n1", "2024-07-05", income, "Bad", 1) for income in range(5)])


def empty_file(lender):
    (lender.root / "loans" / "2024-07.csv").write_bytes(b"")


def alerts(lender, command, *arguments, tenure):
    return tenure("alerts", command, "--project", lender.root, *arguments)


def test_a_replay_records_incidents_and_tells_nobody(replay):
    assert NOTIFICATIONS not in replay.lender.store.tables()
    assert not list(replay.lender.root.glob("reports/*/alerts.jsonl"))


@pytest.mark.parametrize("spoil", [duplicate_keys, empty_file])
def test_a_delivery_that_stops_the_period_is_told_by_run_and_the_code_stays(lender, spoil):
    spoil(lender)
    answer = lender.tenure("run", "--jobs", 1)
    assert answer.code == 2
    assert "told of incidents: 1 message on file" in answer.told
    (message,) = told(lender, FOURTH)
    assert message["title"] == "[critical] small: the period was stopped"
    again = lender.tenure("run", "--jobs", 1)
    assert (again.code, len(told(lender, FOURTH))) == (2, 1)
    assert "told of incidents" not in again.told


def test_no_notify_tells_nobody_and_send_makes_up_for_it_once(lender, tenure):
    duplicate_keys(lender)
    assert lender.tenure("run", "--jobs", 1, "--no-notify").code == 2
    assert told(lender, FOURTH) == []
    first = alerts(lender, "send", "--as-of", FOURTH, tenure=tenure)
    second = alerts(lender, "send", "--as-of", FOURTH, tenure=tenure)
    assert ("1 message on file" in first.told, second.err) == (True, "")
    assert len(told(lender, FOURTH)) == 1


def test_the_test_message_goes_to_every_channel_and_says_who_got_it(lender, tenure):
    answer = alerts(lender, "test", "--json", tenure=tenure)
    assert (answer.code, answer.json) == (0, [{"channel": "file", "outcome": "got it", "why": ""}])


@pytest.mark.skipif(
    importlib.util.find_spec("apprise") is None, reason="the extra `alerts` is not installed: apprise"
)
def test_a_channel_that_fails_is_a_warning_and_is_tried_again_by_the_next_call(alarmed, tenure, monkeypatch):
    monkeypatch.setenv("TENURE_ALERTS", "ops=json://user:s3cr3t@127.0.0.1:1")
    answer = alerts(alarmed, "send", tenure=tenure)
    assert answer.code == 0
    assert "warning: the channel `ops` did not take the message" in answer.told
    assert "on file" in answer.told
    tested = alerts(alarmed, "test", tenure=tenure)
    assert (tested.code, "FAILED" in tested.out) == (75, True)
    again = alerts(alarmed, "send", tenure=tenure)
    assert "told of incidents" not in again.told
    assert "sent again by the next run" in again.told
    rows = alarmed.store.read(NOTIFICATIONS).to_pylist()
    assert {row["channel"]: row["outcome"] for row in rows} == {"file": "sent", "ops": "failed"}
    everything = answer.err + tested.err + tested.out + again.err + json.dumps(rows, default=str)
    assert "s3cr3t" not in everything


def test_addresses_that_are_none_are_a_warning_and_the_file_is_told(alarmed, tenure, monkeypatch):
    monkeypatch.setenv("TENURE_ALERTS", "nonsense")
    answer = alerts(alarmed, "send", tenure=tenure)
    assert (answer.code, len(told(alarmed))) == (0, 1)
    assert "entry 1 of TENURE_ALERTS is not an address" in answer.told


def test_links_begin_with_the_address_of_the_reports(alarmed, tenure, monkeypatch):
    monkeypatch.setenv("TENURE_REPORTS_URL", "https://reports.example.org")
    alerts(alarmed, "send", tenure=tenure)
    assert told(alarmed)[0]["body"].endswith("https://reports.example.org/2024-07-01/report.html")


def test_the_list_shows_the_period_and_the_history_each_incident_whole(alarmed, tenure):
    over = replace(DRIFT, as_of=date(2024, 8, 1), state=IncidentState.RESOLVED, summary="over", telling=None)
    record_incidents([over], as_of=over.as_of, store=alarmed.store)
    (listed,) = alerts(alarmed, "list", "--json", tenure=tenure).json
    assert (listed["as_of"], listed["incident"], listed["state"]) == (THIRD, DRIFT.id, "opened")
    (course,) = alerts(alarmed, "list", "--history", "--as-of", FOURTH, "--json", tenure=tenure).json
    assert (course["since"], course["until"], course["n_periods"]) == (THIRD, FOURTH, 1)
    shown = alerts(alarmed, "list", tenure=tenure).out
    assert "1 feature of `loans` drifted" in " ".join(shown.split())
    status = alarmed.tenure("status").out
    assert "critical  drift of `loans` since 2024-07-01: 1 feature of `loans` drifted" in status


def test_a_step_run_twice_writes_the_same_incidents(lender):
    lender.tenure("alert", "--as-of", THIRD)
    before = lender.store.content_hash(INCIDENTS)
    assert lender.tenure("alert", "--as-of", THIRD).code == 0
    assert lender.store.content_hash(INCIDENTS) == before


def test_metrics_are_printed_and_written_for_the_newest_period_or_an_earlier_one(lender, tmp_path):
    printed = lender.tenure("metrics")
    assert printed.code == 0
    families = {family.name: family for family in text_string_to_metric_families(printed.out)}
    assert [s.value for s in families["tenure_champion_version"].samples] == [2.0]
    path = tmp_path / "node" / "tenure.prom"
    written = lender.tenure("metrics", "--out", path, "--as-of", FIRST)
    assert (written.code, written.out) == (0, "")
    assert f"samples of {FIRST}" in written.err
    assert "tenure_champion_version" in path.read_text()


def test_pushing_without_an_address_says_which_variable(lender):
    answer = lender.tenure("metrics", "--push")
    assert (answer.code, "TENURE_PUSHGATEWAY" in answer.told) == (2, True)
