from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tenure.domain.findings import Outcome, Severity
from tenure.domain.sources import Column, Source
from tenure.errors import ProjectError
from tenure.validation.config import DataDocs, ValidationPolicy

SHORT_NAMES = {
    "type": "expect_column_value_lengths_to_be_between",
    "kwargs": {"column": "id", "max_value": 4},
    "severity": "warning",
}


def write(folder: Path, expectations: list[dict[str, Any]], name: str = "applications") -> ValidationPolicy:
    (folder / "suites").mkdir(exist_ok=True)
    document = {"name": name, "expectations": expectations, "meta": {}}
    (folder / "suites" / "own.json").write_text(json.dumps(document))
    return ValidationPolicy(suites=("suites/own.json",), data_docs="never")


def test_an_expectation_of_a_suite_of_ones_own_is_found_broken(lab, rows, only) -> None:
    lab.put(1, rows(1))
    finding = only(lab.validate(policy=write(lab.root, [SHORT_NAMES])), "VAL020")
    assert (finding.outcome, finding.severity, finding.column) == (Outcome.FOUND, Severity.WARNING, "id")
    assert finding.n_rows == sum(len(f"C1-{row}") > 4 for row in range(100)) > 0


def test_its_severity_is_that_of_the_suite_and_critical_stops_the_period(lab, rows) -> None:
    lab.put(1, rows(1, id=["too long a name"] * 100, age=[str(row) for row in range(18, 118)]))
    critical = {key: value for key, value in SHORT_NAMES.items() if key != "severity"}
    assert not lab.validate(policy=write(lab.root, [critical])).proceeds


def test_what_is_expected_passes(lab, rows, only) -> None:
    lab.put(1, rows(1))
    generous = SHORT_NAMES | {"kwargs": {"column": "id", "max_value": 50}}
    assert only(lab.validate(policy=write(lab.root, [generous])), "VAL020").outcome is Outcome.PASSED


def test_columns_without_rules_are_there_for_it_as_received(lab, rows, only) -> None:
    lab.put(1, rows(1, note=["  kept  "] * 100))
    exact = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "note", "value_set": ["  kept  "]},
    }
    assert only(lab.validate(policy=write(lab.root, [exact])), "VAL020").outcome is Outcome.PASSED


def test_declared_columns_are_there_for_it_as_their_type(lab, rows, only) -> None:
    lab.put(1, rows(1, age=["10", "30"] * 50))
    mean = {
        "type": "expect_column_mean_to_be_between",
        "kwargs": {"column": "age", "min_value": 19.9, "max_value": 20.1},
    }
    assert only(lab.validate(policy=write(lab.root, [mean])), "VAL020").outcome is Outcome.PASSED


def test_what_cannot_be_evaluated_is_skipped_and_not_passed(lab, rows, only) -> None:
    lab.put(1, rows(1))
    nowhere = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "nowhere"}}
    finding = only(lab.validate(policy=write(lab.root, [nowhere])), "VAL020")
    assert finding.outcome is Outcome.SKIPPED
    assert "nowhere" in finding.message


def test_a_suite_is_for_the_source_it_names_and_for_no_other(lab, rows) -> None:
    lab.put(1, rows(1), name="other")
    policy = write(lab.root, [SHORT_NAMES])
    with pytest.raises(ProjectError, match="`applications`"):
        lab.validate(name="other", policy=policy)


def test_the_source_can_be_said_beside_the_path(lab, rows, only) -> None:
    lab.put(1, rows(1))
    write(lab.root, [SHORT_NAMES], name="anything")
    policy = ValidationPolicy(
        suites=({"path": "suites/own.json", "source": "applications"},), data_docs="never"
    )
    assert only(lab.validate(policy=policy), "VAL020").outcome is Outcome.FOUND


def test_every_problem_of_every_suite_is_told_at_once(lab, rows) -> None:
    lab.put(1, rows(1))
    write(lab.root, [{"kwargs": {}}, {"type": "expect_nothing", "kwargs": []}])
    (lab.root / "broken.json").write_text("{")
    policy = ValidationPolicy(suites=("suites/own.json", "broken.json", "missing.json"))
    with pytest.raises(ProjectError) as caught:
        lab.validate(policy=policy)
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 4
    assert "expectation 1 has no `type`" in told
    assert "expectation 2: `kwargs` is not an object" in told
    assert "broken.json: it is not JSON" in told
    assert "missing.json: it cannot be read" in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "expect_the_moon", "kwargs": {}},
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age"}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"colum": "age"}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "age"}, "severity": "dire"},
    ],
)
def test_an_expectation_that_great_expectations_does_not_know_is_refused(lab, rows, wrong) -> None:
    lab.put(1, rows(1))
    with pytest.raises(ProjectError, match=r"validation\.suites"):
        lab.validate(policy=write(lab.root, [wrong]))


def test_a_file_that_is_no_suite_is_refused(lab, rows) -> None:
    lab.put(1, rows(1))
    (lab.root / "list.json").write_text("[]")
    with pytest.raises(ProjectError, match="not a JSON object"):
        lab.validate(policy=ValidationPolicy(suites=("list.json",)))


@pytest.mark.parametrize(
    "expectation",
    [
        {"type": "expect_column_value_lengths_to_be_between", "kwargs": {"column": "ssn", "max_value": 3}},
        {
            "type": "expect_column_distinct_values_to_be_in_set",
            "kwargs": {"column": "ssn", "value_set": ["x"]},
        },
        {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["job", "ssn"]}},
        {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "ssn", "max_value": 3}},
        {"type": "expect_column_max_to_be_between", "kwargs": {"column": "ssn", "max_value": "0"}},
        {
            "type": "expect_column_values_to_match_regex",
            "kwargs": {"column": "ssn", "regex": "^$", "result_format": "COMPLETE"},
        },
    ],
)
def test_no_expectation_brings_a_private_value_to_light(lab, rows, expectation, capfd, caplog) -> None:
    number = "078-05-1120"
    source = Source(path="a", keys=("id",), event_time="day", columns={"ssn": Column(pii=True)})
    lab.put(1, rows(1, ssn=[number] * 100))
    policy = write(lab.root, [expectation]).model_copy(update={"data_docs": DataDocs.ALWAYS})
    validation = lab.validate(source=source, policy=policy)
    pages = [path.read_text() for path in (lab.root / "reports").rglob("*.html")]
    assert pages
    assert "VAL020" in {each.code for each in validation.findings}
    everything = [str(validation), *pages, *capfd.readouterr(), caplog.text]
    assert number not in "\n".join(everything)
