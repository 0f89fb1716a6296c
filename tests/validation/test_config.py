from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

import tenure
from tenure.domain.findings import Severity
from tenure.validation.codes import CODES, Code
from tenure.validation.config import DataDocs, SuiteFile, ValidationPolicy

PAGES = Path(__file__).resolve().parents[2] / "docs" / "checks"


def test_a_suite_is_a_path_or_a_section() -> None:
    policy = ValidationPolicy.model_validate({"suites": ["a.json", {"path": "b.json", "source": "loans"}]})
    assert policy.suites == (SuiteFile(path="a.json"), SuiteFile(path="b.json", source="loans"))


def test_data_docs_are_written_when_something_is_found_unless_said_otherwise() -> None:
    assert ValidationPolicy().data_docs is DataDocs.WHEN_FOUND


@pytest.mark.parametrize(
    "wrong",
    [
        {"severity": {"VAL099": "off"}},
        {"severity": {"VAL001": "fatal"}},
        {"max_repaired_share": 1.5},
        {"row_count": {"at_most": 0.5}},
        {"data_docs": "sometimes"},
        {"unknown": 1},
    ],
)
def test_what_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ValidationPolicy.model_validate(wrong)


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_page_that_says_how_to_detect_fix_and_mute_it(code: Code) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code}: {CODES[code].title}\n")
    for heading in (
        "## How it is found",
        "## Where the threshold comes from",
        "## What to do",
        "## How to mute it",
    ):
        assert heading in page
    assert f"| severity | {CODES[code].severity} |" in page


def test_the_index_names_every_code() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for code in Code:
        assert f"[{code}]({code}.md)" in index


def test_what_can_lose_rows_or_look_ahead_is_an_error_and_what_is_repaired_is_not() -> None:
    errors = {code for code in Code if CODES[code].severity is Severity.ERROR}
    assert errors == {
        Code.MISSING_COLUMN,
        Code.NULL_KEY,
        Code.KEY_CONFLICT,
        Code.UNDATED,
        Code.USER_SUITE,
    }


def test_importing_the_stage_does_not_import_great_expectations() -> None:
    program = "import sys, tenure.validation; sys.exit('great_expectations' in sys.modules)"
    path = {"PYTHONPATH": str(Path(tenure.__file__).resolve().parents[1])}
    assert subprocess.run([sys.executable, "-c", program], env=os.environ | path, check=False).returncode == 0
