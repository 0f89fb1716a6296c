from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from sklearn.preprocessing import TargetEncoder

from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.splits import SplitBy, entity_positions
from tenure.errors import TrainingError
from tenure.stats.evaluate import class_codes
from tenure.training.config import ModelConfig
from tenure.training.encoder import fit_encoder
from tenure.training.encoding.policy import EncodingPolicy
from tenure.training.encoding.target import Outcomes, entity_folds, fit_target, shares_out_of_fold
from tenure.training.preparing import prepare
from tenure.training.rows import LabelledRows

CLASSES = ("good", "late", "lost")
STREET = FeatureColumn("street", FeatureKind.CATEGORY, "test")
M = 5.0


def rows_of(n_rows: int = 400, *, n_classes: int = 2, seed: int = 0, delay: int = 40) -> LabelledRows:
    """Rows over a year, several entities twice, a label known `delay` days later, streets that tell."""
    rng = np.random.default_rng(seed)
    first = datetime(2023, 1, 1)
    days = np.sort(rng.integers(0, 365, n_rows))
    streets = rng.choice([*(f"street {n}" for n in range(12)), None], n_rows).astype(object)
    risk = np.array([0.5 if street is None else int(street[7:]) / 12 for street in streets])
    codes = np.minimum(
        (rng.random(n_rows) < risk).astype(int) * rng.integers(1, n_classes, n_rows), n_classes
    )
    return LabelledRows(
        pa.table(
            {
                "customer": pa.array(rng.integers(0, n_rows * 3 // 4, n_rows)),
                "event_time": pa.array([first + timedelta(days=int(day)) for day in days]),
                "label_known_at": pa.array([first + timedelta(days=int(day) + delay) for day in days]),
                "label": pa.array([CLASSES[code] for code in codes]),
                "street": pa.array(streets.tolist(), pa.string()),
            }
        ),
        ("customer",),
    )


def outcomes_of(rows: LabelledRows, *, n_classes: int = 2, by: SplitBy = SplitBy.TIME) -> Outcomes:
    classes = CLASSES[:n_classes]
    positions = entity_positions(rows.table, rows.keys) if by is SplitBy.ENTITY else None
    codes = class_codes(rows.labels, classes)
    return Outcomes(codes, classes, rows.event_times, rows.label_known_at, positions)


def streets_of(rows: LabelledRows) -> np.ndarray:
    return np.array(rows.table["street"].to_pylist(), dtype=object)


def with_labels(rows: LabelledRows, labels: list[str]) -> LabelledRows:
    place = rows.table.column_names.index("label")
    return LabelledRows(rows.table.set_column(place, "label", pa.array(labels)), rows.keys)


def flipped(rows: LabelledRows, places: np.ndarray) -> LabelledRows:
    labels = rows.labels.copy()
    labels[places] = np.where(labels[places] == "good", "late", "good")
    return with_labels(rows, labels.tolist())


def own_shares(rows: LabelledRows, *, n_classes: int = 2, by: SplitBy = SplitBy.TIME) -> np.ndarray:
    outcomes = outcomes_of(rows, n_classes=n_classes, by=by)
    return shares_out_of_fold(streets_of(rows), outcomes, smoothing=M, n_folds=5)


def m_estimate(labels: np.ndarray, everything: np.ndarray, wanted: str, n_classes: int) -> float:
    prior = ((everything == wanted).sum() + 1) / (everything.size + n_classes)
    return float(((labels == wanted).sum() + M * prior) / (labels.size + M))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_training_row_is_given_the_m_estimate_of_what_was_known_before_its_event(n_classes: int) -> None:
    rows = rows_of(n_classes=n_classes)
    shares, streets = own_shares(rows, n_classes=n_classes), streets_of(rows)
    assert shares.shape == (400, n_classes - 1)
    for row in range(400):
        known = rows.label_known_at < rows.event_times[row]
        same = known & (streets == streets[row])
        for column, wanted in enumerate(CLASSES[1:n_classes]):
            expected = m_estimate(rows.labels[same], rows.labels[known], wanted, n_classes)
            expected = expected if known.any() else np.nan
            assert shares[row, column] == pytest.approx(expected, abs=1e-7, nan_ok=True)


def test_a_split_by_entity_gives_a_training_row_the_m_estimate_of_the_other_folds() -> None:
    rows = rows_of()
    folds = entity_folds(entity_positions(rows.table, rows.keys), 5)
    shares, streets = own_shares(rows, by=SplitBy.ENTITY), streets_of(rows)
    for row in range(400):
        others = folds != folds[row]
        same = others & (streets == streets[row])
        expected = m_estimate(rows.labels[same], rows.labels[others], "late", 2)
        assert shares[row, 0] == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("by", list(SplitBy))
@pytest.mark.parametrize("delay", [0, 40, -3])
def test_no_rows_own_label_changes_its_own_encoding(by: SplitBy, delay: int) -> None:
    rows = rows_of(120, delay=delay)
    before = own_shares(rows, by=by)
    for row in range(120):
        after = own_shares(flipped(rows, np.array([row])), by=by)
        np.testing.assert_array_equal(after[row], before[row])


def test_a_label_changes_only_rows_whose_event_comes_after_it_was_known() -> None:
    rows = rows_of()
    changed = np.array([37])
    differs = ~np.isclose(own_shares(rows), own_shares(flipped(rows, changed)), atol=1e-12, equal_nan=True)
    later = rows.event_times > rows.label_known_at[37]
    assert differs[later, 0].any()
    assert not differs[~later, 0].any()


@pytest.mark.parametrize("by", list(SplitBy))
def test_permuted_labels_cannot_be_read_from_the_encoding_of_training_rows(by: SplitBy) -> None:
    """With its own label in it, an encoding goes with labels that were drawn at random."""
    rng = np.random.default_rng(5)
    correlations = []
    for _ in range(20):
        rows = rows_of(300, delay=0, seed=int(rng.integers(1 << 30)))
        rows = with_labels(rows, rng.permutation(rows.labels).tolist())
        is_late = rows.labels == "late"
        shares = own_shares(rows, by=by)[:, 0]
        known = ~np.isnan(shares)
        correlations.append(np.corrcoef(shares[known], is_late[known])[0, 1])
        told = fit_target(streets_of(rows), outcomes_of(rows), smoothing=M)
        by_street = dict(zip(told.categories, told.shares, strict=True))
        leaking = [by_street[street][0] for street in streets_of(rows)]
        assert np.corrcoef(leaking, is_late)[0, 1] > 0.1
    assert np.mean(correlations) < 0.05


def test_later_rows_are_given_the_shares_of_all_training_rows_as_scikit_learn_has_them() -> None:
    rows = rows_of(4_000)
    streets = streets_of(rows)
    learned = fit_target(streets, outcomes_of(rows), smoothing=M)
    peer = TargetEncoder(smooth=M, target_type="binary").fit(streets.reshape(-1, 1), rows.labels == "late")
    expected = dict(zip(peer.categories_[0], peer.encodings_[0], strict=True))
    # its prior is N_c / N, ours (N_c + 1) / (N + 2): apart by less than 1 / N, counted as m of n rows
    for category, (share,) in zip(learned.categories, learned.shares, strict=True):
        assert share == pytest.approx(expected[category], abs=1e-4)


def test_null_is_a_category_and_the_unknown_gets_the_shares_of_all() -> None:
    rows = rows_of()
    learned = fit_target(streets_of(rows), outcomes_of(rows), smoothing=M)
    assert learned.categories[-1] is None
    late = (rows.labels == "late").sum()
    assert learned.unknown[0] == pytest.approx((late + 1) / (400 + 2), abs=1e-7)


def test_where_no_label_is_known_the_shares_are_null() -> None:
    assert np.isnan(own_shares(rows_of(delay=1_000))).all()


def model_of(quick: Callable[..., ModelConfig], **split: object) -> ModelConfig:
    return quick(encoding={"features": {"street": {"method": "target", "smoothing": M}}}, split=split)


@pytest.mark.parametrize("by", ["time", "entity"])
def test_labels_of_validation_and_test_change_no_encoding(quick: Callable[..., ModelConfig], by: str) -> None:
    rows = rows_of(1_200)
    model = model_of(quick, by=by, entity_embargo="never")
    before = prepare(rows, [STREET], model=model)
    identities = {tuple(row.values()) for row in _ids(before.sides["train"].rows)}
    others = np.array([tuple(row.values()) not in identities for row in _ids(rows)])
    after = prepare(flipped(rows, others), [STREET], model=model)
    assert others.sum() > 200
    for side in ("train", "validation", "test"):
        np.testing.assert_array_equal(before.sides[side].matrix, after.sides[side].matrix)
    assert before.encoder.specs == after.encoder.specs


def _ids(rows: LabelledRows) -> list[dict[str, object]]:
    ids: list[dict[str, object]] = rows.table.select(["customer", "event_time", "street"]).to_pylist()
    return ids


def test_training_rows_are_encoded_out_of_fold_and_all_others_by_all_training_rows(
    quick: Callable[..., ModelConfig],
) -> None:
    prepared = prepare(rows_of(1_200), [STREET], model=model_of(quick))
    train, encoder = prepared.sides["train"], prepared.encoder
    np.testing.assert_allclose(train.matrix, own_shares(train.rows), atol=1e-7)
    assert (train.matrix != encoder.encode(train.rows)).mean() > 0.9
    for name in ("validation", "test"):
        side = prepared.sides[name]
        np.testing.assert_array_equal(side.matrix, encoder.encode(side.rows))


def test_only_the_rows_it_was_fitted_on_are_encoded_as_training_rows() -> None:
    rows = rows_of()
    policy = EncodingPolicy(features={"street": "target"})
    encoder = fit_encoder(rows, [STREET], policy=policy)
    with pytest.raises(TrainingError, match="other rows than these 399"):
        encoder.encode_training(rows.take(np.arange(400) != 3))


def test_folds_hold_whole_entities_and_as_many_each() -> None:
    positions = np.repeat(np.random.default_rng(0).random(100), 3)
    folds = entity_folds(positions, 5)
    assert np.bincount(folds).tolist() == [60] * 5
    assert all(len(set(folds[positions == place])) == 1 for place in np.unique(positions))


def test_outcomes_of_the_same_rows_by_other_classes_swap_the_shares() -> None:
    rows = rows_of()
    one = outcomes_of(rows)
    other = replace(one, classes=one.classes[::-1], codes=1 - one.codes)
    shares = [shares_out_of_fold(streets_of(rows), each, smoothing=M, n_folds=5) for each in (one, other)]
    known = ~np.isnan(shares[0])
    assert known.sum() > 300
    np.testing.assert_allclose((shares[0] + shares[1])[known], 1, atol=1e-6)
