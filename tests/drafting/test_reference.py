from pathlib import Path

import pytest
from pydantic import BaseModel

from tenure.domain.durations import Duration
from tenure.domain.sources import Section
from tenure.drafting.annotations import describe_type
from tenure.drafting.reference import field_texts, render_reference, sections_of
from tenure.project import Project

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "project-file.md"


def sections_below(section):
    """Every section reachable from one, by a walk of its own over the JSON schema's definitions."""
    definitions = section.model_json_schema(ref_template="{model}").get("$defs", {})
    return {name for name, schema in definitions.items() if "properties" in schema}


def test_the_committed_page_is_what_the_sections_say():
    assert PAGE.read_text(encoding="utf-8") == render_reference(), "run `python scripts/reference.py`"


def test_every_section_of_the_project_file_is_on_the_page():
    walked = {page.keys[0].field for page in sections_of(Project)}
    assert len(walked) >= len(sections_below(Project)), "a section is not reached from the file"


def test_every_key_is_described():
    silent = [key.path for page in sections_of(Project) for key in page.keys if not key.text]
    assert silent == []


def test_every_key_is_on_the_page():
    page = render_reference()
    for section in sections_of(Project):
        for key in section.keys:
            assert f"| `{key.name}` |" in page
        assert f"## `{section.path}`" in page or not section.path


def test_inherited_keys_have_their_texts_too():
    class Parent(Section):
        first: int = 1
        """The first."""

    class Child(Parent):
        second: int = 2
        """The second."""

    assert field_texts(Child) == {"first": "The first.", "second": "The second."}


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "whole number"),
        (Duration | None, "duration"),
        (tuple[float, float] | None, "[number, number]"),
        (dict[str, bool], "true or false by name"),
        (tuple[Project, ...], "list of section"),
        (BaseModel, "section"),
    ],
)
def test_types_are_described_in_words(annotation, words):
    assert describe_type(annotation) == words
