import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association
from sklearn.metrics import roc_auc_score

from tenure.stats.bins import bin_positions, equal_frequency_edges
from tenure.stats.information import (
    column_auc,
    column_auc_by_class,
    contingency_table,
    cramers_v,
    information_value,
)

TABLES = st.lists(st.lists(st.integers(1, 30), min_size=3, max_size=3), min_size=2, max_size=5)


def test_the_auc_of_a_column_is_scikit_learns_in_the_better_direction():
    rng = np.random.default_rng(0)
    target = rng.random(1000) < 0.3
    values = rng.normal(size=1000).round(1) - 0.5 * target
    assert column_auc(values, target) == pytest.approx(1 - roc_auc_score(target, values))


@pytest.mark.parametrize(("more_nulls_in", "best"), [(1, 99), (0, -99)])
def test_null_rows_are_one_group_placed_where_it_tells_most(more_nulls_in: int, best: float):
    rng = np.random.default_rng(1)
    target = rng.integers(0, 2, 500)
    null = rng.random(500) < 0.1 + 0.5 * (target == more_nulls_in)
    values = np.where(null, np.nan, target + rng.normal(size=500))
    expected = roc_auc_score(target, np.where(null, best, values))
    assert column_auc(values, target) == pytest.approx(expected)
    assert expected > roc_auc_score(target, np.where(null, -best, values)) + 0.1


def test_a_column_that_is_null_for_one_class_only_gives_the_target_away():
    target = np.array([0, 1] * 50)
    values = np.where(target == 1, np.nan, np.random.default_rng(0).normal(size=100))
    assert column_auc(values, target) == 1.0


def test_infinite_values_are_not_taken_for_null():
    assert column_auc([np.inf, np.inf, np.nan, np.nan], [1, 1, 0, 0]) == 1.0
    assert column_auc([-np.inf, np.nan, -np.inf, np.nan], [1, 0, 1, 0]) == 1.0


@pytest.mark.parametrize("values", [[5.0] * 4, [np.nan] * 4])
def test_a_constant_or_null_column_knows_nothing(values: list[float]):
    assert column_auc(values, [0, 1, 0, 1]) == 0.5


def test_one_class_has_no_column_auc():
    assert np.isnan(column_auc([1, 2, 3], [1, 1, 1]))
    assert np.isnan(column_auc([], []))


def test_each_class_has_its_own_column_auc():
    target, values = [0, 0, 1, 1, 2, 2], [5, 6, 1, 2, 9, 10]
    assert column_auc_by_class(values, target, n_classes=4).tolist()[:3] == [0.5, 1.0, 1.0]
    assert np.isnan(column_auc_by_class(values, target, n_classes=4)[3])


def test_a_table_counts_each_pair_once():
    groups, target = ["x", None, "x", float("nan"), "y"], [0, 1, 2, 1, 0]
    table = contingency_table(groups, target, n_classes=3)
    assert table.tolist() == [[1, 0, 1], [0, 2, 0], [1, 0, 0]]


def test_a_table_of_no_rows_is_empty():
    assert contingency_table([], []).shape == (0, 2)


def test_groups_and_target_must_be_the_same_rows():
    with pytest.raises(ValueError, match="`groups` has 1, `target` has 2"):
        contingency_table(["a"], [0, 1])


@given(TABLES)
def test_cramers_v_without_correction_is_scipys(table: list[list[int]]):
    expected = association(np.array(table), method="cramer")
    assert cramers_v(table, bias_corrected=False) == pytest.approx(expected, abs=1e-12)


def test_corrected_cramers_v_of_pure_chance_is_near_zero_however_many_groups():
    rng = np.random.default_rng(2)
    plain, corrected = [], []
    for _ in range(20):
        table = contingency_table(rng.integers(0, 200, 1000).tolist(), rng.integers(0, 2, 1000))
        plain.append(cramers_v(table, bias_corrected=False))
        corrected.append(cramers_v(table))
    assert np.mean(plain) > 0.4
    assert np.mean(corrected) < 0.1


def test_corrected_cramers_v_follows_bergsmas_formula():
    table = np.array([[30, 12, 9], [8, 25, 14], [11, 10, 31], [5, 5, 6]])
    n, (r, c) = table.sum(), table.shape
    phi_squared = chi2_contingency(table, correction=False).statistic / n
    corrected = max(0, phi_squared - (r - 1) * (c - 1) / (n - 1))
    r_corrected, c_corrected = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    expected = np.sqrt(corrected / (min(r_corrected, c_corrected) - 1))
    assert cramers_v(table) == pytest.approx(expected)


@pytest.mark.parametrize("bias_corrected", [True, False])
def test_a_group_that_tells_the_class_is_fully_associated(bias_corrected: bool):
    table = np.diag([400, 300, 200])
    assert cramers_v(table, bias_corrected=bias_corrected) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("table", [[[3, 4]], [[3, 0], [4, 0]], [[0, 0], [1, 2]], np.empty((0, 2))])
def test_one_group_or_one_class_has_nothing_to_associate(table: list[list[int]]):
    assert np.isnan(cramers_v(table))


def test_information_value_is_its_textbook_sum_but_for_half_a_row():
    table = np.array([[4000, 500], [3000, 1000], [2000, 1500]])
    good, bad = (table / table.sum(axis=0)).T
    assert information_value(table) == pytest.approx(((good - bad) * np.log(good / bad)).sum(), rel=2e-3)


def test_information_value_sees_a_relation_that_is_not_monotonic():
    rng = np.random.default_rng(3)
    values = rng.normal(size=5000)
    target = np.abs(values) > 1
    table = contingency_table(bin_positions(values, equal_frequency_edges(values)).tolist(), target)
    assert column_auc(values, target) < 0.55
    assert information_value(table) > 3


def test_information_value_of_chance_is_small():
    rng = np.random.default_rng(4)
    table = contingency_table(rng.integers(0, 10, 5000).tolist(), rng.random(5000) < 0.3)
    assert information_value(table) < 0.02


def test_information_value_of_one_class_is_unknown_and_of_three_refused():
    assert np.isnan(information_value([[3, 0], [4, 0]]))
    with pytest.raises(ValueError, match="two classes; the table has 3"):
        information_value([[1, 2, 3]])


@pytest.mark.parametrize(("table", "message"), [([1, 2], "two dimensions"), ([[1, -2], [1, 1]], "0 or more")])
def test_what_is_no_table_is_refused(table: list[list[int]], message: str):
    with pytest.raises(ValueError, match=message):
        cramers_v(table)
