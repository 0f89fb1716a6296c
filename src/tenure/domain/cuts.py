"""Classes made of a number: cut at values, which may be quantiles of the labels that are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field, FiniteFloat, model_validator

from tenure.domain.sources import Section
from tenure.domain.wording import agreeing, counted
from tenure.errors import NotEnoughLabelsError, ProjectError

Numbers = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]


class CutPolicy(Section):
    """How a label that is a number becomes a class. Give one of `quantiles` and `values`."""

    quantiles: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = ()
    """Shares of the training rows below each cut, increasing: ``[0.4, 0.8]`` cuts where 40 % and 80 %
    of the training labels lie at or below. Learned anew by every training, and kept in its bundle."""
    values: tuple[FiniteFloat, ...] = ()
    """The cuts themselves, increasing, instead of quantiles: ``[100000, 250000]``."""
    classes: tuple[str, ...] = Field(min_length=2)
    """Names of the classes, the lowest first: one more than there are cuts. A value at a cut is of the
    class below it. Of two classes the upper one is positive, unless `model.positive` says otherwise."""

    @model_validator(mode="after")
    def _fit_each_other(self) -> Self:
        if bool(self.quantiles) == bool(self.values):
            raise ValueError("give one of `quantiles` (learned on the training rows) and `values` (fixed)")
        cuts = self.quantiles or self.values
        if any(first >= second for first, second in pairwise(cuts)):
            raise ValueError(f"cuts must increase; they are {', '.join(f'{cut:g}' for cut in cuts)}")
        if len(self.classes) != len(cuts) + 1:
            raise ValueError(
                f"{counted(len(cuts), 'cut makes', 'cuts make')} {len(cuts) + 1} classes; "
                f"{len(self.classes)} {agreeing(len(self.classes), 'is', 'are')} named"
            )
        if len(set(self.classes)) < len(self.classes) or not all(self.classes):
            raise ValueError(f"each class needs a name of its own; they are {', '.join(self.classes)}")
        return self


@dataclass(frozen=True, slots=True)
class LabelCuts:
    """Where a number is cut into classes.

    Parameters
    ----------
    edges
        The cuts, increasing, in the label's own unit.
    classes
        Names, the lowest first: one more than `edges`.

    Raises
    ------
    ValueError
        If the edges do not increase or are not finite, or the number of classes is another.
    """

    edges: tuple[float, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse cuts that leave a class without values."""
        if not self.edges or not np.isfinite(self.edges).all() or (np.diff(self.edges) <= 0).any():
            raise ValueError(f"cuts must be finite and increase; they are {self.edges}")
        if len(set(self.classes)) != len(self.edges) + 1 or len(self.classes) != len(self.edges) + 1:
            raise ValueError(f"{len(self.edges)} cuts make so many classes and one more, not {self.classes}")

    def classify(self, values: npt.ArrayLike) -> Names:
        """The class of each value; a value at a cut is of the class below it.

        Raises
        ------
        ValueError
            If a value is NaN.

        Examples
        --------
        >>> LabelCuts((10.0, 20.0), ("low", "medium", "high")).classify([5, 10, 11, 20, 21]).tolist()
        ['low', 'low', 'medium', 'medium', 'high']
        """
        numbers = np.asarray(values, dtype=np.float64)
        if np.isnan(numbers).any():
            raise ValueError(f"{int(np.isnan(numbers).sum())} of {numbers.size} values are no numbers")
        names: Names = np.array(self.classes, dtype=object)[np.searchsorted(self.edges, numbers, side="left")]
        return names

    @property
    def words(self) -> tuple[str, ...]:
        """What each class is, as a person reads it.

        Examples
        --------
        >>> LabelCuts((1_500_000.0,), ("low", "high")).words
        ('low: up to 1,500,000', 'high: above 1,500,000')
        """
        told = [told_edge(edge) for edge in self.edges]
        between = [f"above {low} to {high}" for low, high in pairwise(told)]
        spans = [f"up to {told[0]}", *between, f"above {told[-1]}"]
        return tuple(f"{name}: {span}" for name, span in zip(self.classes, spans, strict=True))


def told_edge(edge: float) -> str:
    """A cut as a person reads it.

    Examples
    --------
    >>> told_edge(2_500_000.0), told_edge(0.125)
    ('2,500,000', '0.125')
    """
    return f"{edge:,.0f}" if float(edge).is_integer() else f"{edge:,.6g}"


def learn_cuts(values: npt.ArrayLike, *, quantiles: Sequence[float], classes: Sequence[str]) -> LabelCuts:
    """Cuts at quantiles of the values: of the training rows, and of no other.

    Parameters
    ----------
    values
        Finite numbers, in any order.
    quantiles
        Shares in (0, 1), increasing. Between two values the quantile is interpolated: type 7 of [1]_,
        as in `numpy.quantile` and `pandas.qcut`.
    classes
        Names, the lowest first: one more than `quantiles`.

    Raises
    ------
    NotEnoughLabelsError
        If there are no values, or ties leave a class empty: two quantiles are the same value, or the
        last one is the largest.

    References
    ----------
    .. [1] R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The American Statistician
           50 (4), 1996.

    Examples
    --------
    >>> learn_cuts([1, 2, 3, 4, 5], quantiles=[0.5], classes=["low", "high"]).edges
    (3.0,)
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 0:
        raise NotEnoughLabelsError(
            "there is no training label to learn cuts from", hint="wait until labels are known."
        )
    edges = tuple(float(edge) for edge in np.quantile(numbers, quantiles))
    ends = (*edges, float(numbers.max()))
    for place, (edge, after) in enumerate(pairwise(ends)):
        if edge >= after:
            raise NotEnoughLabelsError(
                f"no training label is of class `{classes[place + 1]}`: the cuts at "
                f"{', '.join(f'{share:g}' for share in quantiles)} of {numbers.size:,} training labels are "
                f"{', '.join(told_edge(each) for each in edges)}, the largest label is "
                f"{told_edge(ends[-1])}, and many are equal",
                hint="move `label.cuts.quantiles` apart, name fewer classes, or state `label.cuts.values`.",
            )
    return LabelCuts(edges, tuple(classes))


def cuts_of(
    policy: CutPolicy | None, labels: pa.ChunkedArray, training: npt.NDArray[np.bool_]
) -> LabelCuts | None:
    """The cuts that the policy makes of the labels of the training rows; None without a policy.

    Parameters
    ----------
    policy
        At quantiles, or at values; None where labels are names of classes.
    labels
        Of all rows.
    training
        Which of them are trained on: the only ones that are looked at.

    Raises
    ------
    NotEnoughLabelsError
        If a class would be empty.
    ProjectError
        If the labels are numbers and there is no policy, or there is one and the labels are names.

    Examples
    --------
    >>> policy = CutPolicy(quantiles=(0.5,), classes=("low", "high"))
    >>> cuts_of(policy, pa.chunked_array([[1.0, 2.0, 3.0, 99.0]]), np.array([True, True, True, False])).edges
    (2.0,)
    """
    _require_kind(labels, are_cut=policy is not None)
    if policy is None:
        return None
    if policy.values:
        return LabelCuts(policy.values, policy.classes)
    return learn_cuts(labels.to_numpy()[training], quantiles=policy.quantiles, classes=policy.classes)


def class_names(labels: pa.ChunkedArray, cuts: LabelCuts | None) -> Names:
    """The class of each label: as it stands there, or by the cuts where labels are numbers.

    Raises
    ------
    ProjectError
        If the labels are numbers and there are no cuts, or there are cuts and the labels are names.

    Examples
    --------
    >>> class_names(pa.chunked_array([[1.0, 3.0]]), LabelCuts((2.0,), ("low", "high"))).tolist()
    ['low', 'high']
    >>> class_names(pa.chunked_array([["good", "bad"]]), None).tolist()
    ['good', 'bad']
    """
    _require_kind(labels, are_cut=cuts is not None)
    if cuts is not None:
        return cuts.classify(labels.to_numpy())
    return np.array(labels.to_pylist(), dtype=object)


def _require_kind(labels: pa.ChunkedArray, *, are_cut: bool) -> None:
    are_numbers = pa.types.is_floating(labels.type)
    if are_numbers is not are_cut:
        held = "numbers" if are_numbers else "names of classes"
        wanted = "numbers to cut" if are_cut else "names of classes"
        raise ProjectError(
            f"the labels in the datamart are {held}; the project file, or the model that is asked, wants "
            f"{wanted}",
            hint="with `label.cuts` labels are numbers, without it names: a project that gets or loses it "
            "needs a `datamart` and `models` of its own.",
        )
