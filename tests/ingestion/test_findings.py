from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import pytest

from tenure.cleaning import findings as cleaning
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.periods import Period
from tenure.ingestion import findings as ingestion
from tenure.ingestion.findings import (
    check_late,
    check_new_columns,
    check_optional_columns,
    check_rows,
    check_static,
    check_undated,
)

CHECKS = Path(__file__).resolve().parents[2] / "docs" / "checks"
MARCH = Period(date(2024, 3, 1))
WORST = (
    check_rows("loans", MARCH, 0, None),
    check_late("loans", MARCH, 10**9, datetime(2000, 1, 1), is_new=False),
    check_undated("loans", "c" * 300, 10**9, 10**9, ["v" * 10**6] * 500),
    check_new_columns("loans", ["n" * 1000] * 300, ["g" * 1000] * 300),
    check_optional_columns("loans", ["m" * 1000] * 300),
    check_static("loans", 10**9, n_before=10**9),
)


@pytest.mark.parametrize("code", [*ingestion.Code, *cleaning.Code])
def test_every_code_has_a_page_that_says_how_why_and_what_to_do(code: StrEnum) -> None:
    page = (CHECKS / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code}: ")
    for heading in (
        "## How it is found",
        "## Where the threshold comes from",
        "## What to do",
        "## How to mute it",
    ):
        assert heading in page
    of_log = code in {ingestion.Code.LOG_LINES, ingestion.Code.SERVED_ENTITIES}
    assert ("It cannot be muted" if of_log else f'{{{code}: "off"}}') in page
    for linked in re.findall(r"\]\((\w+\.md)\)", page):
        assert (CHECKS / linked).is_file(), linked


@pytest.mark.parametrize("code", [*ingestion.Code, *cleaning.Code])
def test_every_code_is_listed(code: StrEnum) -> None:
    assert f"[{code}]({code}.md)" in (CHECKS / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("finding", WORST, ids=lambda finding: finding.code)
def test_a_finding_is_bounded_however_large_the_data(finding: Finding) -> None:
    assert finding.outcome is Outcome.FOUND
    assert len(finding.message) < 1100
    assert len(finding.examples) <= 5
    assert all(len(example) <= 60 for example in finding.examples)
    assert finding.hint


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (check_new_columns("loans", ["debt"], []), "1 column of `loans` is new: `debt`"),
        (check_new_columns("loans", ["debt", "job"], []), "2 columns of `loans` are new: `debt`, `job`"),
        (
            check_optional_columns("loans", ["debt"]),
            "1 declared column of `loans` did not come and is null: `debt`",
        ),
        (
            check_late("loans", MARCH, 1, datetime(2024, 2, 29), is_new=False),
            "1 row came up to 1 day after it could have been known; it counts as known at the end of 2024-03",
        ),
        (
            check_late("loans", MARCH, 12, datetime(2024, 2, 28), is_new=False),
            "12 rows came up to 2 days after they could have been known; they count as known",
        ),
    ],
)
def test_one_is_told_in_the_singular_and_more_in_the_plural(finding: Finding, said: str) -> None:
    assert finding.message.startswith(said)


def test_no_finding_of_ingestion_stops_a_period_by_itself() -> None:
    assert {finding.severity for finding in WORST} <= {Severity.WARNING, Severity.INFO}


def test_what_is_as_it_should_be_is_told_as_passed() -> None:
    passed = (
        check_rows("loans", MARCH, 5, None),
        check_late("loans", MARCH, 0, None, is_new=True),
        check_undated("loans", "day", 5, 0, ()),
        check_new_columns("loans", (), ("gone",)),
        check_optional_columns("loans", ()),
        check_static("loans", 5, n_before=None),
    )
    assert {finding.outcome for finding in passed} == {Outcome.PASSED}
    assert [finding.code for finding in passed] == [finding.code for finding in WORST]
