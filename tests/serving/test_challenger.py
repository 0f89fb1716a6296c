"""Champion and challenger on the same requests: nobody but the log notices a shadow."""

import io
from collections import Counter

import pyarrow as pa
import pytest
from scipy import stats

from tenure.bundle import FeatureSpec
from tenure.domain.arms import entity_code
from tenure.domain.entities import entity_id
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError
from tenure.serving.arrow import ARROW

AB = {"mode": "ab", "share": 0.3, "salt": "spring"}
KEYS = {"keys": ("id",)}


def paired(office, challenger, *, champion=None, **settings):
    office.appoint("production", 1, **KEYS, **(champion or {}))
    office.appoint("staging", 2, **({"weights": (-1.0,)} | KEYS | settings.pop("bundle", {})))
    return office.desk(challenger=challenger, **settings)


def test_a_shadow_scores_every_row_and_only_the_log_is_told(office, client):
    desk = paired(office, {"mode": "shadow"})
    asked = client(desk)
    answer = asked.post("/predict", {"id": 7, "x0": 2.0}).json
    together = asked.post("/batch", [{"id": 7, "x0": 2.0}, {"x0": -1.0}]).json["predictions"]
    assert (answer["model_version"], answer["class"], set(answer) & {"arm", "shadow"}) == (1, "yes", set())
    assert [set(each) & {"arm", "shadow", "model_version"} for each in together] == [set(), set()]
    for record in office.log():
        assert (record["arm"], record["against"], record["shadow"]["model_version"]) == ("champion", 2, 2)
        assert record["shadow"]["score"] == pytest.approx(1 - record["score"], abs=1e-6)
    assert {record["entity"] for record in office.log()} == {entity_code(entity_id({"id": 7})), None}


def test_nobody_is_tried_where_the_project_file_does_not_say_so(office, client):
    asked = client(paired(office, None))
    asked.post("/predict", {"id": 7, "x0": 2.0})
    (record,) = office.log()
    assert not {"arm", "against", "shadow"} & set(record)


def test_an_entity_has_one_arm_on_every_endpoint_in_every_process(office, client):
    rows = [{"id": n, "x0": 1.0} for n in range(400)]
    desk = paired(office, AB)
    alone = [client(desk).post("/predict", row).json["model_version"] for row in rows[:100]]
    again = client(office.desk(challenger=AB)).post("/batch", rows).json
    versions = [each.get("model_version", again["model_version"]) for each in again["predictions"]]
    assert versions[:100] == alone
    n_tried = versions.count(2)
    assert stats.binomtest(n_tried, 400, 0.3).pvalue > 0.001
    assert 0 < n_tried < 400
    for record in office.log():
        arm = {1: "champion", 2: "challenger"}[record["model_version"]]
        assert (record["arm"], record["against"]) == (arm, 3 - record["model_version"])


def test_a_larger_share_takes_nobody_back_and_another_salt_deals_anew(office, client):
    rows = [{"id": f"c{n}", "x0": 1.0} for n in range(300)]

    def tried(**changes):
        said = client(paired(office, AB | changes)).post("/batch", rows).json
        return {n for n, each in enumerate(said["predictions"]) if each.get("model_version") == 2}

    few, many, others = tried(), tried(share=0.6), tried(salt="autumn")
    assert few < many
    assert len(few & others) < len(few)


def test_a_row_without_a_key_is_the_champions_and_takes_no_part(office, client):
    asked = client(paired(office, AB | {"share": 0.99}))
    assert asked.post("/predict", {"x0": 1.0}).json["model_version"] == 1
    (record,) = office.log()
    assert (record.get("arm"), record["entity"]) == (None, None)


@pytest.mark.parametrize("mode", ["shadow", "ab"])
def test_a_challenger_that_fails_hurts_nobody_and_is_left_out(office, client, mode):
    desk = paired(office, {"mode": mode, "share": 0.99})
    asked, rows = client(desk), [{"id": n, "x0": 1.0} for n in range(20)]

    def broken(*_):
        raise RuntimeError("out of memory")

    pairing = desk.challenger.pairing
    tried = type("Broken", (), {"answer": broken, "answers": broken, "bundle": pairing.challenger.bundle})()
    tried.version, tried.about = 2, pairing.challenger.about
    for path, body in (("/predict", rows[0]), ("/batch", rows)):
        desk.challenger.pairing = type(pairing)(pairing.champion, tried, pairing.config, pairing.reader)
        assert asked.post(path, body).status == 200
        assert desk.challenger.pairing is None
    assert desk.challenger.n_failed == 2
    assert {record["model_version"] for record in office.log()} == {1}
    assert not any("shadow" in record for record in office.log())
    desk.tend()
    assert desk.challenger.pairing is None  # for half a minute
    assert "tenure_challenger_failures 2.0" in asked.get("/metrics").body.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sha256": "0" * 64},
        {"classes": ("no", "maybe", "yes"), "threshold": None},
        {"project": "other"},
        {"keys": ("number",)},
        {"features": (FeatureSpec("x0", FeatureKind.CATEGORY, ("a",)),), "weights": (1.0, 1.0, 1.0)},
    ],
)
def test_a_challenger_that_cannot_stand_beside_the_champion_is_not_asked(office, client, wrong):
    desk = paired(office, {"mode": "ab", "share": 0.99}, bundle=wrong)
    assert desk.challenger.pairing is None
    assert desk.challenger.n_refused == 1
    assert client(desk).post("/predict", {"id": 1, "x0": 1.0}).json["model_version"] == 1


def test_a_challenger_that_is_too_slow_is_not_asked(office):
    desk = paired(office, {"slowest_ms": 1e-6})
    assert (desk.challenger.pairing, desk.challenger.n_refused) == (None, 1)


def test_a_challenger_may_look_at_features_that_the_champion_does_not_know(office, client):
    desk = paired(office, AB | {"share": 0.5}, bundle={"weights": (0.0, 3.0)})
    asked = client(desk)
    said = asked.post("/batch", [{"id": n, "x0": 1.0, "x1": 2.0} for n in range(40)]).json
    scores = {each.get("model_version", 1): each["score"] for each in said["predictions"]}
    assert scores == {1: pytest.approx(0.731, abs=1e-3), 2: pytest.approx(0.9975, abs=1e-3)}
    row = asked.get("/openapi.json").json["components"]["schemas"]["Row"]["properties"]
    assert {"x0", "x1", "id"} <= set(row)
    assert asked.post("/predict", {"id": 1, "x2": 1.0}).fields[0] == "x2"


def test_the_pair_follows_the_registry(office):
    desk = paired(office, AB)
    office.appoint("production", 2, weights=(-1.0,), **KEYS)
    office.dismiss("staging")
    desk.tend()
    assert (desk.incumbent.model.version, desk.challenger.pairing) == (2, None)
    office.appoint("staging", 3, weights=(2.0,), **KEYS)
    desk.tend()
    pairing = desk.challenger.pairing
    assert (pairing.champion.version, pairing.challenger.version) == (2, 3)
    assert desk.challenger.against(desk.model()) is pairing


def test_the_card_of_the_model_says_who_is_tried_beside_it(office, client):
    beside = client(paired(office, AB)).get("/model").json["challenger"]
    assert (beside["model_version"], beside["mode"], beside["share"]) == (2, "ab", 0.3)
    assert client(office.desk()).get("/model").json["challenger"] is None


def test_personal_keys_are_logged_as_a_keyed_hash_or_not_at_all(office, client):
    paired(office, AB)
    for secret in ("", "s3cret"):
        environment = {"TENURE_ENTITY_SECRET": secret}
        desk = office.desk(challenger=AB, pii=("id",), environment=environment)
        client(desk).post("/predict", {"id": 815, "x0": 1.0})
    first, second = sorted(office.log(), key=lambda record: record["at"])
    assert (first["entity"], second["entity"]) == (None, entity_code(entity_id({"id": 815}), secret="s3cret"))  # noqa: S106
    assert first["arm"] == second["arm"]
    assert not any("815" in str(record["input"]) for record in (first, second))


def arrow(asked, table):
    """The answers to a batch of columns."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    said = asked.post("/batch", sink.getvalue(), content_type=ARROW)
    assert said.status == 200, said.body
    return pa.ipc.open_stream(said.body).read_all()


def kept(office, line):
    """The rows of a line of a batch of columns."""
    return pa.ipc.open_stream((office.serving / "log" / line["file"]).read_bytes()).read_all()


def test_the_rows_of_an_arrow_batch_have_the_arms_that_they_have_alone(office, client):
    asked = client(paired(office, AB))
    rows = [{"id": n if n % 7 else None, "x0": n / 50} for n in range(100)]
    alone = [asked.post("/predict", row).json for row in rows]
    table = arrow(asked, pa.Table.from_pylist(rows))
    for name in ("model_version", "bundle_sha256", "class"):
        assert table[name].to_pylist() == [answer[name] for answer in alone]
    assert table["score"].to_pylist() == pytest.approx([answer["score"] for answer in alone], abs=1e-6)
    lines = {line.get("arm"): line for line in office.log() if "file" in line}
    assert {arm: (line["model_version"], line.get("against")) for arm, line in lines.items()} == {
        "champion": (1, 2),
        "challenger": (2, 1),
        None: (1, None),
    }
    for line in lines.values():
        for row in kept(office, line).to_pylist():
            place = row["answer_row"]
            assert (row["id"], row["x0"]) == (rows[place]["id"], rows[place]["x0"])
            assert line["model_version"] == alone[place]["model_version"]
            assert row["answer_score"] == pytest.approx(alone[place]["score"], abs=1e-6)
    assert sum(line["n_rows"] for line in lines.values()) == 100


def test_a_shadow_scores_an_arrow_batch_and_only_the_log_is_told(office, client):
    asked = client(paired(office, {"mode": "shadow"}))
    table = arrow(asked, pa.table({"id": [1, None], "x0": [1.0, -2.0]}))
    assert not {"model_version", "arm"} & set(table.column_names)
    champion, shadow = sorted(office.log(), key=lambda line: line["model_version"])
    assert (champion["arm"], champion["against"], shadow["arm"], shadow["against"]) == (
        "champion",
        2,
        "shadow",
        1,
    )
    own = kept(office, champion)["answer_score"].to_pylist()
    assert own == table["score"].to_pylist()
    assert kept(office, shadow)["answer_score"].to_pylist() == pytest.approx([1 - s for s in own], abs=1e-6)


@pytest.mark.parametrize("mode", ["shadow", "ab"])
def test_a_challenger_that_fails_on_an_arrow_batch_leaves_it_to_the_champion(
    office, client, mode, monkeypatch
):
    desk = paired(office, AB | {"mode": mode})
    asked = client(desk)
    expected = arrow(asked, pa.table({"x0": [1.0, 2.0]}))["score"].to_pylist()
    failing = desk.challenger.pairing.challenger.bundle
    monkeypatch.setattr(type(failing), "score", refusing(failing, type(failing).score))
    table = arrow(asked, pa.table({"id": list(range(40)), "x0": [1.0, 2.0] * 20}))
    assert table["score"].to_pylist() == expected * 20
    assert (desk.challenger.n_failed, desk.challenger.pairing) == (1, None)
    arms = [str(line.get("arm")) for line in office.log() if line["n_rows"] != 2]
    assert sorted(arms) == (["None"] if mode == "shadow" else ["None", "champion"])


def refusing(failing, score):
    def _score(bundle, table):
        if bundle is failing:
            raise BundleError("it broke")
        return score(bundle, table)

    return _score


def test_arms_are_the_same_in_all_workers_and_after_a_restart(office, serve):
    office.appoint("production", 1, **KEYS)
    office.appoint("staging", 2, weights=(-1.0,), **KEYS)
    runs = []
    for _ in range(2):
        server = serve(n_workers=2, challenger=AB)
        server.wait(lambda server=server: len(server.workers()) == 2)
        runs.append([server.ask("POST", "/predict", {"id": n % 60, "x0": 1.0}).json for n in range(240)])
        assert server.stop() == 0
    arms = [{(n % 60, said["model_version"]) for n, said in enumerate(run)} for run in runs]
    assert len(arms[0]) == 60
    assert arms[0] == arms[1]
    assert Counter(record["arm"] for record in office.log()).keys() == {"champion", "challenger"}
    assert len({path.stem.rpartition("-")[2] for path in (office.serving / "log").glob("*.jsonl")}) == 4
