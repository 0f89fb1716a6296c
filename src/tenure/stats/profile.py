"""A profile: what a set of rows looks like, in counts that merge. Comparing needs no old rows.

A reference profile chooses edges and categories; a current profile counts by them (`Profile.empty_like`
and `Profile.count`), batch by batch, so that memory does not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import TypeAdapter

from tenure.domain.features import FeatureKind
from tenure.stats.bins import N_EXTRA_POSITIONS, count_bins, equal_frequency_edges
from tenure.stats.categories import CategoryScheme, choose_categories, count_categories, tally_categories
from tenure.stats.moments import Moments, moments_of
from tenure.stats.quantiles import quantiles_from_bins

Counts: TypeAlias = tuple[int, ...]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The levels that are measured of every numeric feature."""


@dataclass(frozen=True, slots=True)
class NumberProfile:
    """A numeric column: rows per bin, and its moments.

    `counts` are ``[below, bin 1, ..., bin k, above, null]`` by `edges` (see `tenure.stats.bins`).
    """

    edges: tuple[float, ...]
    counts: Counts
    n: int
    n_null: int
    n_infinite: int
    mean: float | None
    m2: float
    m3: float
    minimum: float | None
    maximum: float | None

    @property
    def moments(self) -> Moments:
        """Mean, spread and skew."""
        nan = float("nan")
        return Moments(
            n=self.n,
            n_null=self.n_null,
            mean=nan if self.mean is None else self.mean,
            m2=self.m2,
            m3=self.m3,
            minimum=nan if self.minimum is None else self.minimum,
            maximum=nan if self.maximum is None else self.maximum,
            n_infinite=self.n_infinite,
        )

    def quantiles(self) -> tuple[float, ...]:
        """The quantiles at `QUANTILES`, from the bins; NaN without a value."""
        return tuple(quantiles_from_bins(self.counts, self.edges, QUANTILES).tolist())

    def mode(self) -> float | None:
        """The middle of the fullest bin; None without a value."""
        inside = np.asarray(self.counts[1:-2])
        if not inside.size or not inside.sum():
            return None
        place = int(inside.argmax())
        return (self.edges[place] + self.edges[place + 1]) / 2

    @property
    def n_occupied(self) -> int:
        """Bins that hold a row: what stands for the cardinality of a number."""
        return sum(count > 0 for count in self.counts[:-1])


@dataclass(frozen=True, slots=True)
class CategoryProfile:
    """A categorical column: rows per category.

    `counts` are ``[*top, other, unseen, null]``; `other` are the reference's rarer categories.
    """

    top: tuple[str, ...]
    other: tuple[str, ...]
    counts: Counts
    n_distinct: int
    """Different categories among these rows; at least so many when profiles were merged."""
    new: tuple[str, ...] = ()
    """At most ten categories that the reference does not have."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a set of rows looks like: every feature, every class's score, and the classes."""

    n_rows: int
    numbers: Mapping[str, NumberProfile]
    categories: Mapping[str, CategoryProfile]
    scores: Mapping[str, NumberProfile]
    """The probability of each class, by class."""
    classes: Mapping[str, int]
    """Rows that the model puts into each class."""
    importance: Mapping[str, float]
    """Share of each feature in the model's importance; sums to 1."""

    def to_json(self) -> dict[str, Any]:
        """What ``profile.json`` of a bundle holds."""
        content: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any], *, classes: Sequence[str]) -> Profile:
        """The profile that ``profile.json`` holds, its scores in the order of the model's classes.

        The file's keys are sorted; the columns of a model's probabilities are not.

        Raises
        ------
        KeyError
            If it has no score of a class.
        """
        found = _ADAPTER.validate_python(content)
        return replace(
            found,
            scores={name: found.scores[name] for name in classes},
            classes={name: found.classes[name] for name in classes},
        )

    def empty_like(self) -> Profile:
        """A profile of no rows with the edges and categories of this one."""
        return Profile(
            n_rows=0,
            numbers={name: _no_numbers(part.edges) for name, part in self.numbers.items()},
            categories={name: _no_categories(part) for name, part in self.categories.items()},
            scores={name: _no_numbers(part.edges) for name, part in self.scores.items()},
            classes=dict.fromkeys(self.classes, 0),
            importance=self.importance,
        )

    def count(self, rows: pa.Table, probabilities: npt.ArrayLike, predicted: npt.ArrayLike) -> Profile:
        """The profile with more rows counted in, by its own edges and categories.

        Parameters
        ----------
        rows
            The features; a feature that is absent counts as null.
        probabilities : array_like of shape (n_rows, n_classes)
            In the order of `scores`.
        predicted : array_like of shape (n_rows,)
            The class of each row.
        """
        matrix = np.asarray(probabilities, dtype=np.float64)
        called = tally_categories(np.asarray(predicted, dtype=object).tolist())
        return replace(
            self,
            n_rows=self.n_rows + rows.num_rows,
            numbers={n: _merge(p, _numbers(_values(rows, n), p.edges)) for n, p in self.numbers.items()},
            categories={n: _count_more(p, _texts(rows, n)) for n, p in self.categories.items()},
            scores={
                name: _merge(part, _numbers(matrix[:, place], part.edges))
                for place, (name, part) in enumerate(self.scores.items())
            },
            classes={name: n + called.get(name, 0) for name, n in self.classes.items()},
        )


_ADAPTER = TypeAdapter(Profile)


def reference_profile(
    rows: pa.Table,
    kinds: Mapping[str, FeatureKind],
    *,
    classes: tuple[str, ...],
    probabilities: npt.ArrayLike,
    predicted: npt.ArrayLike,
    importance: Mapping[str, float],
) -> Profile:
    """The profile that later rows are compared with: edges of equal frequency, top categories.

    Parameters
    ----------
    rows
        The features of the reference.
    kinds
        How each feature is read.
    classes, probabilities, predicted
        The model's classes, and what it says of the rows.
    importance
        Of each feature; made to sum to 1.
    """
    matrix = np.asarray(probabilities, dtype=np.float64)
    numbers = [name for name, kind in kinds.items() if kind is FeatureKind.NUMBER]
    words = [name for name, kind in kinds.items() if kind is FeatureKind.CATEGORY]
    total = sum(importance.values()) or 1.0
    frame = Profile(
        n_rows=0,
        numbers={name: _no_numbers(_edges(_values(rows, name))) for name in numbers},
        categories={name: _chosen(_texts(rows, name)) for name in words},
        scores={name: _no_numbers(_edges(matrix[:, place])) for place, name in enumerate(classes)},
        classes=dict.fromkeys(classes, 0),
        importance={name: share / total for name, share in importance.items()},
    )
    return frame.count(rows, matrix, predicted)


def _values(rows: pa.Table, name: str) -> npt.NDArray[np.float64]:
    if name not in rows.column_names:
        return np.full(rows.num_rows, np.nan)
    values: npt.NDArray[np.float64] = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _texts(rows: pa.Table, name: str) -> dict[str | None, int]:
    """Rows per category."""
    if name not in rows.column_names:
        return {None: rows.num_rows}
    counted = rows[name].combine_chunks().value_counts()
    return {item["values"]: item["counts"] for item in counted.to_pylist()}


def _edges(values: npt.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(equal_frequency_edges(values).tolist())


def _no_numbers(edges: tuple[float, ...]) -> NumberProfile:
    n_positions = max(len(edges) - 1, 0) + N_EXTRA_POSITIONS
    return NumberProfile(edges, (0,) * n_positions, 0, 0, 0, None, 0.0, 0.0, None, None)


def _numbers(values: npt.NDArray[np.float64], edges: tuple[float, ...]) -> NumberProfile:
    return _from_moments(edges, tuple(count_bins(values, edges).tolist()), moments_of(values))


def _from_moments(edges: tuple[float, ...], counts: Counts, moments: Moments) -> NumberProfile:
    some = moments.n > 0
    return NumberProfile(
        edges=edges,
        counts=counts,
        n=moments.n,
        n_null=moments.n_null,
        n_infinite=moments.n_infinite,
        mean=moments.mean if some else None,
        m2=moments.m2,
        m3=moments.m3,
        minimum=moments.minimum if some else None,
        maximum=moments.maximum if some else None,
    )


def _merge(part: NumberProfile, more: NumberProfile) -> NumberProfile:
    counts = tuple(a + b for a, b in zip(part.counts, more.counts, strict=True))
    return _from_moments(part.edges, counts, part.moments.merge(more.moments))


def _chosen(counts: Mapping[str | None, int]) -> CategoryProfile:
    scheme = choose_categories(counts)
    other = tuple(sorted(scheme.other))
    return CategoryProfile(scheme.top, other, (0,) * (len(scheme.top) + N_EXTRA_POSITIONS), 0)


def _no_categories(part: CategoryProfile) -> CategoryProfile:
    return replace(part, counts=(0,) * len(part.counts), n_distinct=0, new=())


def _count_more(part: CategoryProfile, counts: Mapping[str | None, int]) -> CategoryProfile:
    scheme = CategoryScheme(part.top, frozenset(part.other))
    more = count_categories(counts, scheme)
    names = {name for name in counts if name is not None}
    unseen = sorted(names - scheme.other - set(scheme.top))
    return replace(
        part,
        counts=tuple((np.asarray(part.counts) + more).tolist()),
        n_distinct=max(part.n_distinct, len(names)),
        new=tuple(dict.fromkeys((*part.new, *unseen)))[:10],
    )
