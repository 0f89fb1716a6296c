"""bronze -> what the checks found. A finding of severity ``error`` stops the period."""

from tenure.validation.stage import validate

__all__ = ["validate"]
