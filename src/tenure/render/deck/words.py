"""Values as a deck tells them."""

from __future__ import annotations

from typing import Any

from tenure.render.words import NOTHING, plain

LONGEST_NAME = 42
"""Letters of a name; longer ones are cut in the middle, where names differ least."""
LONGEST_SENTENCE = 210
LONGEST_CLAUSE = 92


def told(value: Any) -> str:
    """A value as it is told where nothing else is asked for.

    Examples
    --------
    >>> from datetime import date
    >>> told(12500), told(0.25), told(None), told(date(2024, 1, 31)), told("income")
    ('12,500', '0.25', '–', '2024-01-31', 'income')
    """
    if value is None:
        return NOTHING
    if isinstance(value, int):
        return f"{value:,}"
    return plain(value) if isinstance(value, float) else short(str(value))


def version(value: int) -> str:
    """The number of a version, without marks between its thousands."""
    return str(value)


def short(name: str) -> str:
    """A name that fits: a long one without its middle.

    Examples
    --------
    >>> short("financials_annual_income")
    'financials_annual_income'
    >>> short("clickstream_" + "x" * 60 + "_mean_3m")
    'clickstream_xxxxxxxxx…xxxxxxxxxxxx_mean_3m'
    """
    if len(name) <= LONGEST_NAME:
        return name
    half = (LONGEST_NAME - 1) // 2
    return f"{name[: LONGEST_NAME - 1 - half]}…{name[-half:]}".replace("\n", " ")


def sentence(text: str | None, longest: int = LONGEST_SENTENCE) -> str:
    """A sentence that fits, without marks of code.

    A long one ends with its last clause that fits, where that is most of it; else with an ellipsis after a
    whole word.

    Examples
    --------
    >>> sentence("`age` has drifted"), len(sentence("word " * 100)) <= LONGEST_SENTENCE
    ('age has drifted', True)
    >>> sentence("Version 5 stays; a training waits: 2 periods since the last one (cooldown 3).", 60)
    'Version 5 stays; a training waits.'
    >>> sentence("f1 is 0.72, the champion's 0.71 on the same 900 rows", 40)
    "f1 is 0.72, the champion's 0.71 on the…"
    """
    if text is None:
        return NOTHING
    plain_words = text.replace("`", "")
    if len(plain_words) <= longest:
        return plain_words
    there = plain_words[: longest - 1]
    whole = max(there.rfind(end) for end in (". ", "; ", ": "))
    if whole >= longest / 2:
        return there[:whole] + "."
    return there.rpartition(" ")[0].rstrip(",;:. (") + "…"


def clause(text: str | None) -> str:
    """A sentence that fits into a row of a table, or behind another one."""
    return sentence(text, LONGEST_CLAUSE)


def share(value: float | None) -> str:
    """A share in percent, without decimals where it has none, that no line breaks apart.

    Examples
    --------
    >>> share(0.288).split(), share(1.0).split(), share(None)
    (['28.8', '%'], ['100', '%'], '–')
    """
    return NOTHING if value is None else f"{100 * value:.1f}".removesuffix(".0") + "\u00a0%"


def score(value: float | None) -> str:
    """A metric with three decimals.

    Examples
    --------
    >>> score(0.94484)
    '0.945'
    """
    return NOTHING if value is None else f"{value:.3f}"
