"""monitoring, decision, candidate, verdict, promotion → a report as data: whether to worry, and why."""

from tenure.reporting.stage import report

__all__ = ["report"]
