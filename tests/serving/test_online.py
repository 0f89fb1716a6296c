"""Rows with only their entity's keys: what is looked up, what is refused, what goes on without the store."""

import io
import json
import logging
import threading
import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle import FeatureSpec
from tenure.domain.features import FeatureKind
from tenure.domain.tables import AS_OF, EVENT_TIME
from tenure.errors import OnlineStoreError
from tenure.serving.arrow import ARROW
from tenure.stores.online import open_online_store
from tenure.testing import softmax_onnx

ONLINE = {"features": "online"}
EVENT = datetime(2024, 1, 20, 12)
ROWS = {"id": ["c1", "c2"], "age": [31.5, 40.0], "job": ["lawyer", None], "income": [1000.0, None]}
TOLD = {"origin": "online", "event_time": "2024-01-20T12:00:00", "as_of": "2024-02-01"}


def rows(**columns):
    n_rows = len(columns["id"])
    return pa.table(
        {
            EVENT_TIME: pa.array([EVENT] * n_rows, pa.timestamp("us")),
            AS_OF: pa.array([date(2024, 2, 1)] * n_rows, pa.date32()),
            **columns,
        }
    )


@pytest.fixture
def fill(office):
    """Fills the online store of the office."""

    def _fill(table=None, where="sqlite"):
        store = open_online_store(where, project="small", folder=office.serving, seconds=5.0)
        store.add((table or rows(**ROWS)).to_reader(), keys=("id",))
        store.close()

    return _fill


@pytest.fixture
def ask(office, mixed, client):
    """A client of a desk with a bundle of ``age``, ``job`` and ``income``; closed with the test."""
    office.appoint("production", 1, **mixed)
    desks = []

    def _ask(*, environment=None, pii=(), **config):
        desks.append(office.desk(environment=environment, pii=pii, **(ONLINE | config)))
        return client(desks[-1])

    yield _ask
    for desk in desks:
        desk.online.close()


def metric(asked, name):
    said = asked.get("/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in said if line.startswith(name))


@pytest.mark.parametrize("mode", ["shadow", "ab"])
def test_keys_alone_are_given_to_the_challenger_too_with_the_features_that_were_looked_up(
    mode, office, mixed, client, fill
):
    ids = [f"c{number}" for number in range(40)]
    stored = {"age": [20.0 + n for n in range(40)], "job": ["lawyer"] * 40, "income": [1000.0] * 40}
    fill(rows(id=ids, **stored))
    turned = softmax_onnx([[0, -0.02], [0, -1.0], [0, 1.0], [0, -0.5], [0, 1e-5]], [0.0, 0.3])
    office.appoint("production", 1, **mixed)
    office.appoint("staging", 2, **(mixed | {"onnx": turned}))
    desk = office.desk(challenger={"mode": mode, "share": 0.4}, **ONLINE)
    asked = client(desk)
    whole = pa.table(stored).to_pylist()
    champion = {each: asked.post("/predict", row).json["score"] for each, row in zip(ids, whole, strict=True)}
    alone = [asked.post("/predict", {"id": each}).json for each in ids]
    asked.post("/batch", [{"id": each} for each in ids])
    desk.online.close()
    assert {answer["model_version"] for answer in alone} == ({1} if mode == "shadow" else {1, 2})
    versions = {each: answer["model_version"] for each, answer in zip(ids, alone, strict=True)}
    records = [record for record in office.log() if "id" in record["input"]]
    assert len(records) == 80
    for record in records:
        own = champion[record["input"]["id"]]
        said = {record["model_version"]: record["score"]}
        if mode == "shadow":
            said[2] = record["shadow"]["score"]
        assert record["model_version"] == versions[record["input"]["id"]]
        assert said == pytest.approx(
            {version: own if version == 1 else 1 - own for version in said}, abs=1e-6
        )


@pytest.mark.parametrize("path", ["/predict", "/stream"])
def test_a_row_with_only_its_key_is_scored_with_the_stored_features(ask, fill, path):
    fill()
    asked = ask()
    whole = asked.post(path, {"age": 31.5, "job": "lawyer", "income": 1000.0})
    answer = asked.post(path, {"id": "c1"})
    assert (answer.status, answer.json["features"]) == (200, TOLD)
    assert answer.json["score"] == whole.json["score"]
    assert whole.json["features"] == {"origin": "request"}


def test_features_of_the_request_hold_nulls_included(ask, fill):
    fill()
    asked = ask()
    for sent in ({"age": 20.0}, {"age": None}, {"job": "doctor", "income": 5.0}):
        stored = {name: ROWS[name][0] for name in ("age", "job", "income")}
        expected = asked.post("/predict", stored | sent).json["score"]
        assert asked.post("/predict", {"id": "c1", **sent}).json["score"] == expected


def test_a_batch_is_completed_row_by_row_in_both_json_formats(ask, fill):
    fill()
    asked = ask()
    sent = [{"id": "c2"}, {"age": 1.0}, {"id": "c1", "age": 20.0}]
    as_array = asked.post("/batch", sent).json["predictions"]
    lines = "\n".join(json.dumps(row) for row in sent).encode()
    as_lines = asked.post("/batch", lines, content_type="application/x-ndjson").body.splitlines()
    alone = [asked.post("/predict", row).json for row in sent]
    for answers in (as_array, [json.loads(line) for line in as_lines]):
        assert [row["score"] for row in answers] == pytest.approx([row["score"] for row in alone], abs=1e-7)
        assert [row["features"] for row in answers] == [TOLD, {"origin": "request"}, TOLD]


def test_an_arrow_batch_of_keys_is_completed_and_says_where_from(ask, fill):
    fill()
    asked = ask()
    answers = arrow(asked, pa.table({"id": ["c2", None, "c1"]}))
    alone = [asked.post("/predict", row).json["score"] for row in ({"id": "c2"}, {"age": None}, {"id": "c1"})]
    np.testing.assert_allclose(answers["score"].to_pylist(), alone, atol=1e-7)
    assert answers["features_origin"].to_pylist() == ["online", "request", "online"]
    assert answers["features_as_of"].to_pylist() == ["2024-02-01", None, "2024-02-01"]
    overridden = arrow(asked, pa.table({"id": ["c1"], "age": [20.0]}))["score"].to_pylist()
    assert overridden == [pytest.approx(asked.post("/predict", {"id": "c1", "age": 20.0}).json["score"])]


def arrow(asked, table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    said = asked.post("/batch", sink.getvalue(), content_type=ARROW)
    assert said.status == 200, said.body
    return pa.ipc.open_stream(said.body).read_all()


def test_an_unknown_entity_is_refused_by_its_field_and_tells_no_value(ask, fill):
    fill()
    asked = ask()
    refused = asked.post("/predict", {"id": "secret-name"})
    assert (refused.status, refused.code, refused.fields) == (404, "unknown_entity", ["id"])
    assert b"secret-name" not in refused.body
    batch = asked.post("/batch", [{"id": "c1"}, {"id": "secret-name"}])
    assert (batch.status, batch.json["error"]["row"]) == (404, 1)
    assert asked.post("/predict", {"id": "secret-name", "age": 1, "job": None, "income": 2}).status == 200
    assert metric(asked, 'tenure_lookups_total{outcome="unknown"}') == 2


def test_a_row_without_keys_or_with_every_feature_asks_nobody(ask):
    asked = ask()
    assert asked.post("/predict", {"age": 31.0}).status == 200
    assert asked.post("/predict", {"id": "c1", "age": 31.0, "job": None, "income": 1}).status == 200
    assert metric(asked, "tenure_lookups_total") == 0


def test_a_row_with_neither_is_refused(ask):
    refused = ask().post("/predict", {"id": None})
    assert refused.status == 422
    assert refused.json["error"]["fields"][0]["expected"].endswith("or every key of its entity")


def test_without_online_features_keys_do_not_suffice(office, mixed, client, fill):
    fill()
    office.appoint("production", 1, **mixed)
    asked = client(office.desk())
    assert asked.post("/predict", {"id": "c1"}).status == 422
    assert "features" not in asked.post("/predict", {"age": 1.0}).json


def test_a_required_feature_may_come_from_the_store_but_must_come(ask, fill):
    fill()
    asked = ask(required=["income"])
    assert asked.post("/predict", {"id": "c1"}).status == 200
    for body in ({"id": "c2"}, {"age": 1.0}):
        refused = asked.post("/predict", body)
        assert (refused.status, refused.fields) == (422, ["income"])
    assert asked.post("/batch", [{"id": "c1"}, {"id": "c2"}]).json["error"]["row"] == 1


def test_features_that_are_too_old_are_refused_and_their_age_is_counted(ask, fill):
    fill()
    asked = ask(max_age="10 years")
    assert asked.post("/predict", {"id": "c1"}).status == 200
    age = (datetime.now(UTC).replace(tzinfo=None) - EVENT).total_seconds()  # noqa: TID251
    assert metric(asked, "tenure_features_age_seconds_sum") == pytest.approx(age, abs=60)
    strict = ask(max_age="1 day")
    refused = strict.post("/predict", {"id": "c1"})
    assert (refused.status, refused.code) == (409, "features_too_old")
    assert metric(strict, 'tenure_lookups_total{outcome="too_old"}') == 1


def test_features_of_the_day_that_is_just_allowed_are_used(ask, fill):
    fill()
    asked = ask(max_age="30 days")
    asked.desk.online.clock = lambda: datetime(2024, 2, 19, 23, tzinfo=UTC)
    assert asked.post("/predict", {"id": "c1"}).status == 200
    asked.desk.online.clock = lambda: datetime(2024, 2, 20, tzinfo=UTC)
    assert asked.post("/predict", {"id": "c1"}).status == 409


def test_a_store_that_was_never_filled_refuses_keys_and_leaves_other_rows_alone(ask, fill):
    asked = ask()
    refused = asked.post("/predict", {"id": "c1"})
    assert (refused.status, refused.code) == (503, "features_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert asked.post("/batch", [{"id": "c1"}]).status == 503
    assert asked.post("/predict", {"age": 1.0}).status == 200
    fill()
    time.sleep(1.1)
    assert asked.post("/predict", {"id": "c1"}).status == 200


def test_a_file_that_is_lost_and_made_again_is_read_again(ask, fill, office):
    fill()
    asked = ask()
    before = asked.post("/predict", {"id": "c1"}).json["score"]
    for path in (office.serving / "online").iterdir():
        path.unlink()
    assert asked.post("/predict", {"id": "c1"}).status == 503
    fill(rows(**{**ROWS, "age": [99.0, 1.0]}))
    time.sleep(1.1)
    assert asked.post("/predict", {"id": "c1"}).json["score"] != before


def test_a_file_that_is_no_database_is_a_refusal_and_not_a_failure(ask, office):
    (office.serving / "online").mkdir(parents=True)
    (office.serving / "online" / "features.db").write_bytes(b"nonsense" * 1000)
    assert ask().post("/predict", {"id": "c1"}).status == 503


class Slow:
    def __init__(self, seconds):
        self.seconds = seconds
        self.n_asked = 0

    def latest(self, entities):
        self.n_asked += 1
        time.sleep(self.seconds)
        return (None,) * len(entities)

    def close(self):
        pass


def test_a_store_that_hangs_blocks_nobody_else_and_is_not_asked_again_at_once(ask):
    asked = ask(online_seconds=0.3)
    asked.desk.online.store = slow = Slow(1.5)
    answers = []
    hanging = threading.Thread(target=lambda: answers.append(asked.post("/predict", {"id": "c1"})))
    hanging.start()
    hanging.join(1.2)
    assert [each.status for each in answers] == [503]
    start = time.perf_counter()
    assert asked.post("/predict", {"id": "c1"}).status == 503
    assert asked.post("/predict", {"age": 1.0}).status == 200
    assert time.perf_counter() - start < 0.25
    assert slow.n_asked == 1


def test_what_was_stored_is_written_down_with_the_answer_and_personal_keys_are_not(ask, fill, office, caplog):
    fill()
    asked = ask(pii=("id",))
    with caplog.at_level(logging.DEBUG):
        asked.post("/predict", {"id": "c1", "age": 20.0})
        asked.post("/predict", {"id": "who is it"})
    (record,) = office.log()
    assert record["input"] == {"age": 20.0}
    assert record["stored"] == {"job": "lawyer", "income": 1000.0}
    assert record["features"] == TOLD
    logged = "".join(path.read_text() for path in (office.serving / "log").glob("*.jsonl")) + caplog.text
    assert '"c1"' not in logged
    assert "who is it" not in logged


def test_the_document_says_that_keys_suffice_and_what_is_refused(ask):
    document = ask().get("/openapi.json").json
    row, answer = (document["components"]["schemas"][name] for name in ("Row", "Answer"))
    assert "With every key" in row["description"]
    assert set(answer["properties"]["features"]["properties"]) == set(TOLD)
    assert {"404", "409", "503"} <= set(document["paths"]["/predict"]["post"]["responses"])


def test_categories_that_gold_holds_as_numbers_are_the_texts_that_arrow_makes_of_them(office, client, fill):
    specs = (FeatureSpec("code", FeatureKind.CATEGORY, ("1", "true")), FeatureSpec("x", FeatureKind.NUMBER))
    onnx = softmax_onnx([[0, 1.0], [0, -2.0], [0, 0.5]], [0.0, 0.0])
    office.appoint("production", 1, features=specs, onnx=onnx)
    values = {"int": [1], "float": [1.0], "bool": [True]}
    for name, code in values.items():
        fill(rows(id=[name], code=code, x=[True]))
    desk = office.desk(**ONLINE)
    asked = client(desk)
    for name, code in values.items():
        (text,) = pa.array(code).cast(pa.string()).to_pylist()
        expected = asked.post("/predict", {"code": text, "x": 1.0}).json["score"]
        assert asked.post("/predict", {"id": name}).json["score"] == expected
    desk.online.close()


def test_an_address_with_a_password_stays_in_the_environment(office):
    settings = office.settings(online="${TENURE_TEST_ONLINE}", **ONLINE)
    assert "do-not-tell" not in settings.model_dump_json()
    with pytest.raises(OnlineStoreError, match="`TENURE_TEST_ONLINE` is not set"):
        open_online_store(
            "${TENURE_TEST_ONLINE}", project="p", folder=office.serving, seconds=1, environment={}
        )
    wrong = {"TENURE_TEST_ONLINE": "mysql://u:do-not-tell@h/d"}
    with pytest.raises(OnlineStoreError, match="no address") as caught:
        open_online_store(
            "${TENURE_TEST_ONLINE}", project="p", folder=office.serving, seconds=1, environment=wrong
        )
    assert "do-not-tell" not in str(caught.value)


def test_redis_that_goes_away_and_comes_back(ask, fill, redis_server):
    where = {"TENURE_TEST_ONLINE": redis_server.address}
    fill(where=redis_server.address)
    asked = ask(environment=where, online="${TENURE_TEST_ONLINE}")
    before = asked.post("/predict", {"id": "c1"})
    assert before.json["features"] == TOLD
    redis_server.stop()
    refused = asked.post("/predict", {"id": "c1"})
    assert (refused.status, refused.code) == (503, "features_unavailable")
    assert b"do-not-tell" not in refused.body
    assert asked.post("/predict", {"age": 1.0}).status == 200
    redis_server.start()
    time.sleep(1.1)
    assert asked.post("/predict", {"id": "c1"}).status == 503  # it has lost everything: nobody is unknown
    fill(where=redis_server.address)
    time.sleep(1.1)
    assert asked.post("/predict", {"id": "c1"}).json["score"] == before.json["score"]


@pytest.mark.slow
def test_processes_of_a_server_read_while_periods_are_written(office, mixed, serve, fill):
    office.appoint("production", 1, **mixed)
    names = [f"n{number}" for number in range(50)]
    n_rows = len(names)

    def period(number):
        same = {"age": [float(number)] * n_rows, "job": ["nurse"] * n_rows, "income": [1.0] * n_rows}
        return (
            rows(id=names, **same)
            .drop([EVENT_TIME])
            .append_column(
                EVENT_TIME, pa.array([EVENT + timedelta(days=number)] * n_rows, pa.timestamp("us"))
            )
        )

    fill(period(0))
    server = serve(n_workers=2, **ONLINE)
    seen, stopped = [], threading.Event()

    def read():
        while not stopped.is_set():
            said = server.ask("POST", "/batch", [{"id": name} for name in names])
            seen.append((said.status, len({each["score"] for each in said.json["predictions"]})))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 21):
        fill(period(number))
    stopped.set()
    for thread in threads:
        thread.join()
    assert set(seen) == {(200, 1)}
    assert len(seen) > 5
    last = server.ask("POST", "/predict", {"id": "n7"}).json
    assert last["features"]["event_time"] == (EVENT + timedelta(days=20)).isoformat()
