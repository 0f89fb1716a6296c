"""A categorical column as a profile: rows per category, in counts that merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tenure.stats.categories import (
    N_EXTRA_CATEGORIES,
    CategoryScheme,
    choose_categories,
    count_categories,
)
from tenure.stats.numbers import Counts

MAX_NEW = 10
"""New categories that are named."""


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
    n_once: int = 0
    """Categories of `other` that one row alone has; at most so many when profiles were merged."""

    @property
    def left_out(self) -> Counts:
        """The rows as they would be counted if each met only the categories of the other ones.

        A row whose category no other row has is unseen then. So the reference says how many unseen rows
        there are without any drift: of a column with many rare values (employers, towns) never none.
        Their share estimates the chance that the next row is unseen (Good and Turing).

        References
        ----------
        .. [1] I. J. Good, "The population frequencies of species and the estimation of population
           parameters", Biometrika 40, 1953.

        Examples
        --------
        >>> count_words({"a": 4, "b": 1, None: 2}, no_words(("a", "b"))).left_out
        (4, 0, 0, 1, 2)
        """
        top = tuple(0 if n == 1 else n for n in self.counts[: len(self.top)])
        other, unseen, null = self.counts[len(self.top) :]
        n_alone = sum(self.counts[: len(self.top)]) - sum(top) + self.n_once
        return (*top, other - self.n_once, unseen + n_alone, null)

    def merge(self, other: CategoryProfile) -> CategoryProfile:
        """The profile of both sets of rows together.

        Raises
        ------
        ValueError
            If the two were counted by different categories.

        Examples
        --------
        >>> empty = no_words(("a", "b"))
        >>> count_words({"a": 2}, empty).merge(count_words({"z": 1, None: 1}, empty)).counts
        (2, 0, 0, 1, 1)
        """
        if (self.top, self.other) != (other.top, other.other):
            raise ValueError(
                "profiles merge only where their categories are the same; these are "
                f"{_shown(self.top)} and {_shown(other.top)}"
            )
        return replace(
            self,
            counts=tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)),
            n_distinct=max(self.n_distinct, other.n_distinct),
            new=tuple(dict.fromkeys((*self.new, *other.new)))[:MAX_NEW],
            n_once=self.n_once + other.n_once,
        )


def count_words(counts: Mapping[str | None, int], scheme: CategoryProfile) -> CategoryProfile:
    """The profile of rows that somebody has counted by category, by the categories of another profile.

    Parameters
    ----------
    counts
        Rows of each category, null under None: what a GROUP BY gives.
    scheme
        Whose categories they are counted by; its own counts do not matter.

    Examples
    --------
    >>> found = count_words({"a": 4, "new": 1, None: 3}, no_words(("a", "b")))
    >>> found.counts, found.n_distinct, found.new
    ((4, 0, 0, 1, 3), 2, ('new',))
    """
    known = CategoryScheme(scheme.top, frozenset(scheme.other))
    names = {name for name in counts if name is not None}
    unseen = sorted(names - known.other - set(known.top))
    return replace(
        scheme,
        counts=tuple(count_categories(counts, known).tolist()),
        n_distinct=len(names),
        new=tuple(unseen[:MAX_NEW]),
        n_once=sum(counts.get(name) == 1 for name in known.other),
    )


def choose_words(counts: Mapping[str | None, int]) -> CategoryProfile:
    """An empty profile with the categories of a reference.

    Examples
    --------
    >>> choose_words({"a": 4, "b": 5, None: 3}).top
    ('b', 'a')
    """
    scheme = choose_categories(counts)
    return no_words(scheme.top, tuple(sorted(scheme.other)))


def no_words(top: tuple[str, ...], other: tuple[str, ...] = ()) -> CategoryProfile:
    """The profile of no row.

    Examples
    --------
    >>> no_words(("a",)).counts
    (0, 0, 0, 0)
    """
    return CategoryProfile(top, other, (0,) * (len(top) + N_EXTRA_CATEGORIES), 0)


def _shown(names: tuple[str, ...]) -> str:
    return f"[{', '.join(names[:4])}{', ...' if len(names) > 4 else ''}]"
