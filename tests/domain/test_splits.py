from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tenure.domain.durations import Duration
from tenure.domain.splits import (
    SplitPolicy,
    SplitRows,
    entity_codes,
    folds_by_time,
    require_classes,
    split_by_time,
)
from tenure.errors import NotEnoughLabelsError

DAY = np.timedelta64(1, "D")
START = np.datetime64("2023-01-01", "us")


@st.composite
def events(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n_rows = draw(st.integers(6, 60))
    seeds = st.lists(st.integers(0, 25), min_size=n_rows, max_size=n_rows)
    days = np.array([*draw(seeds), 0, 12, 25])
    horizon = draw(st.integers(0, 12))
    times = START + days * DAY
    entities = np.array(draw(st.lists(st.integers(0, 8), min_size=len(days), max_size=len(days))))
    return times, times + horizon * DAY, entities


def split(times: np.ndarray, known: np.ndarray, entities: np.ndarray, **policy: object) -> SplitRows:
    return split_by_time(times, known, entities, policy=SplitPolicy.model_validate(policy))


@given(events())
def test_every_side_lies_after_the_one_before_it_and_no_row_is_on_two(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    rows = split(*drawn, entity_embargo="never")
    times = drawn[0]
    assert times[rows.train].max() < times[rows.validation].min()
    assert times[rows.validation].max() < times[rows.test].min()
    sides = rows.train.astype(int) + rows.validation + rows.test
    assert (sides == 1).all()
    assert rows.split.n_embargoed == 0


@given(events())
def test_days_are_never_parted(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    rows = split(*drawn, entity_embargo="never")
    for day in np.unique(drawn[0]):
        on_day = drawn[0] == day
        assert sum(bool(side[on_day].any()) for _, side in rows.sides()) == 1


@settings(max_examples=60)
@given(events(), st.sampled_from(["overlapping", "always"]), st.integers(0, 6))
def test_what_is_left_out_is_what_a_look_at_every_pair_of_rows_leaves_out(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], entity_embargo: str, gap: int
) -> None:
    times, known, entities = drawn
    whole = split(*drawn, entity_embargo="never")
    try:
        rows = split(*drawn, entity_embargo=entity_embargo, embargo=f"{gap} days")
    except NotEnoughLabelsError:
        return

    def kept(row: int, later: np.ndarray) -> bool:
        too_near = times[row] + gap * DAY > times[later].min()
        again = [
            entities[other] == entities[row] and (entity_embargo == "always" or times[other] <= known[row])
            for other in np.flatnonzero(later)
        ]
        return not too_near and not any(again)

    validation = [row for row in np.flatnonzero(whole.validation) if kept(row, whole.test)]
    assert np.flatnonzero(rows.validation).tolist() == validation
    later = rows.validation | whole.test
    train = [row for row in np.flatnonzero(whole.train) if kept(row, later)]
    assert np.flatnonzero(rows.train).tolist() == train
    assert rows.test.tolist() == whole.test.tolist()
    n_left = int(whole.train.sum() + whole.validation.sum()) - len(train) - len(validation)
    assert rows.split.n_embargoed == n_left


def test_sides_come_as_near_to_their_shares_as_whole_days_allow() -> None:
    times = START + np.repeat(np.arange(20), 5) * DAY
    rows = split(times, times, np.arange(100))
    assert [int(side.sum()) for _, side in rows.sides()] == [70, 15, 15]
    assert rows.split.train.last == date(2023, 1, 14)
    assert rows.split.test.first == date(2023, 1, 18)


def test_a_day_that_holds_nearly_all_rows_leaves_something_for_every_side() -> None:
    times = START + np.array([0, *[1] * 97, 2]) * DAY
    rows = split(times, times, np.arange(99))
    assert [int(side.sum()) for _, side in rows.sides()] == [1, 97, 1]


def test_rows_of_one_day_stay_together_whatever_their_hour() -> None:
    hours = np.timedelta64(1, "h") * np.arange(30)
    times = np.concatenate(
        [START + hours % np.timedelta64(24, "h"), START + 5 * DAY + hours[:3], START + 9 * DAY + hours[:3]]
    )
    rows = split(times, times, np.arange(36))
    assert int(rows.train.sum()) == 30


def test_explicit_days_hold_the_whole_last_day_and_leave_out_what_lies_between() -> None:
    times = np.array(
        ["2023-01-01T00:00", "2023-10-31T23:59", "2023-11-01", "2023-12-05", "2024-01-01"], "M8[us]"
    )
    rows = split(
        times,
        times,
        np.arange(5),
        train=["2023-01-01", "2023-10-31"],
        validation=["2023-12-01", "2023-12-31"],
        test=["2024-01-01", "2024-06-01"],
    )
    assert rows.train.tolist() == [True, True, False, False, False]
    assert rows.validation.tolist() == [False, False, False, True, False]
    assert rows.test.tolist() == [False, False, False, False, True]


def test_an_entity_seen_again_inside_its_outcome_window_is_left_out_and_outside_it_is_not() -> None:
    times = START + np.array([0, 1, 5, 9]) * DAY
    entities = np.array([7, 8, 7, 9])
    shares = {"train": 0.5, "validation": 0.25, "test": 0.25}
    closes_before = split(times, times + 4 * DAY, entities, **shares)
    closes_after = split(times, times + 5 * DAY, entities, **shares)
    assert closes_before.train.tolist() == [True, True, False, False]
    assert closes_after.train.tolist() == [False, True, False, False]
    assert (closes_before.split.n_embargoed, closes_after.split.n_embargoed) == (0, 1)


def test_two_days_of_events_cannot_be_split() -> None:
    times = START + np.array([0, 0, 1]) * DAY
    with pytest.raises(NotEnoughLabelsError, match="fall on 2 days"):
        split(times, times, np.arange(3))


def test_a_side_without_a_class_is_refused_with_its_numbers() -> None:
    times = START + np.repeat(np.arange(10), 10) * DAY
    rows = split(times, times, np.arange(100))
    labels = np.where(np.arange(100) < 80, np.where(np.arange(100) % 2, "a", "b"), "a").astype(object)
    with pytest.raises(NotEnoughLabelsError, match=r"test has 0 rows of class `b`; 1 are needed"):
        require_classes(labels, rows, min_rows=1)


def test_one_class_only_is_refused() -> None:
    times = START + np.arange(10) * DAY
    rows = split(times, times, np.arange(10))
    with pytest.raises(NotEnoughLabelsError, match="of one class, `good`"):
        require_classes(np.full(10, "good", dtype=object), rows, min_rows=1)


def test_entities_are_equal_where_all_their_keys_are_and_null_equals_null() -> None:
    rows = pa.table({"a": ["x", "x", None, None, "x"], "b": [1, 2, 1, 1, 1]})
    codes = entity_codes(rows, ["a", "b"])
    assert codes[0] == codes[4]
    assert codes[2] == codes[3]
    assert len(set(codes.tolist())) == 3


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"train": 0.5, "validation": 0.2, "test": 0.2}, "must sum to 1"),
        ({"train": ["2023-01-01", "2023-06-01"]}, "all as shares or all as"),
        (
            {
                "train": ["2023-01-01", "2023-06-01"],
                "validation": ["2023-06-01", "2023-07-01"],
                "test": ["2023-08-01", "2023-09-01"],
            },
            "must end before validation begins",
        ),
        ({"train": 1.4}, "less than 1"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(policy: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        SplitPolicy.model_validate(policy)


def test_the_embargo_is_written_as_a_duration() -> None:
    assert SplitPolicy.model_validate({"embargo": "1 month"}).embargo == Duration(months=1)


@given(events(), st.integers(1, 6), st.integers(0, 5), st.sampled_from(["never", "overlapping", "always"]))
def test_what_a_fold_holds_out_comes_after_what_it_is_fitted_on_and_shares_no_outcome_with_it(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], n_folds: int, gap: int, entity_embargo: str
) -> None:
    times, known, entities = drawn
    policy = SplitPolicy.model_validate({"embargo": f"{gap} days", "entity_embargo": entity_embargo})
    folds = folds_by_time(times, known, entities, policy=policy, n_folds=n_folds)
    assert 1 <= len(folds) <= n_folds
    never_held_out = ~np.any([held_out for _, held_out in folds], axis=0)
    assert times[never_held_out].max() < min(times[held_out].min() for _, held_out in folds)
    assert np.sum([held_out for _, held_out in folds], axis=0).max() == 1
    for fitted, held_out in folds:
        earlier = times < times[held_out].min()
        assert not (fitted & ~earlier).any()
        for row in np.flatnonzero(earlier):
            too_near = times[row] + gap * DAY > times[held_out].min()
            again = times[held_out][entities[held_out] == entities[row]]
            shared = again.size > 0 and (
                entity_embargo == "always"
                or (entity_embargo == "overlapping" and (again <= known[row]).any())
            )
            assert fitted[row] == (not too_near and not shared)


def test_the_rows_of_one_day_make_no_folds_by_time() -> None:
    day = np.full(9, START)
    assert folds_by_time(day, day, np.arange(9), policy=SplitPolicy(), n_folds=5) == ()
