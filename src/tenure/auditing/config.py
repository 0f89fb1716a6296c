"""The section ``audit`` of the project file."""

from __future__ import annotations

from pydantic import Field

from tenure.domain.sources import Section


class Mute(Section):
    """One finding that somebody has looked at and answers for."""

    code: str = Field(pattern=r"^LEAK\d{3}$")
    """The finding's code."""
    column: str = ""
    """The feature it is about; all of them when empty."""
    reason: str = Field(min_length=10)
    """Why it is no leak: recorded with every decision that rests on it."""


class AuditPolicy(Section):
    """How leakage is looked for."""

    max_column_auc: float = Field(default=0.95, gt=0.5, le=1)
    """A single feature that ranks the outcome better than this is an error: no honest one does."""
    max_pure_share: float = Field(default=0.2, gt=0, le=1)
    """A feature with this share of its rows in values that occur with one class only is an error."""
    min_pure_rows: int = Field(default=30, ge=5)
    """Values with fewer rows prove nothing."""
    max_chance: float = Field(default=1e-6, gt=0, lt=1)
    """Nulls on one side of the outcome only are an error when chance explains them less than this."""
    max_information_value: float = Field(default=0.5, gt=0)
    """A feature with a higher information value is suspected, of two classes; it is an error when it alone
    tells more than all unsuspected features together."""
    min_other_features: int = Field(default=5, ge=1)
    """With fewer unsuspected features there is nothing to compare a suspected one with."""
    max_duplicate_share: float = Field(default=0.005, ge=0, lt=1)
    """Share of test rows that may have an identical twin, label included, among the training rows."""
    n_rebuilt_events: int = Field(default=4, ge=1)
    """Event days whose features are built again without the future."""
    max_proxy_auc: float = Field(default=0.8, gt=0.5, le=1)
    """FAIR001: a number that tells a group of a protected attribute from the others better than this."""
    max_proxy_association: float = Field(default=0.5, gt=0, le=1)
    """FAIR001: a category whose association with a protected attribute (Cramér's V) is above this."""
    mute: tuple[Mute, ...] = ()
    """Findings that do not block, each with its reason."""
