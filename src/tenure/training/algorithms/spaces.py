"""What is searched for each algorithm, and how dear a trial is: data, without the libraries that fit."""

from collections.abc import Mapping
from types import MappingProxyType

from tenure.training.algorithms.space import Choice, Range, Space
from tenure.training.config import AlgorithmName

SPACES: Mapping[AlgorithmName, Space] = MappingProxyType(
    {
        AlgorithmName.XGBOOST: (
            Range("learning_rate", 0.01, 0.3, 0.08, log=True),
            Range("estimators_share", 0.3, 1.0, 1.0),
            Range("max_depth", 2, 7, 4, whole=True),
            Range("min_child_weight", 1.0, 30.0, 5.0, log=True),
            Range("subsample", 0.6, 1.0, 0.85),
            Range("colsample_bytree", 0.1, 1.0, 0.6),
            Range("reg_lambda", 0.1, 30.0, 1.0, log=True),
        ),
        AlgorithmName.LIGHTGBM: (
            Range("learning_rate", 0.01, 0.3, 0.08, log=True),
            Range("estimators_share", 0.3, 1.0, 1.0),
            Range("num_leaves", 4, 48, 12, log=True, whole=True),
            Range("min_data_in_leaf", 5, 80, 20, log=True, whole=True),
            Range("bagging_fraction", 0.6, 1.0, 0.85),
            Range("feature_fraction", 0.1, 1.0, 0.6),
            Range("lambda_l2", 0.01, 30.0, 1.0, log=True),
        ),
        AlgorithmName.RANDOM_FOREST: (
            Range("max_depth", 4, 12, 10, whole=True),
            Range("min_samples_leaf", 4, 50, 8, log=True, whole=True),
            Range("features_factor", 0.5, 2.0, 1.0, log=True),
            Range("max_samples", 0.3, 0.7, 0.5),
        ),
        AlgorithmName.DECISION_TREE: (
            Range("max_depth", 2, 12, 6, whole=True),
            Range("min_samples_leaf", 5, 100, 30, log=True, whole=True),
            Choice("criterion", ("gini", "entropy"), "gini"),
        ),
        AlgorithmName.LOGISTIC_REGRESSION: (Range("C", 1e-3, 10.0, 0.05, log=True),),
        AlgorithmName.SCORECARD: (
            Range("n_features", 5, 50, 20, log=True, whole=True),
            Range("max_bins", 2, 10, 6, whole=True),
            Range("min_bin_share", 0.02, 0.1, 0.05, log=True),
            Range("C", 1e-3, 10.0, 1.0, log=True),
        ),
    }
)
"""The parameters of every algorithm; ``estimators_share`` is of `model.n_estimators`, and
``features_factor`` a multiple of the square root of the number of columns; ``n_features`` of a scorecard
are columns of the matrix."""

COSTS: Mapping[AlgorithmName, float] = MappingProxyType(
    {
        AlgorithmName.XGBOOST: 20.0,
        AlgorithmName.LIGHTGBM: 20.0,
        AlgorithmName.RANDOM_FOREST: 40.0,
        AlgorithmName.DECISION_TREE: 1.0,
        AlgorithmName.LOGISTIC_REGRESSION: 2.0,
        AlgorithmName.SCORECARD: 2.0,
    }
)
"""Time of a trial, roughly, in units of the quickest."""
