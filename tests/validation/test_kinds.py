"""The library's expectations, derived so that each writes its configuration once."""

from __future__ import annotations

import pyarrow as pa
import pytest
from great_expectations.exceptions import ExpectationNotFoundError
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from tenure.domain.findings import Severity
from tenure.validation import expectations
from tenure.validation.checks import Check
from tenure.validation.codes import Code
from tenure.validation.kinds import kind_of

FRAME = pa.table({"age": [17, 20, 20, None, 130], "job": ["cook", "nurse", None, "king", "cook"]})
CHECKS = [
    ("expect_column_values_to_be_between", {"column": "age", "min_value": 18, "max_value": 100}),
    ("expect_column_values_to_be_in_set", {"column": "job", "value_set": ["cook", "nurse"], "mostly": 0.7}),
    ("expect_column_values_to_not_be_null", {"column": "job"}),
    ("expect_column_values_to_be_unique", {"column": "age"}),
    ("expect_column_max_to_be_between", {"column": "age", "max_value": 100}),
    ("expect_column_values_to_be_null", {"column": "nothing"}),
    ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 4}),
    ("expect_table_columns_to_match_set", {"column_set": ["age", "name"], "exact_match": False}),
]


def checks() -> list[Check]:
    return [
        Check(Code.USER_SUITE, Severity.ERROR, expectation, arguments, "rows", "break it")
        for expectation, arguments in CHECKS
    ]


def test_a_derived_expectation_answers_as_the_library_s_own(monkeypatch) -> None:
    ours = expectations.run_checks("loans", checks(), FRAME)
    monkeypatch.setattr(expectations, "kind_of", lambda expectation: expectation)
    own = expectations.run_checks("loans", checks(), FRAME)
    assert expectations.results_of(ours) == expectations.results_of(own)
    assert [each.result for each in ours.results] == [each.result for each in own.results]
    assert [each.success for each in own.results] == [False, True, False, False, False, False, False, False]


@pytest.mark.parametrize(("expectation", "arguments"), CHECKS)
def test_a_derived_expectation_writes_its_configuration_once(expectation, arguments) -> None:
    made = ExpectationConfiguration(type=kind_of(expectation), kwargs=arguments).to_domain_obj()
    assert made.configuration is made.configuration
    assert made.configuration.kwargs == arguments


def test_an_expectation_that_the_library_does_not_have_is_its_own_error() -> None:
    with pytest.raises(ExpectationNotFoundError):
        kind_of("expect_the_moon")
