"""candidate, champion → verdict: whether the candidate has shown that it should take office."""

from tenure.evaluation.stage import judge

__all__ = ["judge"]
