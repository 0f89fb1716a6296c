from __future__ import annotations

import html.parser
import json
import re
from pathlib import Path

import pytest

from tenure.validation.config import ValidationPolicy

ALWAYS = ValidationPolicy(data_docs="always")
WHEN_FOUND = ValidationPolicy(data_docs="when_found")


@pytest.fixture
def docs(lab) -> Path:
    return lab.root / "reports" / "2024-01-01" / "data_docs"


class Text(html.parser.HTMLParser):
    """The text of a page, and the tags it opens."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags = "", []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def page_text(path: Path) -> str:
    return re.sub(r"\s+", " ", Text(path.read_text(encoding="utf-8")).text)


def test_the_page_of_a_source_says_which_expectation_failed_and_on_what(lab, rows, docs) -> None:
    lab.put(1, rows(1, age=["500"] * 30 + ["30"] * 70))
    lab.validate(policy=WHEN_FOUND)
    text = page_text(docs / "applications.html")
    assert "values must be greater than or equal to 18.0 and less than or equal to 100.0" in text
    assert "30 unexpected values found. 30% of 100 total rows." in text
    assert "500" in text
    assert "Failed" in text


def test_the_index_links_to_a_page_that_is_there(lab, rows, docs) -> None:
    lab.put(1, rows(1))
    lab.validate(policy=ALWAYS)
    links = [attrs["href"] for tag, attrs in Text((docs / "index.html").read_text()).tags if tag == "a"]
    assert links == ["applications.html"]
    assert (docs / "applications.html").is_file()


def test_every_link_of_a_page_leads_somewhere(lab, rows, docs) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    lab.validate(policy=ALWAYS)
    page = Text((docs / "applications.html").read_text())
    ids = {attrs.get("id") for _, attrs in page.tags}
    for target in (attrs.get("href", "#") for tag, attrs in page.tags if tag == "a"):
        assert target[1:] in ids if target.startswith("#") else (docs / target).is_file(), target


def test_the_pages_ask_for_nothing_from_a_network_and_run_no_script(lab, rows, docs) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    lab.validate(policy=ALWAYS)
    for path in docs.iterdir():
        page = path.read_text(encoding="utf-8")
        assert "://" not in page
        assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in Text(page).tags}


def test_two_runs_write_the_same_pages(lab, rows, docs) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    lab.validate(policy=ALWAYS)
    first = {path.name: path.read_bytes() for path in docs.iterdir()}
    lab.validate(policy=ALWAYS)
    assert {path.name: path.read_bytes() for path in docs.iterdir()} == first


def test_when_nothing_is_found_no_page_is_written_unless_always(lab, rows, docs) -> None:
    lab.put(1, rows(1))
    lab.validate(policy=WHEN_FOUND)
    assert not docs.exists()
    lab.validate(policy=ALWAYS)
    assert docs.exists()


def test_pages_of_an_earlier_run_do_not_outlive_what_they_tell_of(lab, rows, docs) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    lab.validate(policy=WHEN_FOUND)
    assert (docs / "applications.html").exists()
    lab.put(1, rows(1))
    lab.validate(policy=WHEN_FOUND)
    assert not docs.exists()


def test_never_means_never(lab, rows, docs) -> None:
    lab.put(1, rows(1, age=["500"] * 100))
    lab.validate(policy=ValidationPolicy(data_docs="never"))
    assert not docs.exists()


def test_values_are_shown_as_text_whatever_they_hold(lab, rows, docs) -> None:
    lab.put(1, rows(1, job=["<script>alert(1)</script>"] * 100))
    seen = {
        "type": "expect_column_distinct_values_to_be_in_set",
        "kwargs": {"column": "job", "value_set": ["x"]},
    }
    (lab.root / "own.json").write_text(json.dumps({"name": "applications", "expectations": [seen]}))
    lab.validate(policy=ValidationPolicy(data_docs="always", suites=("own.json",)))
    page = (docs / "applications.html").read_text(encoding="utf-8")
    assert "script" not in {tag for tag, _ in Text(page).tags}
    assert page_text(docs / "applications.html").count("<script>alert(1)</script>") == 2


def test_a_long_cell_does_not_make_a_long_page(lab, rows, docs) -> None:
    lab.put(1, rows(1, job=["x" * 1_000_000] * 100))
    lab.validate(policy=ALWAYS)
    assert len((docs / "applications.html").read_text()) < 200_000


def test_a_page_of_a_check_that_could_not_run_names_no_folder_of_this_machine(lab, rows, docs) -> None:
    lab.put(1, {name: values for name, values in rows(1).items() if name != "age"})
    lab.validate(policy=ALWAYS)
    page = (docs / "applications.html").read_text()
    assert 'The column "age" in BatchData does not exist' in page.replace("&quot;", '"')
    assert "site-packages" not in page
