"""gold tables -> samples: the newest period's numbers for Prometheus, a push gateway or CloudWatch."""

from tenure.exporting.samples import TOP, newest_period, read_samples

__all__ = ["TOP", "newest_period", "read_samples"]
