"""reference, current -> measurements: how far a period is from what the champion was trained on."""

from tenure.monitoring.stage import monitor

__all__ = ["monitor"]
