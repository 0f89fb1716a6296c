"""What a decision costs: what thresholds are chosen by, and the value of a model is told in."""

from __future__ import annotations

from tenure.domain.sources import Section


class CostPolicy(Section):
    """What one row costs, by what it was and what it was called; a gain is negative."""

    false_positive: float
    """A negative that was called positive."""
    false_negative: float
    """A positive that was called negative."""
    true_positive: float = 0.0
    """A positive that was called positive."""
    true_negative: float = 0.0
    """A negative that was called negative."""
