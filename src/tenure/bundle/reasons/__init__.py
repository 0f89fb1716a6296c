"""Why a row got its score: a bundle's own parts and background → the features that pushed it, in words.

::

    reasons/explainer.json      the members with their links, the words of each feature, the background
    reasons/N.conditions.parquet, reasons/N.values.parquet      the boxes of member N, where it has any

``boxes`` and ``line`` are the two forms a model is written in; ``shapley`` and ``line`` share a prediction
out among the features; ``wording`` says it in the words of the project file. All of it needs NumPy, PyArrow
and ONNX Runtime only.
"""

from tenure.bundle.reasons.boxes import Boxes
from tenure.bundle.reasons.combination import Combination, straight_log
from tenure.bundle.reasons.explainer import Explainer, Explanation, load_explainer
from tenure.bundle.reasons.line import Line
from tenure.bundle.reasons.parts import Background, Link, Member, Parts, margins_of, shares_of
from tenure.bundle.reasons.wording import MOST_REASONS, Reason, Wording
from tenure.bundle.reasons.written import parts_to_files

__all__ = [
    "MOST_REASONS",
    "Background",
    "Boxes",
    "Combination",
    "Explainer",
    "Explanation",
    "Line",
    "Link",
    "Member",
    "Parts",
    "Reason",
    "Wording",
    "load_explainer",
    "margins_of",
    "parts_to_files",
    "shares_of",
    "straight_log",
]
