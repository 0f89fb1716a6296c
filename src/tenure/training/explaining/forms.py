"""Fitted models → the parts that they are sums of."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tenure.bundle.reasons import Boxes, Combination, Line, Link, Member
from tenure.training.algorithms.forest import TreesModel
from tenure.training.algorithms.lgbm import LightGBMModel
from tenure.training.algorithms.linear import LinearModel, learned_of
from tenure.training.algorithms.model import Model
from tenure.training.algorithms.scorecard import ScorecardModel
from tenure.training.algorithms.xgb import XGBoostModel
from tenure.training.blending import BlendedModel
from tenure.training.calibrating import CalibratedModel
from tenure.training.explaining.trees import boxes_of, trees_of
from tenure.training.stacking import StackedModel


def members_of(model: Model, *, n_classes: int) -> tuple[Member, ...]:
    """The members of a model with their weights; none for a kind whose answers cannot be explained.

    Raises
    ------
    TrainingError
        If an exported graph of trees has a form that nobody knows.
    """
    match model:
        case BlendedModel():
            return _blended(model, n_classes=n_classes)
        case StackedModel():
            return _stacked(model, n_classes=n_classes)
        case TreesModel() | XGBoostModel() | LightGBMModel():
            return (Member(1.0, *trees_of(model.to_onnx(), n_classes=n_classes)),)
        case LinearModel():
            return (Member(1.0, *_line_of(model)),)
        case ScorecardModel():
            return (Member(1.0, Link.LOGISTIC, _bins_of(model)),)
    return ()


def combination_of(model: Model) -> Combination | None:
    """What a stack makes of its members; None where there is nothing, or the mean, to be made of them."""
    return model.combination if isinstance(model, StackedModel) else None


def uncalibrated(model: Model) -> Model:
    """The model without its mapping, which rises everywhere: what pushes the one pushes the other."""
    return model.inner if isinstance(model, CalibratedModel) else model


def _blended(model: BlendedModel, *, n_classes: int) -> tuple[Member, ...]:
    """Those that count at all; none where one of them cannot be explained."""
    found: list[Member] = []
    for weight, inner in zip(model.weights, model.members.values(), strict=True):
        parts = members_of(inner, n_classes=n_classes) if weight > 0 else ()
        if weight > 0 and not parts:
            return ()
        found += [Member(weight * part.weight, part.link, part.form) for part in parts]
    return tuple(found)


def _stacked(model: StackedModel, *, n_classes: int) -> tuple[Member, ...]:
    """All of them, each with the weight of its word; none where one is made of several, or unknown."""
    found: list[Member] = []
    for share, inner in zip(model.combination.shares, model.members.values(), strict=True):
        parts = members_of(inner, n_classes=n_classes)
        if len(parts) != 1:
            return ()
        found.append(Member(share, parts[0].link, parts[0].form))
    return tuple(found)


def _line_of(model: LinearModel) -> tuple[Link, Line]:
    r"""The pipeline as slopes.

    With median m, mean and scale of a column and :math:`\beta` of its scaled value, its slope is
    :math:`\beta / s`; null adds :math:`\beta m / s`, and what its mark adds if it has one.
    """
    learned = learned_of(model.pipeline)
    medians, marked = learned["medians"], learned["marked"]
    slopes = (learned["coefficients"] / learned["scales"]).T
    of_null = slopes[: medians.size] * medians[:, None]
    of_null[marked] += slopes[medians.size :]
    intercept = learned["intercepts"] - learned["means"] @ slopes
    link = Link.LOGISTIC if slopes.shape[1] == 1 else Link.SOFTMAX
    return link, Line(slopes[: medians.size], of_null, intercept)


def _bins_of(model: ScorecardModel) -> Boxes:
    """The bins: each is a box of one condition, and adds its points as log odds of the event."""
    bounds, values = [], []
    for each in model.characteristics:
        edges = [-np.inf, *each.binning.edges.tolist(), np.inf]
        spans = list(pairwise(edges))
        bounds += [{each.column: (_before(low), _before(high), False)} for low, high in spans]
        bounds.append({each.column: (np.inf, np.inf, True)})
        values += (-each.points / model.scale.factor).tolist()
    intercept = np.array([model.scale.offset / model.scale.factor])
    return boxes_of(bounds, np.array(values)[:, None], intercept)


def _before(edge: float) -> float:
    """The largest float32 below an edge: a bin begins at its edge, a box above its lower bound."""
    return float(np.nextafter(np.float32(edge), np.float32(-np.inf))) if np.isfinite(edge) else edge
