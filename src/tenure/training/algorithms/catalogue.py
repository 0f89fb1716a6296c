"""How each algorithm is fitted: imports every library there is, so that nothing else has to."""

from collections.abc import Mapping

from tenure.training.algorithms import forest, lgbm, linear, scorecard, xgb
from tenure.training.algorithms.model import Fit
from tenure.training.config import AlgorithmName

FITS: Mapping[AlgorithmName, Fit] = {
    AlgorithmName.XGBOOST: xgb.fit_xgboost,
    AlgorithmName.LIGHTGBM: lgbm.fit_lightgbm,
    AlgorithmName.RANDOM_FOREST: forest.fit_random_forest,
    AlgorithmName.DECISION_TREE: forest.fit_decision_tree,
    AlgorithmName.LOGISTIC_REGRESSION: linear.fit_logistic_regression,
    AlgorithmName.SCORECARD: scorecard.fit_scorecard,
}
"""The fit of every algorithm by its name in the project file."""
