"""bronze -> silver: typed, repaired as the project file says, one row per key and event time."""

from tenure.cleaning.stage import clean

__all__ = ["clean"]
