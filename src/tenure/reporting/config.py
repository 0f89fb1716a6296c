"""The section ``report`` of the project file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tenure.domain.durations import Duration
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


class RolesConfig(Section):
    """Who does what with the model: a name or a function each. What is not stated is an open point."""

    owner: str = ""
    """Who answers for the model and its use."""
    developer: str = ""
    """Who writes the project file and mends what a training says."""
    validator: str = ""
    """Who challenges it, and has no part in its development."""
    approver: str = ""
    """Who lets a candidate into office, and may put an earlier one back."""
    operator: str = ""
    """Who runs it every period and is told of incidents."""


class SopConfig(Section):
    """What the governance document says that neither tables nor other sections know."""

    purpose: str = ""
    """The decision that the score is used for; ``report.deck.about`` when empty."""
    tier: str = ""
    """Its class in the institution's own inventory of models."""
    roles: RolesConfig = RolesConfig()
    """Who does what."""
    review: Duration | None = None
    """How often the model is reviewed as a whole, whatever the monitors say."""
    retention: Duration | None = None
    """How long tables, bundles, reports and logs are kept."""
    deployment: tuple[Literal["batch", "online", "shadow", "ab", "canary"], ...] = ()
    """The ways in which it is deployed, of those that the document compares."""


class ReportConfig(Section):
    """What is written for people."""

    deck: DeckConfig = DeckConfig()
    """The deck that stands alone: ten pages for who did not build the model."""
    sop: SopConfig = SopConfig()
    """The governance document: ``tenure sop``."""
