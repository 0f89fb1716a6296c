"""A period of a simulated lender: what the server answers is what ``tenure predict`` wrote."""

from datetime import date

import numpy as np
import pytest

from tenure.demo import prepare_demo
from tenure.domain.tables import FEATURES, PREDICTIONS
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
"""


@pytest.fixture(scope="module")
def lender(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lender")
    prepare_demo(folder, n_customers=300, seed=7)
    (folder / "quick.yaml").write_text(PROJECT)
    runtime = open_runtime(folder / "quick.yaml", progress=Silent(), jobs=1)
    list(backfill(plan(date(2023, 1, 1), LAST, runtime=runtime), runtime=runtime))
    return runtime


def of_period(runtime, table):
    return [row for row in runtime.store.read(table, until=LAST).to_pylist() if row["as_of"] == LAST]


@pytest.mark.slow
def test_every_row_of_a_period_gets_the_score_that_predict_wrote(lender, client):
    written = {row["Customer_ID"]: row for row in of_period(lender, PREDICTIONS)}
    assert len(written) > 80
    champion = next(iter(written.values()))["model_version"]
    lender.registry.promote(champion, expected=lender.registry.production().version)
    settings, _, _ = read_server(lender.root / "quick.yaml")
    watch_once(settings.office, registry=lender.registry)
    desk = open_desk(settings, {})
    desk.tend()
    model = desk.incumbent.model
    assert (model.version, str(model.level)) == (champion, "production")
    asked = client(desk)
    names = [spec.name for spec in model.bundle.schema.features]
    rows = [row for row in of_period(lender, FEATURES) if row["Customer_ID"] in written]
    given = [{"Customer_ID": row["Customer_ID"], **{name: row[name] for name in names}} for row in rows]
    alone = [asked.post("/predict", row).json for row in given]
    together = asked.post("/batch", given).json["predictions"]
    for answers in (alone, together):
        for row, answer in zip(rows, answers, strict=True):
            expected = written[row["Customer_ID"]]
            assert answer["score"] == pytest.approx(expected["score"], abs=1e-6)
            assert answer["class"] == expected["class"]
            np.testing.assert_allclose(
                list(answer["probabilities"].values()), expected["probabilities"], atol=1e-6
            )
    told = {(a["model_version"], a["bundle_sha256"]) for a in alone}
    assert told == {(row["model_version"], row["bundle_sha256"]) for row in written.values()}
