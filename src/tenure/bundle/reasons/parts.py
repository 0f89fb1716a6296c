"""A model as a sum of parts that can be explained exactly, and what its rows are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import Matrix
from tenure.bundle.reasons.boxes import Boxes
from tenure.bundle.reasons.combination import Combination
from tenure.bundle.reasons.line import Line
from tenure.bundle.reasons.wording import Wording

Floats: TypeAlias = npt.NDArray[np.float64]


class Link(StrEnum):
    """How the outputs of a member become shares of the classes."""

    LOGISTIC = "logistic"
    """One output: the log odds of the last of two classes."""
    SOFTMAX = "softmax"
    """An output per class: logarithms of the shares, up to what is common to all."""
    SHARES = "shares"
    """An output per class: the shares."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A fitted model of a bundle."""

    weight: float
    """In the mean of all members' shares, or what its word is worth in a stack; they sum to 1."""
    link: Link
    form: Boxes | Line


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """What a row is compared with: groups of training rows, each as one row that is typical of it."""

    matrix: Matrix
    """A row per group, as the model takes it."""
    n_rows: npt.NDArray[np.int64]
    """Training rows in each group."""

    @property
    def weights(self) -> Floats:
        """The share of the training rows that each stands for."""
        shares: Floats = self.n_rows / self.n_rows.sum()
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Everything that reasons are made from."""

    members: tuple[Member, ...]
    background: Background
    wordings: tuple[Wording, ...]
    """Of each feature, in the order of the schema."""
    combination: Combination | None = None
    """What a stack makes of its members' shares; None where the mean of them is taken."""


def margins_of(members: Sequence[Member], matrix: Matrix) -> list[Floats]:
    """The outputs of each member: shape (n_rows, n_outputs) each."""
    return [member.form.outputs(matrix) for member in members]


def shares_of(members: Sequence[Member], matrix: Matrix, *, combination: Combination | None = None) -> Floats:
    """What is made of the members' shares, before any calibration: shape (n_rows, n_classes).

    Parameters
    ----------
    members
        Who says something.
    matrix
        The rows.
    combination
        Of a stack; the weighted mean when None.
    """
    outputs = zip(members, margins_of(members, matrix), strict=True)
    said = [linked(member.link, each) for member, each in outputs]
    if combination is not None:
        return combination(said)
    weights = [member.weight for member in members]
    shares: Floats = np.tensordot(weights, said, axes=1)
    return shares


def linked(link: Link, outputs: Floats) -> Floats:
    """The shares that outputs stand for: shape (n_rows, n_classes).

    Examples
    --------
    >>> linked(Link.LOGISTIC, np.array([[0.0]]))
    array([[0.5, 0.5]])
    """
    if link is Link.SHARES:
        return outputs
    logits = np.column_stack([np.zeros(len(outputs)), outputs]) if link is Link.LOGISTIC else outputs
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares
