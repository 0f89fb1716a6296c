"""A profile: what a set of rows looks like, in counts that merge. Comparing needs no old rows.

A reference profile chooses edges and categories; a current profile counts by them (`Profile.empty_like`
and `Profile.count`), batch by batch, so that memory does not grow with the rows. Profiles that were counted
by the same edges merge (`Profile.merge`): a week from seven days, a total from shards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import TypeAdapter

from tenure.domain.features import FeatureKind
from tenure.stats.arrays import Floats
from tenure.stats.bins import bin_positions, equal_frequency_edges
from tenure.stats.categories import CategoryScheme, sum_categories, tally_categories
from tenure.stats.deciles import DecileProfile, choose_deciles, watched_score
from tenure.stats.numbers import NumberProfile, count_numbers, no_numbers
from tenure.stats.words import CategoryProfile, choose_words, count_words, no_words

N_TOP = 10
"""The features of the greatest importance: those that are looked at more closely."""


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
    deciles: DecileProfile
    """The watched score, and the numbers of the greatest importance by its deciles."""
    score_sums: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """By feature: the sum of the watched score over the rows of each position of its counts."""
    sensitivity: Mapping[str, float] = field(default_factory=dict)
    """By feature: its share in what the score moves by when the feature is given another row's values."""

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
        return replace(
            self,
            n_rows=0,
            numbers={name: no_numbers(part.edges) for name, part in self.numbers.items()},
            categories={name: no_words(part.top, part.other) for name, part in self.categories.items()},
            scores={name: no_numbers(part.edges) for name, part in self.scores.items()},
            classes=dict.fromkeys(self.classes, 0),
            deciles=self.deciles.empty_like(),
            score_sums={name: (0.0,) * len(sums) for name, sums in self.score_sums.items()},
        )

    def scores_only(self) -> Profile:
        """A profile of no rows that counts what a model says; features are counted by an engine."""
        return replace(self.empty_like(), numbers={}, categories={}, score_sums={})

    def with_features(self, counted: Profile) -> Profile:
        """The profile with the features of another one, which was counted of the same rows."""
        return replace(self, numbers=counted.numbers, categories=counted.categories)

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
        score = watched_score(matrix)
        called = tally_categories(np.asarray(predicted, dtype=object).tolist())
        more = replace(
            self,
            n_rows=rows.num_rows,
            numbers={n: count_numbers(_values(rows, n), part.edges) for n, part in self.numbers.items()},
            categories={n: count_words(_texts(rows, n), part) for n, part in self.categories.items()},
            scores={
                name: count_numbers(matrix[:, place], part.edges)
                for place, (name, part) in enumerate(self.scores.items())
            },
            classes={name: called.get(name, 0) for name in self.classes},
            deciles=self.deciles.empty_like().count(
                score, {name: _values(rows, name) for name in self.deciles.features}
            ),
            score_sums={name: self._score_sums(rows, name, score) for name in self.score_sums},
        )
        return self.merge(more)

    def merge(self, other: Profile) -> Profile:
        """The profile of both sets of rows together, as if they had been counted at once.

        Counts are exactly those; sums and moments are, but for rounding, whatever the order and grouping.
        Only of `CategoryProfile` two counts are bounds, `n_distinct` a lower and `n_once` an upper one: which
        categories two sets share is not known.

        Raises
        ------
        ValueError
            If the two were counted by different edges, categories or features.
        """
        for what, mine, theirs in (
            ("features", {*self.numbers, *self.categories}, {*other.numbers, *other.categories}),
            ("classes", set(self.scores), set(other.scores)),
            ("sums of scores", set(self.score_sums), set(other.score_sums)),
        ):
            if mine != theirs:
                raise ValueError(
                    f"profiles merge only where their {what} are the same; "
                    f"one has {', '.join(sorted(mine ^ theirs)[:5])}, the other has not"
                )
        return replace(
            self,
            n_rows=self.n_rows + other.n_rows,
            numbers={name: part.merge(other.numbers[name]) for name, part in self.numbers.items()},
            categories={name: part.merge(other.categories[name]) for name, part in self.categories.items()},
            scores={name: part.merge(other.scores[name]) for name, part in self.scores.items()},
            classes={name: n + other.classes[name] for name, n in self.classes.items()},
            deciles=self.deciles.merge(other.deciles),
            score_sums={
                name: tuple(a + b for a, b in zip(sums, other.score_sums[name], strict=True))
                for name, sums in self.score_sums.items()
            },
        )

    def _score_sums(self, rows: pa.Table, name: str, score: Floats) -> tuple[float, ...]:
        if name in self.numbers:
            part = self.numbers[name]
            places = bin_positions(_values(rows, name), part.edges)
            return tuple(np.bincount(places, weights=score, minlength=len(part.counts)).tolist())
        words = self.categories[name]
        scheme = CategoryScheme(words.top, frozenset(words.other))
        return tuple(sum_categories(_sums_by_text(rows, name, score), scheme).tolist())


_ADAPTER = TypeAdapter(Profile)


def merge_profiles(profiles: Iterable[Profile]) -> Profile:
    """One or more profiles as one: a week from seven days.

    Raises
    ------
    ValueError
        If there is none, or they were counted by different edges, categories or features.
    """
    first, *rest = profiles
    for part in rest:
        first = first.merge(part)
    return first


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
    shares = {name: share / total for name, share in importance.items()}
    parts = {name: no_numbers(_edges(_values(rows, name))) for name in numbers}
    chosen = {name: choose_words(_texts(rows, name)) for name in words}
    positions = {name: len(part.counts) for name, part in parts.items()}
    positions |= {name: len(part.counts) for name, part in chosen.items()}
    watched = tuple(name for name in most_important(shares, len(shares)) if name in parts)
    frame = Profile(
        n_rows=0,
        numbers=parts,
        categories=chosen,
        scores={name: no_numbers(_edges(matrix[:, place])) for place, name in enumerate(classes)},
        classes=dict.fromkeys(classes, 0),
        importance=shares,
        deciles=choose_deciles(watched_score(matrix), watched[:N_TOP]),
        score_sums={name: (0.0,) * n for name, n in positions.items()},
    )
    return frame.count(rows, matrix, predicted)


def most_important(importance: Mapping[str, float], n: int = N_TOP) -> tuple[str, ...]:
    """The features with the largest shares, the largest first; those without any are left out.

    Examples
    --------
    >>> most_important({"a": 0.2, "b": 0.5, "c": 0.3, "d": 0.0}, 2)
    ('b', 'c')
    """
    ranked = sorted(importance, key=lambda name: (-importance[name], name))
    return tuple(name for name in ranked if importance[name] > 0)[:n]


def _values(rows: pa.Table, name: str) -> Floats:
    if name not in rows.column_names:
        return np.full(rows.num_rows, np.nan)
    values: Floats = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _texts(rows: pa.Table, name: str) -> dict[str | None, int]:
    """Rows per category."""
    if name not in rows.column_names:
        return {None: rows.num_rows}
    counted = rows[name].combine_chunks().value_counts()
    return {item["values"]: item["counts"] for item in counted.to_pylist()}


def _sums_by_text(rows: pa.Table, name: str, score: Floats) -> dict[str | None, float]:
    """The sum of the score over the rows of each category."""
    if name not in rows.column_names:
        return {None: float(score.sum())}
    pairs = pa.table({"text": rows[name], "score": score})
    summed = pairs.group_by("text").aggregate([("score", "sum")])
    return dict(zip(summed["text"].to_pylist(), summed["score_sum"].to_pylist(), strict=True))


def _edges(values: Floats) -> tuple[float, ...]:
    return tuple(equal_frequency_edges(values).tolist())
