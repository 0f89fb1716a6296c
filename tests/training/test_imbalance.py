from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.neighbors import NearestNeighbors

from tenure.errors import TrainingError
from tenure.ports import Silent
from tenure.stores.memory import MemoryRun
from tenure.training import oversampling
from tenure.training.algorithms import Sample
from tenure.training.candidate import sample_of, search
from tenure.training.config import ModelConfig, SmotePolicy
from tenure.training.oversampling import smote, target_counts
from tenure.training.preparing import Prepared, prepare
from tenure.training.rows import load_labelled_rows
from tenure.training.task import read_arrays
from tenure.training.workshop import open_workshop

POLICY = SmotePolicy(max_ratio=2)
SMOTE = {"smote": {"max_ratio": 2}}
needs_imblearn = pytest.mark.usefixtures("_imblearn")


@pytest.fixture
def _imblearn() -> None:
    pytest.importorskip("imblearn", reason="the extra `imbalance` is not installed")


def rare(sample: Callable[..., Sample]) -> Sample:
    """A sample in which class 1 is left with a tenth of the rows."""
    rows = sample(n_rows=800)
    kept = (rows.codes == 0) | (np.cumsum(rows.codes) % 9 == 0)
    return Sample(rows.matrix[kept], rows.codes[kept], rows.weights[kept], 2)


@needs_imblearn
def test_made_up_rows_come_after_the_real_ones_and_at_most_double_the_rare_class(
    sample: Callable[..., Sample],
) -> None:
    rows = rare(sample)
    matrix, codes = smote(rows.matrix, rows.codes, policy=POLICY, seed=1)
    n_real, n_rare = len(rows.codes), int(rows.codes.sum())
    np.testing.assert_array_equal(matrix[:n_real], rows.matrix)
    assert codes[:n_real].tolist() == rows.codes.tolist()
    assert codes[n_real:].tolist() == [1] * n_rare
    assert matrix.dtype == np.float32


@needs_imblearn
def test_a_made_up_row_lies_between_a_row_of_its_class_and_one_of_its_neighbours() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(300, 2)).astype(np.float32)
    codes = (np.arange(300) % 10 == 0).astype(np.int64)
    made = smote(matrix, codes, policy=SmotePolicy(neighbours=3), seed=0)[0][300:]
    scale = matrix.astype(np.float64).std(axis=0)
    own = matrix[codes == 1] / scale
    _, near = NearestNeighbors(n_neighbors=4).fit(own).kneighbors(own)
    for row in made / scale:
        ends = [(own[i], own[j]) for i, others in enumerate(near) for j in others[1:]]
        assert min(detour(row, *pair) for pair in ends) < 1e-5


def detour(row: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """How much longer the way from start to end gets through the row: 0 on the line between them."""
    lengths = np.linalg.norm(row - start), np.linalg.norm(end - row), np.linalg.norm(end - start)
    return float(lengths[0] + lengths[1] - lengths[2])


@needs_imblearn
def test_columns_of_zeros_and_ones_stay_so_and_nulls_stay_nulls(sample: Callable[..., Sample]) -> None:
    rows = rare(sample)
    rows.matrix[rows.codes == 1, 2] = np.nan  # null in all rows of the rare class
    rows.matrix[0, 4] = np.nan  # a column of 0 and 1 that is null once, in the other class
    made = smote(rows.matrix, rows.codes, policy=POLICY, seed=1)[0][len(rows.codes) :]
    assert set(np.unique(made[:, 4])) <= {0.0, 1.0}
    assert np.isnan(made[:, 2]).all()
    real = rows.matrix[rows.codes == 1]
    numbers = [0, 1, 3, 5, 6, 7, 8, 9]
    medians = np.nanmedian(rows.matrix, axis=0)
    low = np.fmin(np.nanmin(real[:, numbers], axis=0), medians[numbers])
    high = np.fmax(np.nanmax(real[:, numbers], axis=0), medians[numbers])
    inside = np.isnan(made[:, numbers]) | ((made[:, numbers] >= low - 1) & (made[:, numbers] <= high + 1))
    assert inside.all()


@needs_imblearn
def test_the_same_seed_makes_the_same_rows_and_another_one_others(sample: Callable[..., Sample]) -> None:
    rows = rare(sample)
    first, again, other = (smote(rows.matrix, rows.codes, policy=POLICY, seed=s)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other, equal_nan=True)


@needs_imblearn
@pytest.mark.parametrize("columns", [[4], [0, 1]])
def test_columns_of_one_kind_only_will_do(columns: list[int], sample: Callable[..., Sample]) -> None:
    rows = rare(sample)
    matrix = np.nan_to_num(rows.matrix[:, columns])
    made, codes = smote(matrix, rows.codes, policy=POLICY, seed=1)
    assert len(made) == len(codes) == len(rows.codes) + rows.codes.sum()


def test_a_class_never_grows_beyond_the_largest_nor_from_a_single_row() -> None:
    assert target_counts(np.array([0] * 10 + [1] * 8 + [2]), max_ratio=3) == {1: 10}
    assert target_counts(np.array([0, 0, 1, 1]), max_ratio=3) == {}


def test_a_missing_extra_is_told_by_name(
    monkeypatch: pytest.MonkeyPatch, sample: Callable[..., Sample]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "imblearn.over_sampling", None)
    rows = rare(sample)
    with pytest.raises(TrainingError, match="imbalanced-learn, which is not installed"):
        smote(rows.matrix, rows.codes, policy=POLICY, seed=1)


@pytest.fixture
def prepared(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> Prepared:
    bench = make_bench(lender())
    gold = bench.gold()
    rows = load_labelled_rows(
        gold.columns, gold.keys, as_of=gold.period.as_of, store=bench.store, engine=bench.engine
    )
    made = prepare(rows, gold.columns, model=quick(imbalance=SMOTE))
    train = made.sides["train"]
    few = (train.codes == 0) | (np.cumsum(train.codes) % 5 == 0)
    thinned = replace(train, rows=train.rows.take(few), matrix=train.matrix[few], codes=train.codes[few])
    return replace(made, sides={**made.sides, "train": thinned})


def test_smote_is_given_the_rows_fitted_on_and_no_other(
    prepared: Prepared, quick: Callable[..., ModelConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    def spy(matrix: np.ndarray, codes: np.ndarray, **_: object) -> tuple[np.ndarray, np.ndarray]:
        seen.append(matrix.copy())
        return matrix, codes

    monkeypatch.setattr("tenure.training.candidate.smote", spy)
    sample_of(prepared, ("train",), model=quick(), seed=0)
    np.testing.assert_array_equal(seen[0], prepared.sides["train"].matrix)


@needs_imblearn
def test_what_is_made_up_does_not_depend_on_validation_or_test_which_stay_as_they_are(
    prepared: Prepared, quick: Callable[..., ModelConfig], tmp_path: Any
) -> None:
    model = quick(imbalance=SMOTE)

    def arrays(rows: Prepared, name: str) -> Any:
        workshop = open_workshop(rows, folder=tmp_path / name, model=model, seed=7, champion={})
        search(rows, workshop, model=model, seed=7, jobs=1, progress=Silent())
        return read_arrays(workshop.arrays, n_classes=2)

    strange = {
        name: replace(side, matrix=np.full_like(side.matrix, 1e6)) if name != "train" else side
        for name, side in prepared.sides.items()
    }
    usual, other = arrays(prepared, "usual"), arrays(replace(prepared, sides=strange), "other")
    n_real, n_rare = len(prepared.sides["train"].codes), int(prepared.sides["train"].codes.sum())
    assert len(usual.sample.codes) == n_real + n_rare
    np.testing.assert_array_equal(usual.sample.matrix, other.sample.matrix)
    np.testing.assert_array_equal(usual.validation, prepared.sides["validation"].matrix)
    assert (other.validation == 1e6).all()


@needs_imblearn
def test_a_training_with_made_up_rows_ends_in_a_bundle_that_says_so(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender(n_classes=3))
    model = quick(task="multiclass", positive=None, imbalance={"smote": {"max_ratio": 1.5}})
    candidate = bench.train(model)
    provenance = bench.registry.bundle(candidate.version.version) / "provenance.json"
    assert '"smote"' in provenance.read_text()
    assert "imbalanced-learn" in provenance.read_text()


def test_nothing_of_the_library_is_needed_where_classes_are_even() -> None:
    matrix, codes = np.zeros((4, 1), dtype=np.float32), np.array([0, 0, 1, 1])
    assert oversampling.smote(matrix, codes, policy=POLICY, seed=0) == (matrix, codes)


def test_a_forest_of_100_with_class_weights_leaves_its_checkpoints_every_20_with_the_tracker(
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: dict[str, list[str]] = {}

    def look(_: MemoryRun, path: Path, folder: str = "") -> None:
        kept[folder] = sorted(file.stem for file in path.glob("*.checkpoint"))

    monkeypatch.setattr(MemoryRun, "log_file", look)
    bench = make_bench(lender())
    model = quick(
        algorithms=["random_forest"], n_estimators=100, checkpoint_every=20, imbalance="class_weight"
    )
    candidate = bench.train(model)
    trees = bench.registry.bundle(candidate.version.version) / "native" / "trees.parquet"
    assert pq.read_table(trees)["tree"].to_numpy().max() == 99
    assert kept["checkpoints"] == ["000020", "000040", "000060", "000080", "000100"]
    alike = bench.train(quick(algorithms=["random_forest"], n_estimators=100))
    assert alike.version.bundle_sha256 != candidate.version.bundle_sha256  # weights matter
