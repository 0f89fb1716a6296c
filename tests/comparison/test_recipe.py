from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pytest

from tenure.bundle.provenance import Member, members_record
from tenure.comparison import fitting
from tenure.domain.tables import DECISIONS
from tenure.stores.delta import DeltaStore
from tenure.training.config import ModelConfig

SINCE, AS_OF = date(2024, 6, 30), date(2024, 12, 31)


@pytest.fixture
def choose(tmp_path, monkeypatch):
    """Chooses with a blend in office since June, most of it a decision tree."""
    store = DeltaStore(tmp_path)
    row = {"kind": "promotion", "model": "loans", "model_version": 3, "bundle_sha256": "abc"}
    store.replace(DECISIONS, pa.Table.from_pylist([row]), as_of=SINCE)
    asked = []

    def load(folder, *, sha256):
        asked.append((folder, sha256))
        tree = {"max_depth": 3, "min_samples_leaf": 17, "criterion": "entropy"}
        members = [Member("logistic_regression", 0.3, {"C": 0.5}), Member("decision_tree", 0.7, tree)]
        return SimpleNamespace(provenance={"members": members_record(members)})

    monkeypatch.setattr(fitting, "load_bundle", load)
    registry = SimpleNamespace(bundle=lambda version: tmp_path / str(version))

    def _choose(as_of: date, **model):
        return fitting.choose_recipe(
            ModelConfig.model_validate(model), as_of=as_of, registry=registry, store=store
        )

    yield _choose
    assert all(sha256 == "abc" for _, sha256 in asked)


def test_the_recipe_is_the_champions_and_of_a_blend_the_heaviest(choose):
    recipe = choose(AS_OF)
    assert (recipe.algorithm.value, recipe.taken_from) == ("decision_tree", "version 3, in office")
    assert recipe.parameters == {"max_depth": 3, "min_samples_leaf": 17, "criterion": "entropy"}


def test_who_takes_office_at_the_end_of_the_period_is_not_yet_asked(choose):
    assert choose(SINCE).taken_from == "its defaults"


def test_a_champion_of_another_algorithm_than_the_projects_lends_nothing(choose):
    recipe = choose(AS_OF, algorithms=["lightgbm"])
    assert (recipe.algorithm.value, recipe.taken_from) == ("lightgbm", "its defaults")


def test_of_a_blend_only_what_the_project_names_counts(choose):
    recipe = choose(AS_OF, algorithms=["lightgbm", "logistic_regression"])
    assert (recipe.algorithm.value, dict(recipe.parameters)) == ("logistic_regression", {"C": 0.5})
