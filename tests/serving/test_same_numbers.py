"""What the server answers, by features and by key, is what ``tenure predict`` wrote."""

import json
import shutil
import struct
from datetime import date, datetime
from pathlib import Path

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

EXAMPLE = Path(__file__).parents[2] / "examples" / "cash_loans"
FIRST = date(2023, 1, 1)
PROJECT = """
extends: tenure.yaml
project: cash-loans
model: {algorithms: [logistic_regression], tuning: {trials: 2}}
gate: {minimum: {precision: 0.0, recall: 0.0}}
serve: {features: online}
"""
IDENTITY = {"Customer_ID", "event_time", "known_at", "as_of"}


def simulated(folder, _):
    prepare_demo(folder, n_customers=300, seed=7)
    return date(2023, 4, 1)


def real(folder, request):
    data = request.getfixturevalue("shared_data")
    request.getfixturevalue("session_environment").setenv("TENURE_SHARED_DATA", str(data))
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    return date(2023, 12, 1)


@pytest.fixture(scope="module")
def session_environment():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module", params=[simulated, pytest.param(real, marks=pytest.mark.data)])
def lender(request, tmp_path_factory):
    """A project whose champion has scored its last period, and that period."""
    folder = tmp_path_factory.mktemp("lender")
    last = request.param(folder, request)
    (folder / "quick.yaml").write_text(PROJECT)
    runtime = open_runtime(folder / "quick.yaml", progress=Silent(), jobs=1)
    list(backfill(plan(FIRST, last, runtime=runtime), runtime=runtime))
    yield runtime, last
    runtime.online.close()


def of_period(runtime, table, last):
    return [row for row in runtime.store.read(table, until=last).to_pylist() if row["as_of"] == last]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_row_of_a_period_gets_the_score_that_predict_wrote(lender, client, request):
    runtime, last = lender
    written = {row["Customer_ID"]: row for row in of_period(runtime, PREDICTIONS, last)}
    assert len(written) > 80
    champion = next(iter(written.values()))["model_version"]
    runtime.registry.promote(champion, expected=runtime.registry.production().version)
    settings, _, _ = read_server(runtime.root / "quick.yaml")
    watch_once(settings.office, registry=runtime.registry)
    desk = open_desk(settings, {})
    request.addfinalizer(desk.online.close)
    desk.tend()
    model = desk.incumbent.model
    assert (model.version, str(model.level)) == (champion, "production")
    asked = client(desk)
    names = [spec.name for spec in model.bundle.schema.features]
    rows = [row for row in of_period(runtime, FEATURES, last) if row["Customer_ID"] in written]
    given = [{"Customer_ID": row["Customer_ID"], **{name: row[name] for name in names}} for row in rows]
    alone = [asked.post("/predict", row).json for row in given]
    together = asked.post("/batch", given).json["predictions"]
    by_key = [asked.post("/predict", {"Customer_ID": row["Customer_ID"]}).json for row in rows]
    assert {answer["features"]["as_of"] for answer in by_key} == {last.isoformat()}
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


def online_problems(runtime):
    """The customers of whom the online store says anything else than gold, to the last bit."""
    newest = {}
    for row in runtime.store.read(FEATURES).to_pylist():
        stamp = (row["event_time"], row["as_of"])
        if stamp > newest.get(row["Customer_ID"], ((datetime.min, date.min), None))[0]:  # noqa: DTZ901
            values = {name: value for name, value in row.items() if name not in IDENTITY}
            newest[row["Customer_ID"]] = (stamp, values)
    found = runtime.online.latest([{"Customer_ID": name} for name in newest])
    return [
        name
        for (name, (stamp, values)), row in zip(newest.items(), found, strict=True)
        if row is None or (row.event_time, row.as_of) != stamp or bits(row.values) != bits(values)
    ]


def bits(values):
    return {name: struct.pack(">d", v) if type(v) is float else (type(v), v) for name, v in values.items()}


@pytest.mark.slow
def test_the_online_store_says_what_gold_says_after_a_replay_and_periods_built_again(lender):
    runtime, _ = lender
    periods = runtime.store.periods(FEATURES)
    assert online_problems(runtime) == []
    for as_of in (periods[1], periods[0], periods[2]):
        run_stage(step_named("build"), as_of, runtime=runtime)
        assert online_problems(runtime) == []


@pytest.mark.slow
def test_a_store_that_was_lost_is_made_again_by_a_command(lender):
    runtime, last = lender
    for path in runtime.online.path.parent.iterdir():
        path.unlink()
    with pytest.raises(OnlineStoreError, match="tenure materialise"):
        runtime.online.latest([{"Customer_ID": "x"}])
    said = CliRunner().invoke(app, ["materialise", "-p", str(runtime.root / "quick.yaml"), "--json"])
    assert said.exit_code == 0, said.output
    n_customers = len(set(runtime.store.read(FEATURES)["Customer_ID"].to_pylist()))
    assert json.loads(said.stdout) == {"as_of": last.isoformat(), "n_entities": n_customers}
    assert online_problems(runtime) == []
    asked = ["materialise", "-p", str(runtime.root / "quick.yaml"), "--as-of"]
    earlier = runtime.store.periods(FEATURES)[1]
    for as_of, is_newest in ((earlier, False), (last, True)):
        CliRunner().invoke(app, [*asked, str(as_of)], catch_exceptions=False)
        assert (online_problems(runtime) == []) is is_newest
