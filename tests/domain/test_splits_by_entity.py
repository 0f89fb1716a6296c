from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from tenure.domain.splits import (
    SplitPolicy,
    belongs_to,
    entity_positions,
    require_classes,
    split,
    split_by_entity,
)
from tenure.errors import NotEnoughLabelsError

SHARES = {"train": 0.68, "validation": 0.12, "test": 0.20}
DAY = np.datetime64("2024-01-01", "us")


def policy(**changes: object) -> SplitPolicy:
    return SplitPolicy.model_validate({"by": "entity", **SHARES, **changes})


def table(n_entities: int, n_each: int = 1) -> pa.Table:
    return pa.table({"id": [f"customer {number}" for number in range(n_entities)] * n_each})


def test_places_are_spread_evenly_over_entities():
    places = entity_positions(table(5_000), ["id"])
    assert stats.kstest(places, "uniform").pvalue > 0.001


def test_an_entity_has_the_same_place_whatever_other_rows_there_are():
    few, many = (entity_positions(table(n), ["id"]) for n in (10, 1_000))
    assert (few == many[:10]).all()


@given(st.integers(1, 5))
def test_every_row_is_on_one_side_and_no_entity_is_on_two(fold: int):
    rows = table(500, n_each=3)
    sides = split(rows, ["id"], np.full(1_500, DAY), np.full(1_500, DAY), policy=policy(fold=fold))
    assert (sides.train.astype(int) + sides.validation + sides.test == 1).all()
    names = np.array(rows["id"].to_pylist())
    on = [set(names[mask]) for _, mask in sides.sides()]
    assert sum(len(entities) for entities in on) == len(set(names))


def test_the_folds_test_every_entity_once_and_the_shares_are_those_asked_for():
    places = entity_positions(table(20_000), ["id"])
    times = np.full(20_000, DAY)
    folds = [split_by_entity(times, places, policy=policy(fold=fold)) for fold in range(1, 6)]
    assert (sum(fold.test.astype(int) for fold in folds) == 1).all()
    for fold in folds:
        for name, mask in fold.sides():
            assert mask.mean() == pytest.approx(SHARES[name], abs=0.02)


def test_the_spans_find_the_same_rows_again():
    rows, times = table(900), np.full(900, DAY)
    sides = split(rows, ["id"], times, times, policy=policy(fold=4))
    spans = (sides.split.train, sides.split.validation, sides.split.test)
    for span, (_, mask) in zip(spans, sides.sides(), strict=True):
        assert (belongs_to(span, rows, ["id"], times) == mask).all()
        assert span.n_rows == mask.sum()
        assert span.first == date(2024, 1, 1)


def test_rows_of_one_day_can_be_split_by_entity_but_not_by_time():
    rows, times = table(100), np.full(100, DAY)
    assert split(rows, ["id"], times, times, policy=policy()).test.any()
    with pytest.raises(NotEnoughLabelsError, match="1 day"):
        split(rows, ["id"], times, times, policy=SplitPolicy())


def test_a_side_without_rows_is_refused():
    with pytest.raises(NotEnoughLabelsError, match="no labelled row"):
        split(table(2), ["id"], np.full(2, DAY), np.full(2, DAY), policy=policy())


def test_one_class_only_is_refused_by_entity_too():
    rows, times = table(100), np.full(100, DAY)
    sides = split(rows, ["id"], times, times, policy=policy())
    with pytest.raises(NotEnoughLabelsError, match="one class"):
        require_classes(np.full(100, "good", dtype=object), sides, min_rows=1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fold": 6}, "there is no fold 6"),
        ({"embargo": "1 month"}, "no `embargo`"),
        ({"by": "time", "fold": 2}, "there is no fold 2"),
    ],
)
def test_what_does_not_fit_a_split_by_entity_is_told(changes: dict[str, object], told: str):
    with pytest.raises(ValidationError, match=told):
        policy(**changes)


def test_days_do_not_fit_a_split_by_entity():
    days = {side: ["2024-01-01", "2024-01-31"] for side in SHARES}
    with pytest.raises(ValidationError):
        SplitPolicy.model_validate({"by": "entity", **days})
