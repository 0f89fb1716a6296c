from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from tenure.training.algorithms import Checkpoints, Growth, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.growth import Chunk, Predict, grow
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.algorithms.treetable import forest_of, trees_from_bytes, trees_to_bytes
from tenure.training.config import AlgorithmName

GROWING = (AlgorithmName.XGBOOST, AlgorithmName.LIGHTGBM, AlgorithmName.RANDOM_FOREST)


class Killed(BaseException):
    """Stands for a signal: nothing catches it."""


class Dying(Checkpoints):
    """Checkpoints of a process that dies right after it saved so many estimators."""

    def save(self, n_done: int, state: bytes) -> None:
        super().save(n_done, state)
        if n_done == 60:
            raise Killed


@pytest.mark.parametrize("name", GROWING)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_fit_killed_at_60_of_100_estimators_resumes_to_the_same_predictions(
    name: AlgorithmName, n_classes: int, sample: Callable[..., Sample], tmp_path: Path
) -> None:
    rows, fit = sample(n_classes=n_classes), FITS[name]
    growth = Growth(n_estimators=100, every=20, seed=5)
    whole = fit(rows, defaults(SPACES[name]), growth)
    with pytest.raises(Killed):
        fit(rows, defaults(SPACES[name]), replace(growth, checkpoints=Dying(tmp_path)))
    kept = Checkpoints(tmp_path)
    assert [n_done for n_done, _ in kept.saved()] == [20, 40, 60]
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    resumed = fit(rows, defaults(SPACES[name]), replace(growth, checkpoints=kept))
    assert [n_done for n_done, _ in kept.saved()] == [20, 40, 60, 80, 100]
    after = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert before.items() <= after.items()  # what was done was not done again
    unseen = sample(n_classes=n_classes, seed=8).matrix
    np.testing.assert_array_equal(resumed.probabilities(unseen), whole.probabilities(unseen))
    assert resumed.native() == whole.native()


@pytest.mark.parametrize("name", GROWING)
def test_chunks_learn_as_well_as_one_piece(name: AlgorithmName, sample: Callable[..., Sample]) -> None:
    rows, unseen, fit = sample(n_rows=600), sample(seed=8), FITS[name]
    score = {}
    for every in (10, 80):
        model = fit(rows, defaults(SPACES[name]), Growth(80, every, seed=5))
        score[every] = roc_auc_score(unseen.codes, model.probabilities(unseen.matrix)[:, 1])
    assert score[80] > 0.9
    assert score[10] == pytest.approx(score[80], abs=0.02)


def test_chunks_are_seeded_apart_so_that_a_forest_has_different_trees(
    sample: Callable[..., Sample],
) -> None:
    space = defaults(SPACES[AlgorithmName.RANDOM_FOREST])
    model = FITS[AlgorithmName.RANDOM_FOREST](sample(), space, Growth(40, 20, seed=5))
    sizes = [tree.tree_.node_count for tree in model.trees]  # type: ignore[attr-defined]
    assert len(sizes) == 40
    assert sizes[:20] != sizes[20:]


def test_a_file_cut_off_while_it_was_written_is_not_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "000040.part").write_bytes(b"half")
    kept = Checkpoints(tmp_path)
    kept.save(20, b"one")
    assert kept.saved() == ((20, b"one"),)


def nobody_asks(states: tuple[bytes, ...]) -> Predict:
    raise AssertionError(states)


@pytest.mark.parametrize("name", GROWING)
def test_who_watches_sees_the_model_as_it_was_after_each_chunk_but_the_last(
    name: AlgorithmName, sample: Callable[..., Sample]
) -> None:
    rows, unseen = sample(), sample(seed=8).matrix
    parameters = defaults(SPACES[name])
    seen: dict[int, np.ndarray] = {}

    def watch(n_estimators: int, predict: Predict) -> None:
        seen[n_estimators] = predict(unseen)

    FITS[name](rows, parameters, Growth(60, 20, seed=5, watch=watch))
    assert list(seen) == [20, 40]
    for n_estimators, said in seen.items():
        shorter = FITS[name](rows, parameters, Growth(n_estimators, 20, seed=5))
        np.testing.assert_array_equal(said, shorter.probabilities(unseen))


def test_a_chunk_depends_on_the_states_before_it_and_its_own_seed_only() -> None:
    seen: list[tuple[int, Chunk]] = []

    def add(states: tuple[bytes, ...], chunk: Chunk) -> bytes:
        seen.append((len(states), chunk))
        return b"x"

    grow(add, Growth(50, 20, seed=1), n_estimators=50, predict=nobody_asks)
    assert seen == [(0, Chunk(0, 20, 1)), (1, Chunk(20, 20, 21)), (2, Chunk(40, 10, 41))]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_trees_written_as_a_table_predict_what_scikit_learns_forest_predicts(
    n_classes: int, sample: Callable[..., Sample]
) -> None:
    rows = sample(n_classes=n_classes)
    forest = RandomForestClassifier(n_estimators=15, min_samples_leaf=4, random_state=1)
    forest.fit(rows.matrix, rows.codes)
    again = forest_of(trees_from_bytes(trees_to_bytes(forest.estimators_)))
    unseen = sample(seed=4).matrix
    np.testing.assert_array_equal(again.predict_proba(unseen), forest.predict_proba(unseen))
    np.testing.assert_allclose(again.feature_importances_, forest.feature_importances_)
    depths = [tree.tree_.max_depth for tree in again.estimators_]
    assert depths == [tree.tree_.max_depth for tree in forest.estimators_]
