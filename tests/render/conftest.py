"""The lenders of the tests of reports, and how pages are read."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tenure.render import read_history, render_report

_SPEC = importlib.util.spec_from_file_location(
    "tenure_tests_lenders", Path(__file__).parents[1] / "reporting" / "conftest.py"
)
_LENDERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_LENDERS)
datamart, lend, recession = _LENDERS.datamart, _LENDERS.lend, _LENDERS.recession
tables = _LENDERS.tables

VOID = {"meta", "br", "hr", "img", "link", "input"}


@dataclass
class Page(HTMLParser):
    """A page as its reader sees it: its words, its tables, what its tags say."""

    words: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    heading: str = ""

    def __post_init__(self):
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and "table" in self.open:
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.words.append(data)
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def rows(self, *head):
        """The rows of every table that has these headings, as dictionaries."""
        found = []
        for table in self.tables:
            if table and all(name in table[0] for name in head):
                found += [
                    dict(zip(table[0], [cell.strip() for cell in row], strict=True)) for row in table[1:]
                ]
        return found


@pytest.fixture
def read():
    """Parse a page, which must be well-formed."""

    def parse(text: str) -> Page:
        page = Page()
        page.feed(text)
        page.close()
        assert page.open == []
        return page

    return parse


@pytest.fixture(scope="session")
def page_of():
    """The page of the last period of a lender's tables."""

    def render(made, as_of: date | None = None) -> str:
        report = made.reports[-1]
        trained = report.holder.trained if report.holder else None
        day = as_of or report.as_of
        history = read_history(made.store, as_of=day, classes=trained.classes if trained else ())
        return render_report(report, history)

    return render


@pytest.fixture(scope="session")
def page(page_of, recession):
    """The page at the end of the recession."""
    return page_of(recession)
