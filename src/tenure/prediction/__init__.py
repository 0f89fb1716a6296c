"""champion, features → predictions: scores of a period's population by whoever was in office."""

from tenure.prediction.stage import predict

__all__ = ["predict"]
