"""A period → its deck: ten pages, each with a finding as its headline."""

from __future__ import annotations

from tenure.render.deck.facts import Facts
from tenure.render.deck.inputs import data_page, features_page
from tenure.render.deck.model import Deck
from tenure.render.deck.models import models_page, performance_page
from tenure.render.deck.opening import pipeline_page, problem_page, summary_page
from tenure.render.deck.running import decisions_page, governance_page, stability_page

PAGES = (
    summary_page,
    problem_page,
    pipeline_page,
    data_page,
    features_page,
    models_page,
    performance_page,
    stability_page,
    decisions_page,
    governance_page,
)
"""The pages, in their order."""


def make_deck(facts: Facts) -> Deck:
    """The deck of a period: the same tables give the same deck."""
    pages = tuple(make(facts) for make in PAGES)
    return Deck(facts.project.project, facts.report.as_of, pages)
