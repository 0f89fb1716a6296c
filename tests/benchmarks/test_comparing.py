from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from harness.comparing import table_differences


@pytest.fixture
def rows():
    return pd.DataFrame(
        {"id": ["a", "b", "c"], "x": [1.0, np.nan, 1e6], "word": ["one", None, "three"], "n": [1, 2, 3]}
    )


def test_the_same_rows_in_another_order_do_not_differ(rows):
    assert table_differences(rows, rows[["n", "word", "x", "id"]].iloc[::-1], keys=["id"]) == ()


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("x", 0, 1.00001),
        ("x", 1, 0.0),
        ("x", 0, np.nan),
        ("x", 0, np.inf),
        ("x", 2, 1e6 + 10),
        ("word", 1, ""),
        ("word", 0, None),
    ],
)
def test_one_other_value_is_found(rows, column, row, value):
    other = rows.copy()
    other.loc[row, column] = value
    (found,) = table_differences(rows, other, keys=["id"])
    assert found.startswith(f"`{column}`: 1 of 3 rows differ")


def test_numbers_within_the_tolerance_of_their_size_do_not_differ(rows):
    assert table_differences(rows, rows.assign(x=rows.x * (1 + 1e-8)), keys=["id"]) == ()


def test_a_row_that_is_missing_is_found(rows):
    assert table_differences(rows, rows.iloc[:2], keys=["id"]) == ("3 and 2 rows",)


def test_other_keys_are_found(rows):
    other = rows.assign(id=["a", "b", "d"])
    assert table_differences(rows, other, keys=["id"]) == ("the keys of the rows differ",)


def test_a_row_that_is_there_twice_is_found(rows):
    twice = pd.concat([rows, rows.iloc[:1]])
    assert table_differences(twice, twice, keys=["id"]) == ("['id'] do not identify a row",)


def test_a_column_that_only_one_has_is_found(rows):
    assert table_differences(rows, rows.drop(columns="n"), keys=["id"]) == ("columns only in one: ['n']",)


def test_a_null_is_not_the_same_as_infinity(rows):
    differences = table_differences(rows, rows.assign(x=[1.0, np.inf, 1e6]), keys=["id"])
    assert len(differences) == 1
