"""The pages: self-contained, the sentence first, no personal value."""

import re
from datetime import date

import pytest

from tenure.domain.report import Concern
from tenure.exploration.summary import Bar, Exploration, KeySummary, PeriodStrength, SourceSummary, Worry
from tenure.render import render_exploration
from tenure.render.exploration import index_headline
from tenure.render.exploring import spark, strength_line


@pytest.fixture
def pages(explored, csv_of):
    rows = [(n, f"{100 + n}-12-{1000 + n}", "_______" if n % 3 == 0 else "Lawyer") for n in range(300)]
    return render_exploration(explored({"people.csv": csv_of(["person_id", "SSN", "job"], rows)}))


def test_pages_load_nothing(pages):
    for page in pages.values():
        assert not re.search(r'<script|<link|<img|src=|url\(|href="https?:', page)
        assert "default-src 'none'" in page
        assert "prefers-color-scheme: dark" in page


def test_the_first_sentence_says_what_to_worry_about(pages):
    heading = re.search(r"<h1>(.*?)</h1>", pages["sources/people.html"])[1]
    assert heading == (
        "<code>job</code> has 100 values (33 %) that say that there is no value, such as "
        "<code>_______</code>; 1 more below."
    )


def test_no_personal_value_is_on_a_page(pages):
    assert "SSN" in pages["sources/people.html"]
    assert "-12-1" not in "".join(pages.values())


def test_every_link_of_the_index_leads_to_a_page(pages):
    links = re.findall(r'href="(sources/[^"]+)"', pages["index.html"])
    assert links == ["sources/people.html"]
    assert set(links) <= set(pages)


def test_every_worry_leads_to_a_column(pages):
    page = pages["sources/people.html"]
    for anchor in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{anchor}"' in page


def test_nothing_to_worry_about_is_said():
    key = KeySummary(("id",), None, True, 0, 0, 0)
    calm = SourceSummary("loans", "loans.csv", 5, 1, 1, (), key)
    assert (
        index_headline(Exploration("x", "x", None, (calm,))) == "Nothing stands out in 1 source with 5 rows."
    )


def test_the_worst_source_comes_first_in_the_index():
    key = KeySummary(("id",), None, True, 0, 0, 0)
    sources = tuple(
        SourceSummary(
            name, name, 5, 1, 1, (), key, worries=(Worry(concern, f"{name} is odd", weight=weight),)
        )
        for name, concern, weight in [("a", Concern.WATCH, 99.0), ("b", Concern.WORRY, 1.0)]
    )
    assert index_headline(Exploration("x", "x", date(2024, 1, 1), sources)).endswith("first `b`: b is odd.")


def test_a_chart_names_its_bars_and_escapes_them():
    drawn = spark([Bar("<b>", 3), Bar("c", 0)])
    assert "&lt;b&gt;: 3" in drawn
    assert 'height="22.0"' in drawn
    assert 'height="0.0"' in drawn


def test_a_line_needs_two_values():
    assert strength_line([PeriodStrength("2024-01", 5, 0.6), PeriodStrength("2024-02", 5, None)]) == ""
    assert "0.600 to 0.700" in strength_line([PeriodStrength("a", 5, 0.6), PeriodStrength("b", 5, 0.7)])
