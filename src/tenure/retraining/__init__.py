"""monitoring -> decision: whether to train a candidate now, and why."""

from tenure.retraining.stage import decide

__all__ = ["decide"]
