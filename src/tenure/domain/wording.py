"""How many of what: the one way to write a number with its noun."""

from __future__ import annotations


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number with thousands apart, and its noun in the form that goes with it.

    Parameters
    ----------
    n
        How many there are.
    noun
        What they are, one of them; further words may follow.
    plural
        What several of them are; `noun` with an ``s`` where it is not given.

    Examples
    --------
    >>> counted(1, "period"), counted(0, "period"), counted(1731, "row")
    ('1 period', '0 periods', '1,731 rows')
    >>> counted(2, "category", "categories"), counted(1, "row is new", "rows are new")
    ('2 categories', '1 row is new')
    """
    return f"{n:,} {agreeing(n, noun, plural)}"


def agreeing(n: int, word: str, plural: str = "") -> str:
    """The form of a word that goes with a number told elsewhere.

    Examples
    --------
    >>> agreeing(1, "cohort"), agreeing(3, "cohort"), agreeing(1, "has", "have"), agreeing(0, "has", "have")
    ('cohort', 'cohorts', 'has', 'have')
    """
    return word if n == 1 else plural or f"{word}s"
