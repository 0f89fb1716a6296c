"""features, labels → candidate: split by time, tuned, fitted, exported, measured, registered.

::

    gold/features + gold/labels ─▶ rows ─▶ prepare ─▶ search ─▶ fit_best ─▶ bundle ─▶ registry (staging)
                                          split       study      chunks      ONNX
                                          encoder     per        with        = the trained
                                          weights     algorithm  checkpoints   model
"""

from tenure.training.cross_validation import cross_validate
from tenure.training.searching import search_parameters
from tenure.training.stage import train

__all__ = ["cross_validate", "search_parameters", "train"]
