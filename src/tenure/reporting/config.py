"""The section ``report`` of the project file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tenure.domain.sources import Section


class DeckConfig(Section):
    """What the deck of a period says that no table knows, and how it looks."""

    page: Literal["a4", "16:9"] = "a4"
    """Its pages: ``a4`` (landscape), or ``16:9``."""
    theme: str = ""
    """A file of colours, logo and font, relative to the project file; Tenure's own when empty."""
    about: str = ""
    """One or two sentences: what is predicted, for whom, and what is done with it."""
    owners: tuple[str, ...] = Field(default=(), max_length=4)
    """Who answers for the model, as ``Risk: Ayşe Yılmaz``."""
    contact: str = ""
    """Whom to write to."""
    refresh: str = ""
    """What a person adds to how it is refreshed, such as who must agree."""
    risks: tuple[str, ...] = Field(default=(), max_length=4)
    """Known risks, a sentence each."""


class ReportConfig(Section):
    """What is written for people."""

    deck: DeckConfig = DeckConfig()
    """The deck that stands alone: ten pages for who did not build the model."""
