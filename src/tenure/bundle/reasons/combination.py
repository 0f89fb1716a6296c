"""What a stack makes of what its members say: weighted evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

EDGE = 0.05
"""A probability below this has no logarithm, but goes on as a straight line: no slope is beyond 20."""


@dataclass(frozen=True, slots=True, eq=False)
class Combination:
    r"""Softmax of :math:`b + \sum_m L(p_m) W_m`, where L is the logarithm, straight below `edge`.

    Attributes
    ----------
    weights : array of shape (n_members, n_classes, n_classes)
        W. Over the classes of a member they sum to 0: only ratios of its probabilities count.
    intercepts : array of shape (n_classes,)
        b.
    edge : float
        Below it the logarithm goes on as a straight line, so that a probability of 0 can be had.
    """

    weights: Floats
    intercepts: Floats
    edge: float = EDGE

    def __call__(self, said: Sequence[npt.NDArray[np.floating]]) -> Floats:
        """The probabilities of all classes, from those of the members."""
        evidence = zip(said, self.weights, strict=True)
        total = self.intercepts + sum(straight_log(each, self.edge) @ weights for each, weights in evidence)
        raised = np.exp(total - total.max(axis=1, keepdims=True))
        shares: Floats = raised / raised.sum(axis=1, keepdims=True)
        return shares

    @property
    def shares(self) -> tuple[float, ...]:
        """What each member's word is worth, with sum 1."""
        sizes = np.abs(self.weights).sum(axis=(1, 2))
        return tuple((sizes / sizes.sum()).tolist())

    def to_json(self) -> dict[str, object]:
        """What it learned."""
        return {"weights": self.weights.tolist(), "intercepts": self.intercepts.tolist(), "edge": self.edge}


def combination_from_json(content: Mapping[str, Any]) -> Combination:
    """What `Combination.to_json` wrote."""
    return Combination(np.array(content["weights"]), np.array(content["intercepts"]), float(content["edge"]))


def straight_log(shares: npt.NDArray[np.floating], edge: float = EDGE) -> Floats:
    """The logarithm of probabilities, with a straight line of the same slope below `edge`.

    Examples
    --------
    >>> straight_log(np.array([1.0, 0.05, 0.0])).round(3)
    array([ 0.   , -2.996, -3.996])
    """
    logs: Floats = np.log(np.maximum(shares, edge)) + np.minimum(shares - edge, 0.0) / edge
    return logs


def chord(shares: Floats, others: Floats, edge: float = EDGE) -> Floats:
    """How much `straight_log` rises with a unit of probability between two points; where they meet, at them.

    Examples
    --------
    >>> chord(np.array([0.5, 0.5, 0.0]), np.array([0.5, 1.0, 0.01])).round(3)
    array([ 2.   ,  1.386, 20.   ])
    """
    apart = np.abs(shares - others) > 1e-9
    rise = straight_log(shares, edge) - straight_log(others, edge)
    slopes: Floats = 1 / np.maximum(shares, edge)
    np.divide(rise, shares - others, out=slopes, where=apart)
    return slopes
