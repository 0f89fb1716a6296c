"""What the server answers is what ``tenure predict`` wrote: simulated loans, and the real ones."""

import shutil
from datetime import date
from pathlib import Path

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

EXAMPLE = Path(__file__).parents[2] / "examples" / "cash_loans"
FIRST = date(2023, 1, 1)
PROJECT = """
extends: tenure.yaml
project: cash-loans
model: {algorithms: [logistic_regression], tuning: {trials: 2}}
gate: {minimum: {precision: 0.0, recall: 0.0}}
"""


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
    return runtime, last


def of_period(runtime, table, last):
    return [row for row in runtime.store.read(table, until=last).to_pylist() if row["as_of"] == last]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_row_of_a_period_gets_the_score_that_predict_wrote(lender, client):
    runtime, last = lender
    written = {row["Customer_ID"]: row for row in of_period(runtime, PREDICTIONS, last)}
    assert len(written) > 80
    champion = next(iter(written.values()))["model_version"]
    runtime.registry.promote(champion, expected=runtime.registry.production().version)
    settings, _, _ = read_server(runtime.root / "quick.yaml")
    watch_once(settings.office, registry=runtime.registry)
    desk = open_desk(settings, {})
    desk.tend()
    model = desk.incumbent.model
    assert (model.version, str(model.level)) == (champion, "production")
    asked = client(desk)
    names = [spec.name for spec in model.bundle.schema.features]
    rows = [row for row in of_period(runtime, FEATURES, last) if row["Customer_ID"] in written]
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
