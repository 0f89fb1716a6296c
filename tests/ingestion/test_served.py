"""The log of answers lands in ``gold/predictions``: once each, by the time of the answer."""

import json
import signal
import subprocess
import sys
from datetime import date, datetime

import pyarrow as pa
import pytest

from tenure.domain.arms import entity_code
from tenure.domain.entities import entity_id
from tenure.domain.findings import Outcome
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.tables import LABELS, PREDICTIONS, SERVED
from tenure.ingestion.served import land, take_back
from tenure.stores.delta import DeltaStore

FEB, MAR, APR = (Period(date(2024, month, 1), PeriodUnit.MONTH) for month in (2, 3, 4))
ANSWER = {
    "score": 0.25,
    "class": "no",
    "probabilities": {"no": 0.75, "yes": 0.25},
    "threshold": 0.5,
    "model": "small",
    "model_version": 1,
    "bundle_sha256": "a" * 64,
}


DYING = """
import os, signal, sys
from datetime import date
from pathlib import Path
import pyarrow as pa
from tenure.domain.periods import Period, PeriodUnit
from tenure.ingestion.served import land
from tenure.stores.delta import DeltaStore

really, folder = DeltaStore.replace, Path(sys.argv[1])

def dying(store, table, rows, **how):
    def stream():
        for number, batch in enumerate(rows.to_batches(max_chunksize=10)):
            if number == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch

    return really(store, table, pa.RecordBatchReader.from_batches(rows.schema, stream()), **how)

DeltaStore.replace = dying
period = Period(date(2024, 2, 1), PeriodUnit.MONTH)
land(period, folder / "serving" / "log", store=DeltaStore(folder / "datamart"))
"""


class World:
    def __init__(self, folder):
        self.store = DeltaStore(folder / "datamart")
        self.log = folder / "serving" / "log"
        self.log.mkdir(parents=True)
        labels = {
            "id": pa.array([1], pa.int64()),
            "event_time": [datetime(2023, 1, 1)],
            "known_at": [datetime(2024, 1, 1)],
            "label": ["no"],
        }
        self.store.replace(LABELS, pa.table(labels), as_of=date(2024, 1, 1))

    def write(self, *records, name="1-1.jsonl"):
        path = self.log / name
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            for record in records:
                file.write(record if isinstance(record, bytes) else json.dumps(record).encode() + b"\n")

    def land(self, period):
        return {finding.code: finding for finding in land(period, self.log, store=self.store)}

    def rows(self):
        rows = [row for row in self.store.read(PREDICTIONS).to_pylist() if row["origin"] == "served"]
        return sorted(
            rows,
            key=lambda row: (row["answered_at"], row["request_id"], row["request_row"], row["arm"] or ""),
        )

    def ids(self, period):
        return [row["request_id"] for row in self.rows() if row["as_of"] == period.as_of]


def record(n, at="2024-01-15T10:00:00+00:00", **changes):
    given = {"id": n, "x0": 1.0} | changes.pop("input", {})
    said = {"at": at, "request_id": f"r{n}", "entity": entity_code(f"id={n}"), "input": given}
    return {**ANSWER, **said, **changes}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_an_answer_lands_with_whose_it_is_and_whom_it_is_about(world):
    told = {"arm": "champion", "against": 2, "input": {"event_time": "2024-01-10T02:00:00+02:00"}}
    world.write(record(7, **told))
    findings = world.land(FEB)
    (row,) = world.rows()
    assert {name: row[name] for name in ANSWER if name != "probabilities"} == {
        name: value for name, value in ANSWER.items() if name != "probabilities"
    }
    assert row["probabilities"] == [0.75, 0.25]
    assert (row["id"], row["event_time"], row["as_of"]) == (7, datetime(2024, 1, 10), FEB.as_of)
    assert (row["origin"], row["arm"], row["against"]) == ("served", "champion", 2)
    assert (row["entity"], row["answered_at"]) == (entity_code("id=7"), datetime(2024, 1, 15, 10))
    assert {code: finding.outcome for code, finding in findings.items()} == {
        "ING008": Outcome.PASSED,
        "ING009": Outcome.PASSED,
    }


def test_a_shadow_is_a_row_of_its_own(world):
    shadow = ANSWER | {"score": 0.9, "class": "yes", "model_version": 2, "bundle_sha256": "b" * 64}
    world.write(record(7, arm="champion", against=2, shadow=shadow))
    world.land(FEB)
    champion, challenger = world.rows()
    assert (champion["arm"], champion["model_version"], champion["against"]) == ("champion", 1, 2)
    assert (challenger["arm"], challenger["model_version"], challenger["against"]) == ("shadow", 2, 1)
    assert (champion["score"], challenger["score"]) == (0.25, 0.9)
    assert champion["request_id"] == challenger["request_id"]


def test_answers_are_taken_up_to_the_end_of_the_period_by_their_own_time(world):
    last, next_ = "2024-02-01T23:59:59.999999+00:00", "2024-02-02T00:00:00+00:00"
    world.write(record(1), record(2, last), record(3, next_))
    world.land(FEB)
    assert world.ids(FEB) == ["r1", "r2"]
    world.land(MAR)
    assert (world.ids(FEB), world.ids(MAR)) == (["r1", "r2"], ["r3"])


def test_an_answer_that_was_logged_after_its_period_had_run_lands_in_the_next_one(world):
    world.write(record(1))
    world.land(FEB)
    world.write(record(2), name="2-1.jsonl")
    world.land(MAR)
    assert (world.ids(FEB), world.ids(MAR)) == (["r1"], ["r2"])


def test_landing_again_changes_nothing_and_a_longer_log_adds_only_what_is_new(world):
    world.write(record(1), record(2))
    world.land(FEB)
    before, version = world.store.content_hash(PREDICTIONS), world.store.version(PREDICTIONS)
    world.land(FEB)
    assert (world.store.content_hash(PREDICTIONS), world.store.version(PREDICTIONS)) == (before, version)
    world.write(record(2, score=0.5), record(3))
    world.land(FEB)
    assert [(row["request_id"], row["score"]) for row in world.rows()] == [
        ("r1", 0.25),
        ("r2", 0.25),
        ("r3", 0.25),
    ]


def test_what_was_archived_lands_and_what_landed_stays_when_the_archive_is_moved_away(world):
    (world.log / "archive" / "20240101").mkdir(parents=True, exist_ok=True)
    world.write(record(1), name="archive/20240101/1-1.jsonl")
    world.land(FEB)
    (world.log / "archive" / "20240101" / "1-1.jsonl").unlink()
    world.write(record(2))
    world.land(FEB)
    assert world.ids(FEB) == ["r1", "r2"]


def test_lines_that_are_no_record_are_passed_over_and_counted_once(world):
    world.write(record(1), b'{"at": "2024-01-15T10:00:00+00:00", "request_id": "r2", "inp')
    world.write(b"\n", b'{"what": "is this"}\n', b"[1]\n", name="2-1.jsonl")
    found = world.land(FEB)["ING008"]
    assert (found.outcome, found.n_rows) == (Outcome.FOUND, 4)
    assert world.ids(FEB) == ["r1"]
    world.write(record(3, "2024-02-10T00:00:00+00:00"), b"{\n", name="3-1.jsonl")
    (world.log / "2-1.jsonl").unlink()
    assert world.land(MAR)["ING008"].n_rows == 1


def test_answers_without_an_entity_are_counted_and_land(world):
    world.write(record(1), record(2, entity=None, input={"id": None}))
    found = world.land(FEB)["ING009"]
    assert (found.outcome, found.n_rows) == (Outcome.FOUND, 1)
    assert [row["id"] for row in world.rows()] == [1, None]


def test_keys_have_the_type_of_the_labels_and_what_cannot_be_one_is_null(world):
    world.write(record(1, input={"id": "12"}), record(2, input={"id": "twelve"}))
    world.land(FEB)
    assert [row["id"] for row in world.rows()] == [12, None]


def test_an_event_time_that_cannot_be_read_is_the_time_of_the_answer(world):
    world.write(record(1, input={"event_time": "yesterday"}))
    world.land(FEB)
    assert world.rows()[0]["event_time"] == datetime(2024, 1, 15, 10)


def test_the_rows_of_an_arrow_batch_land(world):
    answers = {"id": [5, 6], "event_time": ["2024-01-10", None], "x0": [1.0, 2.0]}
    answers |= {"answer_score": [0.1, 0.9], "answer_class": ["no", "yes"], "answer_row": [0, 1]}
    table = pa.table(answers | {"answer_probability_no": [0.9, 0.1], "answer_probability_yes": [0.1, 0.9]})
    with pa.OSFile(str(world.log / "rows.arrow"), "wb") as file, pa.ipc.new_stream(file, table.schema) as to:
        to.write_table(table)
    about = {name: ANSWER[name] for name in ("model", "model_version", "bundle_sha256", "threshold")}
    line = {"at": "2024-01-15T10:00:00+00:00", "request_id": "r1", **about, "n_rows": 2, "file": "rows.arrow"}
    world.write(line, line | {"request_id": "r2", "file": "gone.arrow"})
    assert world.land(FEB)["ING008"].n_rows == 1
    told = [
        (row["id"], row["score"], row["class"], row["request_row"], row["entity"]) for row in world.rows()
    ]
    assert told == [
        (5, 0.1, "no", 0, entity_code(entity_id({"id": 5}))),
        (6, 0.9, "yes", 1, entity_code(entity_id({"id": 6}))),
    ]
    assert world.rows()[0]["event_time"] == datetime(2024, 1, 10)
    assert world.rows()[1]["probabilities"] == [0.1, 0.9]


def test_the_parts_of_an_arrow_batch_land_each_with_its_arm_and_the_places_of_its_rows(world):
    about = {name: ANSWER[name] for name in ("model", "bundle_sha256", "threshold")}
    parts = {("champion", 3, 4): [0, 2], ("challenger", 4, 3): [1], ("shadow", 4, 3): [0]}
    for (arm, version, against), places in parts.items():
        n_rows = len(places)
        columns = {
            "id": [5 + place for place in places],
            "answer_row": places,
            "answer_score": [0.5] * n_rows,
        }
        columns |= {"answer_class": ["yes"] * n_rows, "answer_probability_no": [0.5] * n_rows}
        table = pa.table(columns | {"answer_probability_yes": [0.5] * n_rows})
        with (
            pa.OSFile(str(world.log / f"{arm}.arrow"), "wb") as to,
            pa.ipc.new_stream(to, table.schema) as file,
        ):
            file.write_table(table)
        line = {
            "at": "2024-01-15T10:00:00+00:00",
            "request_id": "r1",
            **about,
            "arm": arm,
            "against": against,
        }
        world.write(line | {"model_version": version, "n_rows": n_rows, "file": f"{arm}.arrow"})
    assert world.land(FEB)["ING008"].n_rows == 0
    told = {(row["id"], row["request_row"], row["arm"], row["model_version"]) for row in world.rows()}
    assert told == {
        (5, 0, "champion", 3),
        (7, 2, "champion", 3),
        (6, 1, "challenger", 4),
        (5, 0, "shadow", 4),
    }


def test_a_project_that_was_never_served_is_left_alone(tmp_path):
    store = DeltaStore(tmp_path / "datamart")
    assert land(FEB, tmp_path / "log", store=store) == ()
    assert not store.exists(PREDICTIONS)


def test_batch_rows_of_the_period_stay_and_a_period_taken_back_lands_again(world):
    nulls = {column.name: pa.nulls(1, column.type) for column in SERVED}
    batch = pa.table({"id": pa.array([9], pa.int64()), "origin": ["batch"], "score": [0.5], **nulls})
    world.store.replace(PREDICTIONS, batch, as_of=FEB.as_of, where={"origin": "batch"})
    world.write(record(1))
    world.land(FEB)
    before = world.store.content_hash(PREDICTIONS)
    take_back(FEB, store=world.store)
    assert [row["origin"] for row in world.store.read(PREDICTIONS).to_pylist()] == ["batch"]
    world.land(FEB)
    assert world.store.content_hash(PREDICTIONS) == before


def test_a_landing_killed_inside_the_write_leaves_nothing_and_is_whole_when_repeated(world, tmp_path):
    world.write(*(record(n) for n in range(50)))
    whole = World(tmp_path / "whole")
    whole.write(*(record(n) for n in range(50)))
    whole.land(FEB)
    world.write(record(99), name="0-1.jsonl")
    world.land(FEB)
    world.write(record(100), name="9-1.jsonl")
    whole.write(record(99), record(100), name="9-1.jsonl")
    whole.land(FEB)
    before = world.store.content_hash(PREDICTIONS)
    killed = subprocess.run([sys.executable, "-c", DYING, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert DeltaStore(world.store.root).content_hash(PREDICTIONS) == before
    world.land(FEB)
    assert world.store.content_hash(PREDICTIONS) == whole.store.content_hash(PREDICTIONS)
