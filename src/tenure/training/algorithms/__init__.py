"""What can be fitted: one module per library, each a function from a sample to a model.

==================  ==============================  ================  =======================
algorithm           null                            grows in chunks   beside the graph
==================  ==============================  ================  =======================
xgboost             a direction learned per split   yes               ``model.ubj``
lightgbm            a direction learned per split   yes               ``model.txt``
random_forest       a direction learned per split   yes               ``trees.parquet``
decision_tree       a direction learned per split   no                ``trees.parquet``
logistic_regression median, and a mark              no                ``coefficients.json``
scorecard           a bin of its own                no                ``scorecard.csv``
==================  ==============================  ================  =======================

All take float32 values with NaN for null, use one thread, and give the same model for the same seed.
What is searched (``spaces``) is data and imports no library; how it is fitted is in ``catalogue``.
"""

from tenure.training.algorithms.growth import Checkpoints, Growth
from tenure.training.algorithms.model import Matrix, Model, Probabilities, Sample

__all__ = ["Checkpoints", "Growth", "Matrix", "Model", "Probabilities", "Sample"]
