"""A simulated lender: the server answers what ``tenure predict`` wrote, by features and by key."""

import json
import struct
from datetime import date, datetime

import numpy as np
import pytest
from typer.testing import CliRunner

from tenure.cli.commands import app
from tenure.cli.stages import run_stage
from tenure.demo import prepare_demo
from tenure.domain.tables import FEATURES, PREDICTIONS
from tenure.errors import OnlineStoreError
from tenure.flow import step_named
from tenure.ports import Silent
from tenure.replay import backfill, plan
from tenure.running.runtime import open_runtime
from tenure.serving.desk import open_desk
from tenure.serving.supervisor import read_server
from tenure.serving.watcher import watch_once

LAST = date(2023, 4, 1)
PROJECT = """
extends: tenure.yaml
project: cash-loans
model: {algorithms: [logistic_regression], tuning: {trials: 2}}
gate: {minimum: {precision: 0.0, recall: 0.0}}
serve: {features: online}
"""
IDENTITY = {"Customer_ID", "event_time", "known_at", "as_of"}


@pytest.fixture(scope="module")
def lender(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lender")
    prepare_demo(folder, n_customers=300, seed=7)
    (folder / "quick.yaml").write_text(PROJECT)
    runtime = open_runtime(folder / "quick.yaml", progress=Silent(), jobs=1)
    list(backfill(plan(date(2023, 1, 1), LAST, runtime=runtime), runtime=runtime))
    yield runtime
    runtime.online.close()


def of_period(runtime, table):
    return [row for row in runtime.store.read(table, until=LAST).to_pylist() if row["as_of"] == LAST]


@pytest.mark.slow
def test_every_row_of_a_period_gets_the_score_that_predict_wrote(lender, client, request):
    written = {row["Customer_ID"]: row for row in of_period(lender, PREDICTIONS)}
    assert len(written) > 80
    champion = next(iter(written.values()))["model_version"]
    lender.registry.promote(champion, expected=lender.registry.production().version)
    settings, _, _ = read_server(lender.root / "quick.yaml")
    watch_once(settings.office, registry=lender.registry)
    desk = open_desk(settings, {})
    request.addfinalizer(desk.online.close)
    desk.tend()
    model = desk.incumbent.model
    assert (model.version, str(model.level)) == (champion, "production")
    asked = client(desk)
    names = [spec.name for spec in model.bundle.schema.features]
    rows = [row for row in of_period(lender, FEATURES) if row["Customer_ID"] in written]
    given = [{"Customer_ID": row["Customer_ID"], **{name: row[name] for name in names}} for row in rows]
    alone = [asked.post("/predict", row).json for row in given]
    together = asked.post("/batch", given).json["predictions"]
    by_key = [asked.post("/predict", {"Customer_ID": row["Customer_ID"]}).json for row in rows]
    assert {answer["features"]["as_of"] for answer in by_key} == {LAST.isoformat()}
    for answers in (alone, together, by_key):
        for row, answer in zip(rows, answers, strict=True):
            expected = written[row["Customer_ID"]]
            assert answer["score"] == pytest.approx(expected["score"], abs=1e-6)
            assert answer["class"] == expected["class"]
            np.testing.assert_allclose(
                list(answer["probabilities"].values()), expected["probabilities"], atol=1e-6
            )
    told = {(a["model_version"], a["bundle_sha256"]) for a in alone}
    assert told == {(row["model_version"], row["bundle_sha256"]) for row in written.values()}


def online_problems(lender):
    """The customers of whom the online store says anything else than gold, to the last bit."""
    newest = {}
    for row in lender.store.read(FEATURES).to_pylist():
        stamp = (row["event_time"], row["as_of"])
        if stamp > newest.get(row["Customer_ID"], ((datetime.min, date.min), None))[0]:  # noqa: DTZ901
            values = {name: value for name, value in row.items() if name not in IDENTITY}
            newest[row["Customer_ID"]] = (stamp, values)
    found = lender.online.latest([{"Customer_ID": name} for name in newest])
    return [
        name
        for (name, (stamp, values)), row in zip(newest.items(), found, strict=True)
        if row is None or (row.event_time, row.as_of) != stamp or bits(row.values) != bits(values)
    ]


def bits(values):
    return {name: struct.pack(">d", v) if type(v) is float else (type(v), v) for name, v in values.items()}


@pytest.mark.slow
def test_the_online_store_says_what_gold_says_after_a_replay_and_periods_built_again(lender):
    periods = lender.store.periods(FEATURES)
    assert len(periods) == 4
    assert online_problems(lender) == []
    for as_of in (periods[1], periods[0], periods[2]):
        run_stage(step_named("build"), as_of, runtime=lender)
        assert online_problems(lender) == []


@pytest.mark.slow
def test_a_store_that_was_lost_is_made_again_by_a_command(lender):
    for path in lender.online.path.parent.iterdir():
        path.unlink()
    with pytest.raises(OnlineStoreError, match="tenure materialise"):
        lender.online.latest([{"Customer_ID": "x"}])
    said = CliRunner().invoke(app, ["materialise", "-p", str(lender.root / "quick.yaml"), "--json"])
    assert said.exit_code == 0, said.output
    n_customers = len(set(lender.store.read(FEATURES)["Customer_ID"].to_pylist()))
    assert json.loads(said.stdout) == {"as_of": LAST.isoformat(), "n_entities": n_customers}
    assert online_problems(lender) == []
    earlier = lender.store.periods(FEATURES)[1]
    CliRunner().invoke(
        app,
        ["materialise", "-p", str(lender.root / "quick.yaml"), "--as-of", str(earlier)],
        catch_exceptions=False,
    )
    assert online_problems(lender) != []
