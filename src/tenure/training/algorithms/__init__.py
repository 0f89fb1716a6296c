"""What can be fitted: one module per library, each a function from a sample to a model.

==================  ==============================  ================  =======================
algorithm           null                            grows in chunks   beside the graph
==================  ==============================  ================  =======================
xgboost             a direction learned per split   yes               ``model.ubj``
lightgbm            a direction learned per split   yes               ``model.txt``
random_forest       a direction learned per split   yes               ``trees.parquet``
decision_tree       a direction learned per split   no                ``trees.parquet``
logistic_regression median, and a mark              no                ``coefficients.json``
==================  ==============================  ================  =======================

All take float32 values with NaN for null, use one thread, and give the same model for the same seed.
"""

from collections.abc import Mapping

from tenure.training.algorithms import forest, lgbm, linear, xgb
from tenure.training.algorithms.growth import Checkpoints, Growth
from tenure.training.algorithms.model import Algorithm, Matrix, Model, Probabilities, Sample
from tenure.training.config import AlgorithmName

ALGORITHMS: Mapping[AlgorithmName, Algorithm] = {
    AlgorithmName.XGBOOST: Algorithm("xgboost", xgb.SPACE, xgb.fit_xgboost, cost=20),
    AlgorithmName.LIGHTGBM: Algorithm("lightgbm", lgbm.SPACE, lgbm.fit_lightgbm, cost=20),
    AlgorithmName.RANDOM_FOREST: Algorithm(
        "random_forest", forest.FOREST_SPACE, forest.fit_random_forest, cost=40
    ),
    AlgorithmName.DECISION_TREE: Algorithm(
        "decision_tree", forest.TREE_SPACE, forest.fit_decision_tree, cost=1
    ),
    AlgorithmName.LOGISTIC_REGRESSION: Algorithm(
        "logistic_regression", linear.SPACE, linear.fit_logistic_regression, cost=2
    ),
}
"""Every algorithm by its name in the project file."""

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Checkpoints",
    "Growth",
    "Matrix",
    "Model",
    "Probabilities",
    "Sample",
]
