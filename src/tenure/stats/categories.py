"""Categories → counts: the frequent ones of the reference, other, unseen, null."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tenure.stats.arrays import Floats, Ints

N_EXTRA_CATEGORIES = 3
"""Other, unseen and null, after the frequent ones."""


@dataclass(frozen=True, slots=True)
class CategoryScheme:
    """Which categories of the reference are counted each, and which together.

    Attributes
    ----------
    top : tuple of str
        Counted each, the most frequent first.
    other : frozenset of str
        Seen in the reference, counted together.
    """

    top: tuple[str, ...]
    other: frozenset[str]

    @property
    def labels(self) -> tuple[str, ...]:
        """A label for each position of `count_categories`."""
        return (*self.top, "other", "unseen", "null")


def tally_categories(values: Iterable[object]) -> dict[str | None, int]:
    """Return how often each category occurs; None and NaN are counted under None.

    Examples
    --------
    >>> tally_categories(["a", "b", "a", None, float("nan")])
    {'a': 2, 'b': 1, None: 2}
    """
    return dict(Counter(None if _is_null(value) else str(value) for value in values))


def choose_categories(reference_counts: Mapping[str | None, int], *, n_top: int = 20) -> CategoryScheme:
    """Return the `n_top` most frequent categories of the reference, and the rest as other.

    Categories that occur equally often come in alphabetical order, so the choice does not depend on the
    order of rows. None and categories with a count of 0 are left out.

    Examples
    --------
    >>> scheme = choose_categories({"b": 5, "a": 5, "c": 1, "d": 0, None: 9}, n_top=2)
    >>> scheme.top, sorted(scheme.other)
    (('a', 'b'), ['c'])
    """
    seen = [(name, n) for name, n in reference_counts.items() if name is not None and n > 0]
    ranked = [name for name, _ in sorted(seen, key=lambda pair: (-pair[1], pair[0]))]
    return CategoryScheme(top=tuple(ranked[:n_top]), other=frozenset(ranked[n_top:]))


def count_categories(counts: Mapping[str | None, int], scheme: CategoryScheme) -> Ints:
    """Return rows per position: ``[*top, other, unseen, null]``.

    Parameters
    ----------
    counts : mapping of category to rows
        As `tally_categories` or a GROUP BY gives them; null under None.
    scheme : CategoryScheme
        Chosen on the reference. A category it does not know is unseen.

    Returns
    -------
    counts : array of shape (len(scheme.top) + 3,)
        Sums to the number of rows.

    Examples
    --------
    >>> scheme = CategoryScheme(top=("a", "b"), other=frozenset({"c"}))
    >>> count_categories({"a": 4, "c": 2, "new": 1, None: 3}, scheme)
    array([4, 0, 2, 1, 3])
    """
    return sum_categories(counts, scheme).astype(np.int64)


def sum_categories(sums: Mapping[str | None, float], scheme: CategoryScheme) -> Floats:
    """Return a sum per position, as `count_categories` returns rows per position.

    Parameters
    ----------
    sums : mapping of category to sum
        Of anything that adds up over rows, such as a score; null under None.
    scheme : CategoryScheme
        Chosen on the reference.

    Examples
    --------
    >>> sum_categories({"a": 0.5, "new": 0.25}, CategoryScheme(top=("a", "b"), other=frozenset()))
    array([0.5 , 0.  , 0.  , 0.25, 0.  ])
    """
    places = {name: place for place, name in enumerate(scheme.top)}
    n_top = len(scheme.top)
    found = np.zeros(n_top + N_EXTRA_CATEGORIES)
    for name, amount in sums.items():
        found[_place_of(name, places, scheme, n_top)] += amount
    return found


def _place_of(name: str | None, places: Mapping[str, int], scheme: CategoryScheme, n_top: int) -> int:
    if name is None:
        return n_top + 2
    return places.get(name, n_top if name in scheme.other else n_top + 1)


def _is_null(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
