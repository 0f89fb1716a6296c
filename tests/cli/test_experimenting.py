"""``tenure ingest`` takes the log of answers in, ``tenure ab report`` says who does better."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tenure.domain.arms import entity_code
from tenure.domain.entities import entity_id
from tenure.domain.tables import DECISIONS, LABELS, MONITORING, PREDICTIONS

LAST = "2024-07-01"
ASKED = datetime(2024, 6, 15, tzinfo=UTC)


def answer(version, sha256, *, is_right, label):
    """An answer that is sure of itself, and right or wrong."""
    positive = (label == "1") is is_right
    score = 0.9 if positive else 0.1
    return {
        "score": score,
        "class": "1" if positive else "0",
        "probabilities": {"0": 1 - score, "1": score},
        "threshold": 0.5,
        "model_version": version,
        "bundle_sha256": sha256,
    }


@pytest.fixture
def served(lender):
    """A lender whose champion was asked for every labelled loan, with a shadow that is right more often."""
    promoted = [row for row in lender.store.read(DECISIONS).to_pylist() if row["kind"] == "promotion"]
    identity = {row["model_version"]: row["bundle_sha256"] for row in promoted}
    lines = []
    for place, row in enumerate(lender.store.read(LABELS).to_pylist()):
        event = row["event_time"]
        label = str(row["label"])
        line = {
            "at": (ASKED + timedelta(seconds=place)).isoformat(),
            "request_id": f"r{place}",
            **answer(2, identity[2], is_right=place % 2 == 0, label=label),
            "model": "small",
            "arm": "champion",
            "against": 1,
            "entity": entity_code(entity_id({"id": row["id"]})),
            "shadow": answer(1, identity[1], is_right=place % 10 != 0, label=label),
            "input": {"id": row["id"], "event_time": event.isoformat()},
        }
        lines.append(json.dumps(line))
    log = lender.root / "serving" / "log"
    log.mkdir(parents=True)
    (log / "1-1.jsonl").write_text("\n".join([*lines, '{"at": "2024-0']) + "\n")
    return lender


def test_served_answers_land_by_ingest_and_change_neither_the_batch_nor_its_monitoring(served):
    def batch():
        rows = served.store.read(PREDICTIONS).to_pylist()
        return [row for row in rows if row["origin"] == "batch"]

    before, monitored = batch(), served.store.content_hash(MONITORING)
    n_labels = served.store.read(LABELS).num_rows
    findings = served.tenure("ingest", "--as-of", LAST, "--json").json["bronze"]["findings"]
    assert {f["code"]: f["outcome"] for f in findings if f["scope"] == "serving/log"} == {
        "ING008": "found",
        "ING009": "passed",
    }
    assert batch() == before
    assert served.store.read(PREDICTIONS).num_rows == len(before) + 2 * n_labels
    landed = served.store.content_hash(PREDICTIONS)
    for command in ("ingest", "predict", "monitor"):
        assert served.tenure(command, "--as-of", LAST).code == 0
    assert served.store.content_hash(PREDICTIONS) == landed
    assert served.store.content_hash(MONITORING) == monitored


def test_the_report_says_who_wins_and_on_what_it_rests(served, tenure):
    served.tenure("ingest", "--as-of", LAST)
    said = tenure("ab", "report", "--project", served.root)
    found = tenure("ab", "report", "--project", served.root, "--as-of", LAST, "--json").json
    n_labels = served.store.read(LABELS).num_rows
    assert (said.code, found["winner"], found["mode"]) == (0, "challenger", "shadow")
    assert (found["champion"]["model_version"], found["challenger"]["model_version"]) == (2, 1)
    assert found["champion"]["n_matured"] == n_labels
    assert found["difference"]["low"] > 0
    assert "winner: challenger" in said.out
    assert "enough data: yes" in said.out
    assert "put into another class: +0.6" in said.out


def test_a_report_without_answers_is_refused_with_what_to_do(lender, tenure):
    said = tenure("ab", "report", "--project", lender.root)
    assert (said.code, said.out) == (2, "")
    assert "set `serve.challenger`" in said.told


def test_a_period_that_is_refused_lands_nothing(served):
    loans = served.root / "loans" / "2024-08.csv"
    loans.write_text("id,started,income,mix,bad\n,2024-07-15,1,a,0\n")
    version = served.store.version(PREDICTIONS)
    rows = served.store.read(PREDICTIONS).num_rows
    assert served.tenure("run", "--as-of", "2024-08-01").code == 2
    assert served.store.read(PREDICTIONS).num_rows == rows
    assert served.store.version(PREDICTIONS) > version
