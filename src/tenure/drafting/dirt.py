"""Values that mean null, and characters around numbers that mean nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tenure.drafting.looks import ColumnLook, ValueCount
from tenure.drafting.patterns import DECORATION_CHARACTERS
from tenure.drafting.vocabulary import NULLS

_MIN_PUNCTUATION = 2
_MIN_REPEATS = 5  # rows with the same decorated number, and none plain, before it means null
_MIN_CODES = 10
_MOST_NULL = 0.75  # of a column's values: above it a word is what the column says, not what it lacks


@dataclass(frozen=True, slots=True)
class Dirt:
    """What is done to the values of a column before they are read."""

    null_values: tuple[ValueCount, ...] = ()
    strip: str = ""
    n_stripped: int = 0
    """Rows that `strip` mends."""

    @property
    def n_null(self) -> int:
        """Rows whose value means null."""
        return sum(value.n for value in self.null_values)


def means_null(value: str) -> bool:
    """Whether a text says that there is no value: a word for it, or a heap of punctuation.

    Examples
    --------
    >>> [means_null(text) for text in ("_______", "!@9#%8", "NM", "A+", "5-10", "Lawyer")]
    [True, True, True, False, False, False]
    """
    text = value.strip()
    n_punctuation = len(re.findall(r"[^\w\s]|_", text))
    is_heap = n_punctuation >= max(_MIN_PUNCTUATION, len(text) / 2) or n_punctuation == len(text)
    return text.casefold() in NULLS or is_heap


def find_dirt(look: ColumnLook) -> Dirt:
    """The null values of a column, and what is to be stripped from its numbers.

    A number in decoration (``32_``) is stripped, unless the same one stands there again and again and
    never plainly: then it is no measurement but a mark (``__10000__``), and means null.
    """
    decorated = [value for value in look.odd if value.number is not None]
    marks = [value for value in decorated if value.n >= _MIN_REPEATS and value.n_twins < value.n / 10]
    words = [v for v in look.odd if v.number is None and means_null(v.value) and not _is_code(v, look)]
    if _MOST_NULL * look.n_values < sum(value.n for value in words) < look.n_values:
        words = []
    stripped = [value for value in decorated if value not in marks]
    n_marked = sum(value.n for value in marks)
    return Dirt(
        tuple(sorted((*words, *marks), key=lambda value: (-value.n, value.value))),
        _edges(value.value for value in stripped),
        look.n_decorated - n_marked,
    )


def _is_code(value: ValueCount, look: ColumnLook) -> bool:
    """Whether a word for null is one of many codes of its form: ``NM`` among the states of a country."""
    words = (other.value for other in look.top if other.value.isalpha() and other.value.isupper())
    n_alike = sum(len(word) == len(value.value) for word in words)
    return value.value.isalpha() and n_alike >= _MIN_CODES


def _edges(values: Iterable[str]) -> str:
    """The characters of decoration that stand at the ends of the values, in a fixed order."""
    edges: set[str] = set()
    for value in values:
        core = value.strip().strip(DECORATION_CHARACTERS + " ")
        edges |= set(value.replace(core, "", 1)) & set(DECORATION_CHARACTERS)
    return "".join(sorted(edges))
