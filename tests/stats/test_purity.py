import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tenure.stats.purity import group_purity, null_pattern, pure_row_share

CLASS_COUNTS = st.lists(st.integers(0, 12), min_size=2, max_size=2)
Counts = list[int]


@given(st.lists(CLASS_COUNTS, min_size=1, max_size=6))
def test_purity_is_the_share_of_the_most_frequent_class(table: list[Counts]):
    groups = group_purity(table)
    for place, counts in enumerate(table):
        assert groups.n_rows[place] == sum(counts)
        if sum(counts):
            assert groups.purity[place] == pytest.approx(max(counts) / sum(counts))
            assert counts[groups.majority_class[place]] == max(counts)
        else:
            assert np.isnan(groups.purity[place])


def test_rows_of_pure_groups_large_enough_are_counted():
    table = [[40, 0], [0, 35], [29, 0], [50, 46]]
    assert pure_row_share(table, min_rows=30) == pytest.approx(75 / 200)
    assert pure_row_share(table, min_rows=29) == pytest.approx(104 / 200)


def test_an_identifier_is_not_pure_only_because_each_value_occurs_once():
    table = np.eye(2)[np.random.default_rng(0).integers(0, 2, 500)]
    assert pure_row_share(table) == 0.0


@pytest.mark.parametrize("table", [np.empty((0, 2)), [[0, 0]], [[40, 0], [50, 0]]])
def test_without_rows_or_with_one_class_purity_says_nothing(table: list[Counts]):
    assert np.isnan(pure_row_share(table))


def test_null_exactly_when_the_target_is_one_value_is_exact():
    pattern = null_pattern([0, 300], [700, 0])
    assert pattern.is_exact
    assert pattern.is_one_sided
    assert (pattern.null_class, pattern.present_class) == (1, 0)
    assert pattern.chance < 1e-200


def test_a_value_only_for_one_class_is_one_sided_though_null_is_mixed():
    """A recovered amount: nobody who paid has one, and not everybody who did not pay."""
    pattern = null_pattern([700, 200], [0, 100])
    assert pattern.is_one_sided
    assert not pattern.is_exact
    assert pattern.present_purity == 1.0
    assert pattern.null_purity == pytest.approx(7 / 9)


def test_nulls_strewn_blindly_are_neither():
    pattern = null_pattern([70, 30], [630, 270])
    assert not pattern.is_one_sided
    assert pattern.chance == 1.0


@given(CLASS_COUNTS, CLASS_COUNTS)
def test_the_chance_is_hypergeometric(null: Counts, present: Counts):
    total = np.array(null) + np.array(present)
    expected = 1.0
    for side in (null, present):
        if sum(side) and max(side) == sum(side):
            of_class = total[int(np.argmax(side))]
            drawn = stats.hypergeom(int(total.sum()), int(of_class), sum(side))
            expected = min(expected, float(drawn.pmf(sum(side))))
    assert null_pattern(null, present).chance == pytest.approx(expected, rel=1e-9)


def test_a_column_without_nulls_has_no_null_pattern():
    pattern = null_pattern([0, 0], [70, 30])
    assert np.isnan(pattern.null_purity)
    assert not pattern.is_one_sided
    assert (pattern.n_null, pattern.n_present) == (0, 100)


def test_one_class_only_makes_a_pure_side_no_surprise():
    assert null_pattern([30, 0], [70, 0]).chance == pytest.approx(1.0)
    assert not null_pattern([30, 0], [70, 0]).is_exact


def test_three_classes_are_told_apart():
    pattern = null_pattern([0, 0, 50], [40, 30, 0])
    assert pattern.null_class == 2
    assert pattern.is_one_sided
    assert not pattern.is_exact


def test_counts_of_other_classes_are_refused():
    with pytest.raises(ValueError, match="same rows"):
        null_pattern([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="two dimensions"):
        group_purity([1, 2])
