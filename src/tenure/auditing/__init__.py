"""features, labels -> audit: whatever a model would learn from that knows the outcome already."""

from tenure.auditing.stage import audit

__all__ = ["audit"]
