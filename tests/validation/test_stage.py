from __future__ import annotations

from datetime import date, datetime

import pytest

from tenure.domain.findings import Outcome, Severity, found
from tenure.domain.sources import Source
from tenure.domain.tables import bronze
from tenure.errors import ProjectError
from tenure.validation.config import ValidationPolicy


def with_rules(source: Source, **settings: object) -> Source:
    return Source.model_validate(source.model_dump() | settings)


def test_a_clean_period_passes_every_check_that_applies(lab, rows) -> None:
    lab.put(1, rows(1))
    validation = lab.validate()
    assert validation.proceeds
    assert found(validation.findings) == ()
    passed = [each.code for each in validation.findings if each.outcome is Outcome.PASSED]
    assert sorted(passed) == sorted(
        ["VAL001", "VAL002", "VAL002", "VAL003", "VAL004", "VAL005", "VAL006", "VAL007", "VAL008", "VAL010"]
    )


def test_every_finding_names_its_source_and_none_is_lost(lab, rows) -> None:
    lab.put(1, rows(1))
    findings = lab.validate().findings
    assert {each.scope for each in findings} == {"applications"}
    assert {each.outcome for each in findings} == {Outcome.PASSED, Outcome.NOT_APPLICABLE}


def test_two_runs_on_the_same_rows_find_the_same(lab, rows) -> None:
    lab.put(1, rows(1, age=["x", "500", *["33"] * 98], job=["pilot"] * 50 + ["cook"] * 50))
    assert lab.validate() == lab.validate()


def test_only_the_rows_of_the_period_are_looked_at(lab, rows, only) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    lab.put(2, rows(2))
    assert only(lab.validate(1), "VAL007").n_rows == 100
    assert only(lab.validate(2), "VAL007").n_rows == 0


def test_a_period_with_an_error_does_not_proceed(lab, rows) -> None:
    lab.put(1, rows(1, id=[None] * 100))
    assert not lab.validate().proceeds


def test_a_period_with_warnings_only_proceeds(lab, rows) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    validation = lab.validate()
    assert validation.proceeds
    assert [each.severity for each in found(validation.findings)] == [Severity.WARNING]


def test_no_table_changes(lab, rows) -> None:
    lab.put(1, rows(1, id=[None] * 100))
    before = lab.store.content_hash(bronze("applications"))
    lab.validate()
    assert lab.store.tables() == (bronze("applications"),)
    assert lab.store.content_hash(bronze("applications")) == before


def test_a_check_of_a_column_that_is_not_there_is_skipped_and_not_passed(lab, rows, only) -> None:
    lab.put(1, {name: values for name, values in rows(1).items() if name != "age"})
    finding = only(lab.validate(), "VAL007", "age")
    assert finding.outcome is Outcome.SKIPPED
    assert '"age"' in finding.message


def test_a_check_of_a_column_without_values_is_skipped_and_not_passed(lab, rows, only) -> None:
    lab.put(1, rows(1, age=[""] * 100))
    assert only(lab.validate(), "VAL007").outcome is Outcome.SKIPPED


def test_a_period_without_rows_skips_what_needs_them(lab, rows) -> None:
    lab.put(1, rows(1))
    findings = lab.validate(2).findings
    skipped = {each.code for each in findings if each.outcome is Outcome.SKIPPED}
    assert skipped == {"VAL001", "VAL003", "VAL004", "VAL005", "VAL006", "VAL007", "VAL008", "VAL010"}
    assert not [each for each in findings if each.outcome is Outcome.PASSED]


def test_a_source_that_was_never_taken_in_is_skipped_too(lab) -> None:
    findings = lab.validate().findings
    assert Outcome.PASSED not in {each.outcome for each in findings}
    assert Outcome.FOUND not in {each.outcome for each in findings}


def test_a_static_source_is_checked_in_the_period_that_brought_it(lab, rows, source) -> None:
    static = with_rules(source, event_time=None)
    untimed = [None] * 100
    lab.put(1, rows(1, age=["500"] * 100), event_times=untimed)
    first, second = lab.validate(1, static), lab.validate(2, static)
    assert [each.code for each in found(first.findings)] == ["VAL007"]
    assert [each.outcome for each in second.findings] == [Outcome.NOT_APPLICABLE]


def test_a_renamed_column_is_checked_under_the_name_of_the_project_file(lab, rows, source, only) -> None:
    table = rows(1)
    table["years"] = table.pop("age")
    lab.put(1, table)
    rules = source.model_dump()["columns"]
    renamed = with_rules(source, columns=rules | {"age": rules["age"] | {"renamed_from": ["years"]}})
    validation = lab.validate(source=renamed)
    assert only(validation, "VAL001").outcome is Outcome.PASSED
    assert only(validation, "VAL007").outcome is Outcome.PASSED


def test_columns_that_came_typed_are_checked_as_they_are(lab, rows, only) -> None:
    lab.put(1, rows(1, age=[20] * 60 + [500] * 40))
    validation = lab.validate()
    assert only(validation, "VAL003").outcome is Outcome.PASSED
    assert only(validation, "VAL007").n_rows == 40


def test_names_with_blanks_dots_and_turkish_letters_are_no_obstacle(lab, rows, source, only) -> None:
    name = "Isıtma Tipi. (%)"
    lab.put(1, rows(1) | {name: ["500"] * 100})
    odd = with_rules(source, columns={name: {"type": "integer", "between": [0, 10]}})
    assert only(lab.validate(source=odd), "VAL007").column == name


def test_a_long_cell_stays_out_of_the_findings(lab, rows) -> None:
    lab.put(1, rows(1, age=["9" * 1_000_000] + ["20"] * 99, job=["x" * 1_000_000] * 100))
    for finding in lab.validate().findings:
        assert len(finding.message) <= 400
        assert all(len(example) <= 61 for example in finding.examples)


def test_keys_longer_than_a_float_can_tell_apart_are_told_apart(lab, rows, source, only) -> None:
    keys = [str(2**60 + row) for row in range(99)]
    lab.put(1, rows(1, id=[*keys, ""]))
    numbered = with_rules(source, columns={"id": {"type": "integer"}})
    assert only(lab.validate(source=numbered), "VAL005").n_rows == 0


def test_parts_of_a_key_do_not_run_into_each_other(lab, rows, source, only) -> None:
    lab.put(1, rows(1, n_rows=2, id=["a | b", "a"], part=["c", "b | c"]))
    keyed = with_rules(source, keys=["id", "part"])
    assert only(lab.validate(source=keyed), "VAL005").n_rows == 0


def test_a_severity_for_a_check_there_is_not_is_refused(lab, rows, source) -> None:
    lab.put(1, rows(1))
    with pytest.raises(ProjectError, match="VAL099") as caught:
        lab.validate(source=with_rules(source, severity={"VAL099": "off", "ING001": "off"}))
    assert len(caught.value.problems) == 1


def test_a_warning_made_an_error_stops_the_period(lab, rows, source) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    assert not lab.validate(source=with_rules(source, severity={"VAL007": "error"})).proceeds
    assert lab.validate(source=with_rules(source, severity={"VAL007": "off"})).proceeds


def test_what_was_found_says_how_much_is_tolerated(lab, rows, only) -> None:
    lab.put(1, rows(1, age=["500"] * 25 + ["30"] * 75))
    finding = only(lab.validate(), "VAL007")
    assert finding.message == ("25 of 100 values of `age` (25.0%) lie outside 18 to 100; at most 10.0% may")
    assert finding.hint
    assert finding.examples == ("500",)


def test_several_sources_keep_their_findings_apart(lab, rows) -> None:
    lab.put(1, rows(1, age=["500"] * 100), name="left")
    lab.put(1, rows(1), name="right")
    left = lab.validate(name="left")
    right = lab.validate(name="right")
    assert {each.scope for each in found(left.findings)} == {"left"}
    assert found(right.findings) == ()


def test_freshness_of_a_period_without_rows_is_that_of_the_rows_before(lab, rows, source, only) -> None:
    lab.put(1, rows(1), event_times=[datetime(2023, 12, 15)] * 100)
    patient = with_rules(source, max_age="3 months")
    strict = with_rules(source, max_age="1 month")
    assert only(lab.validate(2, patient), "VAL013").outcome is Outcome.PASSED
    assert only(lab.validate(2, strict), "VAL013").outcome is Outcome.FOUND


def test_the_month_of_the_period_counts_for_row_counts(lab, rows, only) -> None:
    for month, n_rows in ((1, 100), (2, 100), (3, 100), (4, 20), (5, 100)):
        lab.put(month, rows(month, n_rows=n_rows))
    policy = ValidationPolicy(data_docs="never")
    outcomes = [only(lab.validate(month, policy=policy), "VAL012").outcome for month in (3, 4, 5)]
    assert outcomes == [Outcome.NOT_APPLICABLE, Outcome.FOUND, Outcome.PASSED]


def test_an_outage_is_unlike_the_periods_before(lab, rows, only) -> None:
    for month in (1, 2, 3):
        lab.put(month, rows(month))
    finding = only(lab.validate(4), "VAL012")
    assert (finding.outcome, finding.severity) == (Outcome.FOUND, Severity.WARNING)
    assert "rows of the period: 0" in finding.message


def test_the_period_is_handed_on(lab, rows) -> None:
    lab.put(1, rows(1))
    assert lab.validate().period.as_of == date(2024, 1, 1)


def test_an_event_time_that_is_declared_a_date_is_read_in_the_time_format(lab, rows, source, only) -> None:
    lab.put(1, rows(1, day=["20240101"] * 100))
    stated = with_rules(source, columns={"day": {"type": "date"}}, time_format="%Y%m%d")
    assert only(lab.validate(source=stated), "VAL003").outcome is Outcome.PASSED


def test_a_row_that_came_late_as_well_is_a_copy_and_not_a_conflict(lab, rows, only) -> None:
    twice = {name: [*values[:50], *values[:50]] for name, values in rows(1).items()}
    lab.put(
        1,
        twice,
        event_times=[datetime(2024, 1, 1)] * 100,
        known_at=[datetime(2024, 1, 1)] * 50 + [datetime(2024, 2, 1)] * 50,
    )
    validation = lab.validate()
    assert only(validation, "VAL006").n_rows == 50
    assert only(validation, "VAL005").n_rows == 0
