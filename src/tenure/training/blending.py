"""Several fitted models → one that says their weighted mean, where that does better on validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

from tenure.stats.arrays import Ints
from tenure.training.algorithms.model import Matrix, Model, Probabilities
from tenure.training.folds import held_out_folds
from tenure.training.graphs import weighted_mean

N_ROUNDS = 20
"""Weights are whole multiples of one over at most so many."""

Score = Callable[[Ints, Probabilities], float]
"""Codes and probabilities of the same rows → how good they are; higher is better."""


@dataclass(frozen=True, slots=True, eq=False)
class BlendedModel:
    """The weighted mean of what its members say.

    Attributes
    ----------
    members : mapping
        Fitted models by name.
    weights : tuple of float
        Of each member, with sum 1.
    """

    members: Mapping[str, Model]
    weights: tuple[float, ...]

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        return mean_of([member.probabilities(matrix) for member in self.members.values()], self.weights)

    def importance(self) -> npt.NDArray[np.float64]:
        """The members' shares of importance, weighted as they are."""
        shares = [shares_of(member.importance()) for member in self.members.values()]
        return np.tensordot(self.weights, np.array(shares), axes=1)

    def native(self) -> Mapping[str, bytes]:
        """The members' own files, below a folder of each one's name."""
        return {
            f"{name}/{file}": content
            for name, member in self.members.items()
            for file, content in member.native().items()
        }

    def to_onnx(self) -> onnx.ModelProto:
        """All members and their mean as one graph."""
        return weighted_mean([member.to_onnx() for member in self.members.values()], self.weights)


def choose_weights(said: Sequence[Probabilities], codes: Ints, score: Score) -> tuple[float, ...]:
    """A weight per model, with sum 1, by which their mean does best; 0 leaves a model out.

    Greedy, with replacement [1]_: begin with the best model; add, again and again, the model that makes
    the mean of all chosen so far the best; end with the best mean on the way, the earliest of equals.

    Parameters
    ----------
    said
        What each model says of the rows.
    codes
        What came true.
    score
        What is to be as high as possible.

    References
    ----------
    .. [1] R. Caruana, A. Niculescu-Mizil, G. Crew and A. Ksikes, "Ensemble Selection from Libraries of
       Models", ICML 2004.

    Examples
    --------
    >>> good, bad = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.4, 0.6], [0.5, 0.5]])
    >>> def closeness(codes, shares):
    ...     return float(shares[np.arange(2), codes].sum())
    >>> choose_weights([bad, good], np.array([0, 1]), closeness)
    (0.0, 1.0)
    """
    counts = np.zeros(len(said))
    best, best_score = counts, -np.inf
    for _ in range(N_ROUNDS):
        grown = [counts + row for row in np.eye(len(said))]
        scores = [score(codes, mean_of(said, each / each.sum())) for each in grown]
        counts = grown[int(np.argmax(scores))]
        if max(scores) > best_score:
            best, best_score = counts, max(scores)
    return tuple((best / best.sum()).tolist())


def cross_fitted_score(said: Sequence[Probabilities], codes: Ints, score: Score, *, seed: int) -> float:
    """How well the mean does on rows that its weights were not chosen on.

    Each fifth of the rows is blended by weights chosen on the others. Minus infinity where a class has
    too few rows to be shared out.
    """
    blended = np.zeros_like(said[0])
    folds = held_out_folds(codes, seed=seed)
    for others, held_out in folds:
        weights = choose_weights([each[others] for each in said], codes[others], score)
        blended[held_out] = mean_of([each[held_out] for each in said], weights)
    return score(codes, blended) if folds else float("-inf")


def mean_of(
    said: Sequence[Probabilities], weights: Sequence[float] | npt.NDArray[np.float64]
) -> Probabilities:
    """The weighted mean of what several models say."""
    return np.tensordot(np.asarray(weights), np.array(said), axes=1)


def shares_of(importance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The sizes divided by their sum; equal shares where all are 0.

    Examples
    --------
    >>> shares_of(np.array([3.0, 1.0])), shares_of(np.zeros(2))
    (array([0.75, 0.25]), array([0.5, 0.5]))
    """
    total = importance.sum()
    return importance / total if total > 0 else np.full(importance.size, 1 / importance.size)
