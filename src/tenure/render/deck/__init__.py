"""report, gold tables → the deck of a period: ten pages that can be read without a speaker.

Every number is the answer of a query over the gold tables, and carries it. Needs the extra ``report``.
"""

from tenure.render.deck.files import read_deck, write_deck

__all__ = ["read_deck", "write_deck"]
