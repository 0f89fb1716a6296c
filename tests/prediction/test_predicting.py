from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.artefacts import Gold
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.tables import DECISIONS, FEATURES, PREDICTIONS, TableSlice
from tenure.errors import BundleError, BundleIntegrityError, RegistryError
from tenure.prediction import predict
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.memory import MemoryRegistry
from tenure.testing import softmax_onnx, write_small_bundle

JAN, FEB, MAR, APR = (date(2024, month, 1) for month in range(1, 5))


class World:
    def __init__(self, folder):
        self.folder = folder
        self.store = DeltaStore(folder / "datamart")
        self.engine = DuckDBEngine()
        self.registry = MemoryRegistry("loans", folder / "registry")

    def build(self, as_of, n_rows=5):
        rng = np.random.default_rng(as_of.month)
        event = datetime(as_of.year, as_of.month, 1)
        rows = {
            "id": [f"{as_of.month}-{i}" for i in range(n_rows)],
            "event_time": [event] * n_rows,
            "known_at": [event] * n_rows,
            "x0": rng.normal(size=n_rows),
            "x1": [None, *rng.normal(size=n_rows - 1)],
        }
        return self.store.replace(FEATURES, pa.table(rows), as_of=as_of)

    def promote(self, as_of, **bundle):
        sha256 = write_small_bundle(self.folder / "bundle", as_of=as_of, **bundle)
        version = self.registry.register(self.folder / "bundle", as_of=as_of, sha256=sha256, tags={})
        champion = self.registry.production()
        self.registry.promote(version.version, expected=champion.version if champion else None)
        row = {
            "kind": ["promotion"],
            "model": [version.name],
            "model_version": [version.version],
            "bundle_sha256": [sha256],
        }
        self.store.replace(DECISIONS, pa.table(row), as_of=as_of, where={"kind": "promotion"})
        return version

    def predict(self, as_of):
        slices = (TableSlice(FEATURES, as_of, 0, 0), TableSlice("gold/labels", as_of, 0, 0))
        gold = Gold(Period(as_of, PeriodUnit.MONTH), *slices, keys=("id",), columns=())
        return predict(gold, registry=self.registry, store=self.store, engine=self.engine)

    def predicted(self, as_of):
        rows = self.store.read(PREDICTIONS, until=as_of).to_pylist()
        return sorted((row for row in rows if row["as_of"] == as_of), key=lambda row: row["id"])

    def features(self, as_of):
        rows = self.store.read(FEATURES, until=as_of).to_pylist()
        return sorted((row for row in rows if row["as_of"] == as_of), key=lambda row: row["id"])


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_with_nobody_in_office_nothing_is_scored_and_no_table_is_made(world):
    world.build(JAN)
    predictions = world.predict(JAN)
    assert (predictions.champion, predictions.slice) == (None, None)
    assert not world.store.exists(PREDICTIONS)


def test_each_row_of_the_period_gets_the_champions_answer_and_says_whose_it_is(world):
    champion = world.promote(JAN, weights=(2.0, -1.0), threshold=0.6)
    world.build(JAN)
    world.build(FEB)
    predictions = world.predict(FEB)
    assert predictions.champion == champion
    assert predictions.slice.n_rows == 5
    for row, given in zip(world.predicted(FEB), world.features(FEB), strict=True):
        expected = 1 / (1 + np.exp(-(2 * given["x0"] - (given["x1"] or 0.0))))
        assert row["score"] == pytest.approx(expected, abs=1e-6)
        assert row["probabilities"] == [pytest.approx(1 - expected, abs=1e-6), row["score"]]
        assert row["class"] == ("yes" if row["score"] >= 0.6 else "no")
        told = (row["threshold"], row["model"], row["model_version"], row["bundle_sha256"])
        assert told == (0.6, "loans", 1, champion.bundle_sha256)
        assert row["event_time"] == given["event_time"]


def test_whoever_is_promoted_in_a_period_does_not_score_it(world):
    world.promote(FEB)
    world.build(FEB)
    assert world.predict(FEB).champion is None


def test_a_replay_scores_with_the_champion_of_then_whoever_holds_the_alias_now(world):
    first = world.promote(JAN, weights=(1.0,))
    second = world.promote(MAR, weights=(-1.0,))
    for period in (FEB, MAR, APR):
        world.build(period)
    assert world.registry.production() == second
    champions = [world.predict(period).champion for period in (FEB, MAR, APR)]
    assert champions == [first, first, second]
    versions = {row["as_of"]: row["model_version"] for row in world.store.read(PREDICTIONS).to_pylist()}
    assert versions == {FEB: 1, MAR: 1, APR: 2}


def test_predicting_twice_changes_no_content(world):
    world.promote(JAN)
    world.build(FEB)
    world.predict(FEB)
    before = world.store.content_hash(PREDICTIONS)
    world.predict(FEB)
    assert world.store.content_hash(PREDICTIONS) == before


def test_scores_of_a_period_in_which_nobody_turns_out_to_have_been_in_office_are_removed(world):
    world.promote(JAN)
    world.build(FEB)
    world.build(MAR)
    world.predict(FEB)
    world.predict(MAR)
    world.store.remove(DECISIONS, as_of=JAN)
    world.predict(FEB)
    assert world.predicted(FEB) == []
    assert len(world.predicted(MAR)) == 5


def test_a_period_without_a_population_is_scored_as_no_rows(world):
    world.promote(JAN)
    world.build(JAN)
    predictions = world.predict(FEB)
    assert predictions.champion is not None
    assert predictions.slice.n_rows == 0
    assert world.predicted(FEB) == []


def test_several_classes_are_scored_with_the_probability_of_the_class_that_is_called(world):
    weights = np.array([[1.0, 0.0, -1.0], [0.0, 0.5, 0.0]])
    classes = ("low", "mid", "high")
    world.promote(JAN, weights=(0.0, 0.0), classes=classes, threshold=None, onnx=softmax_onnx(weights))
    world.build(FEB, n_rows=40)
    world.predict(FEB)
    for row in world.predicted(FEB):
        assert row["class"] == classes[int(np.argmax(row["probabilities"]))]
        assert row["score"] == max(row["probabilities"])
        assert row["threshold"] is None
    assert len({row["class"] for row in world.predicted(FEB)}) > 1


def test_rows_come_through_in_more_than_one_batch(world, monkeypatch):
    world.promote(JAN, weights=(1.0,))
    world.build(FEB, n_rows=25)
    whole = DuckDBEngine.batches

    def in_batches(self, expression):
        rows = whole(self, expression).read_all()
        return pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(max_chunksize=10))

    monkeypatch.setattr(DuckDBEngine, "batches", in_batches)
    assert world.predict(FEB).slice.n_rows == 25
    expected = [1 / (1 + np.exp(-row["x0"])) for row in world.features(FEB)]
    np.testing.assert_allclose([row["score"] for row in world.predicted(FEB)], expected, atol=1e-6)


def test_a_feature_that_is_no_longer_built_is_an_error_that_names_it_and_leaves_the_scores(world):
    world.promote(JAN, weights=(1.0, 1.0, 1.0))
    world.build(FEB)
    with pytest.raises(BundleError, match="x2"):
        world.predict(FEB)
    assert not world.store.exists(PREDICTIONS)


def test_a_champion_whose_bundle_was_harmed_scores_nobody(world):
    champion = world.promote(JAN)
    world.build(FEB)
    (world.registry.bundle(champion.version) / "schema.json").write_text("{}")
    with pytest.raises(BundleIntegrityError, match=r"schema\.json"):
        world.predict(FEB)


def test_a_champion_that_the_registry_does_not_have_is_an_error(world):
    world.promote(JAN)
    world.build(FEB)
    world.registry = MemoryRegistry("loans", world.folder / "another")
    with pytest.raises(RegistryError, match="no version 1"):
        world.predict(FEB)


def test_what_was_served_in_the_period_stays_whether_or_not_anybody_turns_out_to_have_been_in_office(world):
    world.promote(JAN)
    world.build(FEB)
    world.predict(FEB)
    served = world.store.read(PREDICTIONS).slice(0, 1).drop_columns(["as_of", "origin"])
    served = served.append_column("origin", pa.array(["served"]))
    world.store.replace(PREDICTIONS, served, as_of=FEB, where={"origin": "served"})
    world.predict(FEB)
    assert sorted(row["origin"] for row in world.predicted(FEB)) == ["batch"] * 5 + ["served"]
    world.store.remove(DECISIONS, as_of=JAN)
    world.predict(FEB)
    assert [row["origin"] for row in world.predicted(FEB)] == ["served"]
