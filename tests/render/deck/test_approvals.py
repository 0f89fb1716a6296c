"""Where the gate asks for a person, the deck says who let the version in, and who waits."""

from __future__ import annotations

import pytest

from tenure.domain.decisions import Promotion, Verdict
from tenure.domain.models import ModelVersion
from tenure.render.deck.files import read_deck
from tenure.render.deck.pipeline import plain_text
from tenure.running.records import record


@pytest.fixture
def asking(project):
    """A project file that asks for a person."""
    told = project()
    return told.model_copy(update={"gate": told.gate.model_copy(update={"approval": "required"})})


def lines_of(deck, topic):
    [page] = [page for page in deck.pages if page.topic == topic]
    return " ".join(plain_text(line) for line in page.lines)


def test_nobody_asked_nothing_said(recession, project):
    deck = read_deck(recession.store, project=project(), as_of=recession.periods[-1].as_of)
    assert "without a person" not in lines_of(deck, "Decisions")


def test_before_anybody_was_approved_that_is_said(recession, asking):
    deck = read_deck(recession.store, project=asking, as_of=recession.periods[-1].as_of)
    assert "nobody has been approved so far" in lines_of(deck, "Decisions")
    assert "waits for a person" not in lines_of(deck, "What to know")


def test_who_approved_and_who_waits_are_on_the_first_page_and_on_that_of_decisions(lend, asking):
    made = lend(n_periods=12)
    first, last = made.periods[8].as_of, made.periods[-1].as_of
    held = ModelVersion("cash-loans", 1, "ab" * 32, first)
    record(
        "promote", Promotion(first, held, None, "R. Officer", "read the card"), as_of=first, store=made.store
    )
    next_one = ModelVersion("cash-loans", 2, "cd" * 32, last)
    waits = Verdict(last, next_one, held, passed=True, reasons=(), awaits_approval=True)
    record("judge", waits, as_of=last, store=made.store)
    deck = read_deck(made.store, project=asking, as_of=last)
    said = lines_of(deck, "Decisions")
    assert f"R. Officer approved version 1 in the period {first}, saying “read the card”" in said
    assert f"Version 2 has passed the gate and waits for a person since {last}." in said
    assert "Version 2 has passed the gate and waits" in lines_of(deck, "What to know")
