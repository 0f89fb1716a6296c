"""features, labels → what each group of features adds."""

from tenure.comparison.stage import compare_features

__all__ = ["compare_features"]
