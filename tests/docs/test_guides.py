"""Readers follow the pages: each command is run, in its order, on a small project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tenure_docs_reading import ROOT, Snippet, Step, Written, followed
from tenure_docs_scenarios import SCENARIOS, Scenario
from tenure_docs_world import World

PAGES = ["README.md", "docs/index.md", *(f"docs/{part}/*.md" for part in ("guides", "concepts", "reference"))]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.page)
def test_a_reader_who_follows_a_page_gets_through(scenario, world, capsys):
    scenario.prepare(world)
    for step in followed(ROOT / scenario.page):
        if isinstance(step, Written):
            world.writes(step.name, step.text)
        elif reason := why_not(scenario, step, world):
            with capsys.disabled():
                print(f"\nnot run: {step.text.splitlines()[0]}  ({reason})")  # noqa: T201 - for readers of the log
        else:
            take(scenario, step, world)


def take(scenario: Scenario, step: Step, world: World) -> None:
    """One step, and that it ends as the page says."""
    if prepare := told_of(scenario.before, step.text):
        prepare(world)
    if isinstance(step, Snippet):
        world.runs_python(step.text)
    elif until := told_of(scenario.runs_on, step.text):
        world.starts(step.text, until)
    else:
        expected = 2 if step.is_refused else told_of(scenario.ends, step.text) or 0
        assert (world.types(step.text), step.text) == (expected, step.text), world.said[-2000:]


def why_not(scenario: Scenario, step: Step, world: World) -> str:
    """Why a step is not taken here; empty if it is."""
    if reason := told_of(scenario.not_run, step.text):
        return str(reason)
    if place := told_of(scenario.elsewhere, step.text):
        return f"run by {place}"
    if isinstance(step, Snippet) or not (absent := world.missing(step.text)):
        return ""
    return f"there is no {absent} here"


def told_of(told: Mapping[str, Any], text: str) -> Any:
    """What is told of a line: by the longest beginning that fits."""
    starts = sorted(told, key=len, reverse=True)
    return next((told[start] for start in starts if text.startswith(start)), None)


def test_every_page_with_a_command_is_followed():
    pages = [page for pattern in PAGES for page in ROOT.glob(pattern)]
    typed = {page.relative_to(ROOT).as_posix() for page in pages if any(steps(page))}
    assert typed == {scenario.page for scenario in SCENARIOS}


def steps(page):
    return [step for step in followed(page) if not isinstance(step, Written)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.page)
def test_what_a_scenario_names_is_on_its_page(scenario):
    texts = [step.text for step in steps(ROOT / scenario.page)]
    parts = (scenario.before, scenario.not_run, scenario.elsewhere, scenario.ends, scenario.runs_on)
    named = [start for part in parts for start in part]
    assert [start for start in named if not any(text.startswith(start) for text in texts)] == []
    assert [place for place in scenario.elsewhere.values() if not (ROOT / place).exists()] == []
