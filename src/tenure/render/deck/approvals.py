"""What a person has said of who takes office, and what still waits for one."""

from __future__ import annotations

from tenure.render.deck.facts import Facts
from tenure.render.deck.model import Text
from tenure.render.deck.words import clause, version


def approval_line(facts: Facts) -> Text:
    """Who approved the last version that was, when, and which versions wait."""
    return (*_approved(facts), *waiting_words(facts))


def waiting_words(facts: Facts) -> Text:
    """That a version waits for a person, and since when; nothing where none does."""
    waits = facts.waiting()
    if not waits:
        return ()
    more: Text = (", and others before it",) if len(waits.rows) > 1 else ()
    who: Text = (
        " Version ",
        waits.cite("model_version", tell=version),
        " has passed the gate and waits for a person",
    )
    return (*who, " since ", waits.cite("as_of"), *more, ".")


def _approved(facts: Facts) -> Text:
    last = facts.approved()
    if not last:
        return ("Nobody takes office without a person; nobody has been approved so far.",)
    who: Text = ("Nobody takes office without a person: ", last.cite("by"), " approved version ")
    note: Text = (", saying “", last.cite("note", tell=clause), "”") if last.value("note") else ()
    return (*who, last.cite("model_version", tell=version), " in the period ", last.cite("as_of"), *note, ".")
