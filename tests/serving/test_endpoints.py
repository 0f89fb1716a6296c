import io
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.serving.access import RateLimit
from tenure.serving.refusals import Refusal

ARROW, NDJSON = "application/vnd.apache.arrow.stream", "application/x-ndjson"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def stream(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.fixture
def desk(office):
    office.appoint("production", 3, weights=(2.0, -1.0), threshold=0.6)
    return office.desk()


@pytest.fixture
def asked(desk, client):
    return client(desk)


@pytest.mark.parametrize("path", ["/predict", "/stream"])
def test_one_row_gets_its_score_class_and_whose_answer_it_is(asked, path):
    answer = asked.post(path, {"x0": 0.5, "x1": 0.25, "id": "a1"})
    score = sigmoid(0.75)
    assert answer.status == 200
    assert answer.json["score"] == pytest.approx(score, abs=1e-6)
    assert answer.json["probabilities"] == {
        "no": pytest.approx(1 - score, abs=1e-6),
        "yes": answer.json["score"],
    }
    told = {
        name: answer.json[name] for name in ("class", "threshold", "model", "model_version", "served_from")
    }
    assert told == {
        "class": "yes",
        "threshold": 0.6,
        "model": "small",
        "model_version": 3,
        "served_from": "production",
    }


def test_the_class_follows_the_threshold_of_the_bundle(asked):
    assert asked.post("/predict", {"x0": 0.2}).json["class"] == "no"
    assert asked.post("/predict", {"x0": 0.3}).json["class"] == "yes"


def test_of_more_than_two_classes_the_most_probable_is_told(office, client):
    office.appoint("production", 1, weights=(1.0,), classes=("a", "b", "c"))
    answer = client(office.desk()).post("/predict", {"x0": 3.0}).json
    total = 2 + np.exp(3)
    assert (answer["class"], answer["threshold"]) == ("c", None)
    assert answer["score"] == pytest.approx(np.exp(3) / total, abs=1e-6)
    assert list(answer["probabilities"]) == ["a", "b", "c"]


def test_a_batch_is_answered_in_its_order_and_in_its_format(asked):
    rows = [{"x0": x} for x in (0.0, 1.0, None, -1.0)]
    expected = [pytest.approx(sigmoid(2 * (row["x0"] or 0)), abs=1e-6) for row in rows]
    array = asked.post("/batch", rows)
    assert [each["score"] for each in array.json["predictions"]] == expected
    lines = asked.post("/batch", "\n".join(map(json.dumps, rows)).encode(), content_type=NDJSON)
    assert [json.loads(line)["score"] for line in lines.body.splitlines()] == expected
    table = pa.table({"x0": pa.array([row["x0"] for row in rows])})
    arrow = asked.post("/batch", stream(table), content_type=ARROW)
    answered = pa.ipc.open_stream(arrow.body).read_all()
    assert answered["score"].to_pylist() == expected
    assert answered["class"].to_pylist() == [each["class"] for each in array.json["predictions"]]
    assert answered.schema.metadata[b"model_version"] == b"3"


@pytest.mark.parametrize(
    ("table", "status"),
    [
        (pa.table({"x0": ["a"]}), 422),
        (pa.table({"x0": [float("inf")]}), 422),
        (pa.table({"x9": [1.0]}), 422),
        (pa.table({"id": ["a"]}), 422),
        (pa.table({"x0": pa.array([], pa.float64())}), 422),
        (pa.table({"x0": [[1.0]]}), 422),
        (pa.table([[1.0], [2.0]], names=["x0", "x0"]), 422),
        (pa.table({"x0": [1.0] * 11}), 413),
    ],
)
def test_arrow_columns_that_cannot_be_taken_are_refused(office, client, table, status):
    office.appoint("production", 1)
    assert client(office.desk(max_rows=10)).post("/batch", stream(table), content_type=ARROW).status == status


@pytest.mark.parametrize("cut", [0, 1, 20, 200])
def test_a_broken_arrow_stream_is_refused(asked, cut):
    whole = stream(pa.table({"x0": [1.0, 2.0]}))
    answer = asked.post("/batch", whole[:cut], content_type=ARROW)
    assert (answer.status, answer.code) in {(400, "not_arrow"), (422, "no_rows")}


def test_a_batch_with_one_bad_row_is_refused_whole_and_leaves_nothing_in_the_log(asked, office):
    answer = asked.post("/batch", [{"x0": 1}, {"x0": "one"}])
    assert (answer.status, answer.json["error"]["row"], answer.fields) == (422, 1, ["x0"])
    lines = asked.post("/batch", b'{"x0": 1}\n{"x0": 1},{"x0": 2}\n', content_type=NDJSON)
    assert (lines.status, lines.json["error"]["row"]) == (400, 1)
    assert office.log() == []


def test_an_unknown_field_is_named_and_the_models_own_are_not(asked):
    answer = asked.post("/predict", {"x0": 1, "income": 5})
    assert (answer.status, answer.fields) == (422, ["income"])
    assert b"x1" not in answer.body


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "not_json"),
        (b'{"x0": 1}', {"content_type": "text/plain"}, 415, "media_type"),
        (b'{"x0": ' + b" " * 3000 + b"1}", {}, 413, "too_long"),
        (b'{"x0": ' + b" " * 3000 + b"1}", {"content_length": "5"}, 413, "too_long"),
        (b'{"x0": 1}', {"content_length": "-5"}, 413, "too_long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(office, client, body, headers, status, code):
    office.appoint("production", 1)
    asked = client(office.desk(max_row_bytes=1024))
    long = body if len(body) < 3000 else body + b" " * 2**17
    answer = asked.post("/predict", long, **headers)
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["request_id"] == answer.headers["x-request-id"]


def test_paths_and_methods_that_are_none_are_refused_in_the_same_form(asked):
    assert (asked.get("/nothing").status, asked.get("/nothing").code) == (404, "no_such_path")
    assert (asked.get("/predict").status, asked.get("/predict").code) == (405, "method_not_allowed")
    assert asked.ask("GET", "/../etc/passwd").status == 404


def test_nobody_in_office_is_503_with_a_time_to_come_back(office, client):
    asked = client(office.desk())
    for answer in (asked.post("/predict", {"x0": 1}), asked.get("/ready"), asked.get("/model")):
        assert (answer.status, answer.code) == (503, "nobody_in_office")
        assert int(answer.headers["retry-after"]) >= 1
    assert asked.get("/health").status == 200


def test_the_example_of_the_model_is_one_of_its_rows_and_is_answered(office, client, mixed):
    office.appoint("production", 1, **mixed)
    asked = client(office.desk())
    card = asked.get("/model").json
    assert card["example"] == {"age": 41.23, "job": "nurse", "income": None}
    assert asked.post("/predict", card["example"]).status == 200
    document = asked.get("/openapi.json").json
    row = document["components"]["schemas"]["Row"]
    assert row["example"] == card["example"]
    assert set(row["properties"]) == {"age", "job", "income", "id", "event_time"}
    assert {
        "/predict",
        "/stream",
        "/batch",
        "/model",
        "/health",
        "/ready",
        "/metrics",
        "/log",
        "/emptyLog",
    } == set(document["paths"])


def test_tokens_open_what_they_are_for(office, client):
    office.appoint("production", 1)
    desk = office.desk(environment={"TENURE_CLIENT_TOKEN": "c", "TENURE_ADMIN_TOKEN": "a"})
    nobody, wrong = client(desk), client(desk, {"authorization": "Bearer x"})
    customer, admin = client(desk, {"authorization": "Bearer c"}), client(desk, {"Authorization": "bearer a"})
    for path in ("/health", "/ready", "/metrics"):
        assert nobody.get(path).status == 200
    for one in (nobody, wrong):
        assert [
            one.post("/predict", {"x0": 1}).status,
            one.get("/model").status,
            one.get("/openapi.json").status,
        ] == [401] * 3
    assert [customer.post("/predict", {"x0": 1}).status, admin.post("/predict", {"x0": 1}).status] == [
        200,
        200,
    ]
    for method, path in (("GET", "/log"), ("DELETE", "/log"), ("GET", "/emptyLog")):
        assert [one.ask(method, path).status for one in (nobody, customer, admin)] == [401, 401, 200]


def test_without_an_admin_token_nobody_reads_or_empties_the_log(asked):
    answers = [asked.get("/log"), asked.ask("DELETE", "/log"), asked.get("/emptyLog")]
    assert [answer.status for answer in answers] == [403] * 3


def test_a_client_that_asks_too_often_is_held_back_and_others_are_not(office, client):
    office.appoint("production", 1)
    desk = office.desk(rate_per_second=0.01, burst=3)
    asked = client(desk)
    answers = [asked.post("/predict", {"x0": 1}) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 50
    assert client(desk, address="10.0.0.2").post("/predict", {"x0": 1}).status == 200
    assert asked.get("/health").status == 200


def test_a_bucket_fills_at_its_rate_and_no_further_than_its_size():
    now = [0.0]
    limit = RateLimit(2.0, 3, clock=lambda: now[0])

    def n_allowed():
        n = 0
        while True:
            try:
                limit.take("a")
            except Refusal:
                return n
            n += 1

    assert n_allowed() == 3
    now[0] = 1.0
    assert n_allowed() == 2
    now[0] = 1000.0
    assert n_allowed() == 3


def test_every_answer_carries_the_headers_that_keep_a_browser_out(asked):
    for answer in (
        asked.post("/predict", {"x0": 1}),
        asked.get("/nothing"),
        asked.post("/predict", b"{"),
        asked.get("/health"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_client_may_name_its_request_and_a_name_that_is_none_is_replaced(asked):
    assert asked.post("/predict", {"x0": 1}, x_request_id="order-7").json["request_id"] == "order-7"
    assert asked.post("/predict", {"x0": 1}, x_request_id="a b\nc").json["request_id"] != "a b\nc"
    ours = {asked.post("/predict", {"x0": 1}).json["request_id"] for _ in range(5)}
    assert len(ours) == 5


def test_every_answer_is_in_the_log_with_what_was_asked_and_nothing_personal(office, client):
    office.appoint("production", 1, keys=("id", "ssn"))
    asked = client(office.desk(pii=("ssn",)))
    row = {"x0": 1.0, "id": "a1", "ssn": "123-45-6789"}
    one = asked.post("/predict", row).json
    many = asked.post("/batch", [row, {"x0": 2.0}]).json
    table = pa.table({"x0": [1.0], "ssn": ["123-45-6789"], "id": ["a1"]})
    asked.post("/batch", stream(table), content_type=ARROW)
    records = sorted(office.log(), key=lambda record: (record["at"], record.get("row", 0)))
    assert records[0]["input"] == {"x0": 1.0, "id": "a1"}
    for name in (
        "request_id",
        "score",
        "class",
        "probabilities",
        "threshold",
        "model_version",
        "served_from",
    ):
        assert records[0][name] == one[name]
    assert [(r["request_id"], r["row"], r["input"]) for r in records[1:3]] == [
        (many["request_id"], 0, {"x0": 1.0, "id": "a1"}),
        (many["request_id"], 1, {"x0": 2.0}),
    ]
    kept = pa.ipc.open_stream((office.serving / "log" / records[3]["file"]).read_bytes()).read_all()
    assert kept.column_names[:2] == ["x0", "id"]
    assert kept["answer_score"].to_pylist() == [pytest.approx(one["score"])]
    everything = b"".join(path.read_bytes() for path in (office.serving / "log").iterdir())
    assert b"123-45-6789" not in everything


def test_the_log_is_read_page_by_page_newest_first_and_filtered(office, client):
    office.appoint("production", 1)
    asked = client(office.desk(environment={"TENURE_ADMIN_TOKEN": "a"}), {"authorization": "Bearer a"})
    for n in range(7):
        asked.post("/predict", {"x0": n, "id": f"c{n % 2}"}, x_request_id=f"r{n}")
    pages, query = [], "/log?limit=3"
    while True:
        page = asked.get(query).json
        pages.append([record["request_id"] for record in page["records"]])
        if page["next"] is None:
            break
        query = f"/log?limit=3&before={page['next'].replace('+', '%2B')}"
    assert pages == [["r6", "r5", "r4"], ["r3", "r2", "r1"], ["r0"]]
    found = asked.get("/log?id=c1").json["records"]
    assert [record["request_id"] for record in found] == ["r5", "r3", "r1"]
    assert asked.get("/log?request_id=r4").json["records"][0]["input"]["x0"] == 4


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=5&limit=5", "limit=%0A2", "limit=2.0", "limit=-1", "limit=", "id=1&id=2"]
)
def test_parameters_of_the_log_that_are_no_plain_numbers_or_given_twice_are_refused(office, client, query):
    office.appoint("production", 1)
    asked = client(office.desk(environment={"TENURE_ADMIN_TOKEN": "a"}), {"authorization": "Bearer a"})
    refused = asked.get(f"/log?{query}")
    assert (refused.status, refused.code) == (422, "invalid_parameters")
    declared = asked.get("/openapi.json").json["paths"]["/log"]["get"]["parameters"][0]["schema"]
    assert (declared["type"], declared["minimum"], declared["maximum"]) == ("integer", 1, 1000)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/log"), ("GET", "/emptyLog")])
def test_emptying_the_log_archives_it_with_an_audit_row_and_loses_nothing(office, client, method, path):
    office.appoint("production", 1)
    desk = office.desk(environment={"TENURE_ADMIN_TOKEN": "a"})
    asked = client(desk, {"authorization": "Bearer a"})
    before = [asked.post("/predict", {"x0": n}).json["request_id"] for n in range(3)]
    row = asked.ask(method, path).json
    assert asked.get("/log").json == {"records": [], "next": None}
    late = asked.post("/predict", {"x0": 8}).json["request_id"]
    desk.tend()
    after = asked.post("/predict", {"x0": 9}).json["request_id"]
    assert [record["request_id"] for record in asked.get("/log").json["records"]] == [after]
    assert {record["request_id"] for record in office.log()} == {*before, late, after}
    audit = [json.loads(line) for line in (office.serving / "log" / "audit.jsonl").read_text().splitlines()]
    assert audit == [row]
    assert (row["what"], row["client"], row["n_files"]) == ("log emptied", "10.0.0.1", 1)


def test_a_full_log_is_507_until_there_is_room_and_nothing_is_answered_meanwhile(office, client):
    office.appoint("production", 1)
    desk = office.desk(log={"max_bytes": 2048})
    asked, answered = client(desk), []
    while (answer := asked.post("/predict", {"x0": 1})).status == 200:
        answered.append(answer.json["request_id"])
        desk.tend()
    assert (answer.status, answer.code, "retry-after" in answer.headers) == (507, "log_full", True)
    assert [asked.get("/ready").status, asked.get("/health").status] == [507, 200]
    assert asked.post("/batch", stream(pa.table({"x0": [1.0]})), content_type=ARROW).status == 507
    assert [record["request_id"] for record in office.log()] == answered
    for path in (office.serving / "log").glob("*.jsonl"):
        path.unlink()
    desk.tend()
    assert [asked.get("/ready").status, asked.post("/predict", {"x0": 1}).status] == [200, 200]


def test_the_numbers_for_prometheus_tell_requests_by_status_and_model(asked, desk):
    for _ in range(3):
        asked.post("/predict", {"x0": 1})
    asked.post("/predict", {"x0": "one"})
    asked.get("/nothing")
    desk.tend()
    said = asked.get("/metrics").body.decode().splitlines()
    assert 'tenure_requests_total{endpoint="/predict",model_version="3",status="200"} 3.0' in said
    assert 'tenure_requests_total{endpoint="/predict",model_version="3",status="422"} 1.0' in said
    assert 'tenure_requests_total{endpoint="other",model_version="3",status="404"} 1.0' in said
    assert 'tenure_score_count{model_version="3"} 3.0' in said
    assert "tenure_fallback_level 0.0" in said
    assert any(
        line.startswith('tenure_request_seconds_bucket{endpoint="/predict",le="0.001"}') for line in said
    )


def test_a_failure_inside_is_500_without_a_word_of_what_failed(asked, desk, monkeypatch):
    monkeypatch.setattr(type(desk.incumbent.model), "answer", lambda *_: 1 / 0)
    answer = asked.post("/predict", {"x0": 1})
    assert (answer.status, answer.code) == (500, "failed")
    assert b"division" not in answer.body


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["x0", "x1", "id", "y"]), inner, max_size=4),
    ),
    max_leaves=8,
)
BODIES = st.one_of(st.binary(max_size=200), JSON_VALUES.map(lambda value: json.dumps(value).encode()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.sampled_from(["/predict", "/stream", "/batch"]),
    BODIES,
    st.sampled_from(
        ["application/json", NDJSON, ARROW, "", "text/html; a=b", "application/json; charset=utf-8"]
    ),
)
def test_no_body_whatever_makes_the_server_fail(asked, path, body, kind):
    answer = asked.post(path, body, content_type=kind)
    assert answer.status in {200, 400, 413, 415, 422}
    if answer.status != 200:
        assert answer.json["error"]["code"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_no_damage_to_an_arrow_stream_makes_the_server_fail(asked, data):
    whole = bytearray(stream(pa.table({"x0": [1.0, None, 3.0], "id": ["a", "b", None]})))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    answer = asked.post("/batch", bytes(whole), content_type=ARROW)
    assert answer.status in {200, 400, 413, 422}
