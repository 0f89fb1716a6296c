from __future__ import annotations

from datetime import date, datetime

import pytest

from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.periods import Period
from tenure.domain.sources import Column, Source
from tenure.validation.checks import Check, Suite
from tenure.validation.codes import Code
from tenure.validation.config import RowCountPolicy, ValidationPolicy
from tenure.validation.history import History
from tenure.validation.suite import Request, generate_suite, identity_columns

MARCH = Period(date(2024, 3, 1))


def suite_of(source: Source, policy: ValidationPolicy | None = None, history: History | None = None) -> Suite:
    return generate_suite(
        Request("loans", source, MARCH, history or History(10)), policy or ValidationPolicy()
    )


def a_source(**settings: object) -> Source:
    return Source.model_validate({"path": "a.csv", "keys": ["id"], "event_time": "day"} | settings)


def check(suite: Suite, code: Code) -> Check:
    (only,) = (each for each in suite.checks if each.code is code)
    return only


def idle(suite: Suite, code: Code) -> Finding:
    (only,) = (each for each in suite.idle if each.code is code)
    return only


def test_a_source_without_column_rules_is_still_checked_for_its_columns_keys_copies_and_times() -> None:
    codes = [each.code for each in suite_of(a_source()).checks]
    assert codes == ["VAL001", "VAL004", "VAL006", "VAL005", "VAL010"]


def test_the_range_becomes_an_expectation_with_the_bounds_of_the_project_file() -> None:
    suite = suite_of(a_source(columns={"age": {"type": "integer", "between": [18, 100]}}))
    made = check(suite, Code.OUT_OF_RANGE)
    assert made.expectation == "expect_column_values_to_be_between"
    assert made.arguments == {"column": "age", "min_value": 18, "max_value": 100, "mostly": 0.9}


def test_a_range_without_an_upper_end_has_no_upper_bound() -> None:
    suite = suite_of(a_source(columns={"income": {"type": "number", "between": [0, float("inf")]}}))
    assert check(suite, Code.OUT_OF_RANGE).arguments["max_value"] is None


def test_what_is_declared_to_be_repaired_is_a_warning_above_a_share() -> None:
    suite = suite_of(
        a_source(columns={"age": {"between": [18, 100]}}), ValidationPolicy(max_repaired_share=0.25)
    )
    made = check(suite, Code.OUT_OF_RANGE)
    assert (made.severity, made.tolerated_share) == (Severity.WARNING, 0.25)


@pytest.mark.parametrize("code", [Code.UNREADABLE, Code.OUT_OF_RANGE])
def test_otherwise_error_tolerates_no_value_at_all(code: Code) -> None:
    rule = {"type": "integer", "between": [18, 100], "otherwise": "error"}
    made = check(suite_of(a_source(columns={"age": rule})), code)
    assert (made.severity, made.tolerated_share) == (Severity.ERROR, 0.0)


def test_a_column_of_text_is_not_checked_for_its_type_because_all_text_reads_as_text() -> None:
    suite = suite_of(a_source(columns={"job": {"type": "category"}}))
    assert Code.UNREADABLE not in {each.code for each in suite.checks}


def test_a_column_without_any_other_check_of_its_values_is_checked_for_being_empty() -> None:
    made = check(suite_of(a_source(columns={"job": {"type": "category"}})), Code.EMPTY_COLUMN)
    assert made.expectation == "expect_column_values_to_not_be_null"


def test_emptiness_is_told_by_the_first_check_of_a_columns_values_and_by_no_other() -> None:
    suite = suite_of(a_source(columns={"age": {"type": "integer", "between": [18, 100]}}))
    told = {each.code: each.severity_of_none for each in suite.checks if each.column == "age"}
    assert told == {Code.UNREADABLE: Severity.WARNING, Code.OUT_OF_RANGE: None}


def test_a_range_of_texts_does_not_apply() -> None:
    suite = suite_of(a_source(columns={"job": {"type": "text", "between": [0, 1]}}))
    assert idle(suite, Code.OUT_OF_RANGE).outcome is Outcome.NOT_APPLICABLE
    assert Code.OUT_OF_RANGE not in {each.code for each in suite.checks}


def test_categories_of_numbers_are_compared_as_numbers_too() -> None:
    suite = suite_of(a_source(columns={"grade": {"type": "integer", "values": ["1", "2"]}}))
    assert check(suite, Code.UNKNOWN_CATEGORY).arguments["value_set"] == ["1", "2", 1.0, 2.0]


def test_categories_of_text_stay_text() -> None:
    suite = suite_of(a_source(columns={"grade": {"type": "category", "values": ["1", "2"]}}))
    assert check(suite, Code.UNKNOWN_CATEGORY).arguments["value_set"] == ["1", "2"]


def test_null_shares_are_of_what_repairs_leave() -> None:
    suite = suite_of(a_source(columns={"age": {"type": "integer", "max_null_share": 0.2}}))
    assert check(suite, Code.NULL_SHARE).arguments == {"column": "age after repairs", "mostly": 0.8}


def test_keys_may_repeat_in_a_child_table() -> None:
    suite = suite_of(a_source(unique=False))
    assert idle(suite, Code.KEY_CONFLICT).outcome is Outcome.NOT_APPLICABLE
    assert Code.KEY_CONFLICT not in {each.code for each in suite.checks}


def test_a_row_known_again_later_is_a_correction_and_not_a_conflict() -> None:
    assert identity_columns(a_source(known_at="loaded")) == ("id", "_event_time", "_known_at")
    assert identity_columns(a_source()) == ("id", "_event_time")


def test_freshness_is_measured_from_the_end_of_the_period() -> None:
    made = check(suite_of(a_source(max_age="1 month")), Code.STALE)
    assert made.arguments["min_value"] == datetime(2024, 2, 1)


def test_without_a_max_age_freshness_does_not_apply() -> None:
    assert idle(suite_of(a_source()), Code.STALE).outcome is Outcome.NOT_APPLICABLE


def test_row_counts_are_compared_with_the_median_of_the_periods_before() -> None:
    policy = ValidationPolicy(row_count=RowCountPolicy(at_least=0.9, at_most=1.1))
    made = check(suite_of(a_source(), policy, History(10, (90, 100, 300))), Code.ROW_COUNT)
    assert made.arguments == {"min_value": 90, "max_value": 110}


def test_with_two_earlier_periods_there_is_nothing_to_compare_a_row_count_with() -> None:
    suite = suite_of(a_source(), history=History(10, (90, 100)))
    assert idle(suite, Code.ROW_COUNT).outcome is Outcome.NOT_APPLICABLE


def test_a_source_without_event_time_has_no_rows_of_a_period_to_count() -> None:
    suite = suite_of(a_source(event_time=None), history=History(10, (5, 5, 5, 5)))
    assert idle(suite, Code.ROW_COUNT).outcome is Outcome.NOT_APPLICABLE
    assert Code.UNDATED not in {each.code for each in suite.checks}


def test_the_word_of_the_source_goes_before_that_of_the_policy() -> None:
    policy = ValidationPolicy(severity={"VAL004": "warning", "VAL005": "warning"})
    suite = suite_of(a_source(severity={"VAL005": "error"}), policy)
    assert check(suite, Code.NULL_KEY).severity is Severity.WARNING
    assert check(suite, Code.KEY_CONFLICT).severity is Severity.ERROR


def test_a_check_that_is_switched_off_is_muted_and_not_run() -> None:
    suite = suite_of(a_source(), ValidationPolicy(severity={"VAL005": "off"}))
    assert idle(suite, Code.KEY_CONFLICT).outcome is Outcome.MUTED
    assert Code.KEY_CONFLICT not in {each.code for each in suite.checks}


def test_a_severity_that_is_stated_holds_for_a_column_of_which_nothing_can_be_read_too() -> None:
    rules = {"age": {"type": "integer"}}
    assert check(suite_of(a_source(columns=rules)), Code.UNREADABLE).severity_of_all is Severity.ERROR
    stated = suite_of(a_source(columns=rules, severity={"VAL003": "warning"}))
    assert check(stated, Code.UNREADABLE).severity_of_all is None


def test_checks_that_look_at_a_private_column_are_private() -> None:
    rules = {"id": Column(pii=True), "age": Column(type="integer"), "ssn": Column(type="integer", pii=True)}
    private = {(each.code, each.column) for each in suite_of(a_source(columns=rules)).checks if each.private}
    assert private == {
        (Code.NULL_KEY, "id"),
        (Code.EXACT_COPY, ""),
        (Code.KEY_CONFLICT, ""),
        (Code.EMPTY_COLUMN, "id"),
        (Code.UNREADABLE, "ssn"),
    }


def test_optional_columns_are_not_required() -> None:
    suite = suite_of(a_source(columns={"age": {}, "fax": {"required": False}}))
    assert check(suite, Code.MISSING_COLUMN).arguments["column_set"] == ["id", "age"]


def test_the_same_request_gives_the_same_suite() -> None:
    source = a_source(columns={"age": {"type": "integer", "between": [18, 100], "max_null_share": 0.1}})
    assert suite_of(source) == suite_of(source)
