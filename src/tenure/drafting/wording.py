"""Counts, shares, numbers and values as a comment shows them: short, on one line, printable."""

from __future__ import annotations

from collections.abc import Sequence

from tenure.drafting.looks import ValueCount

_LONGEST = 24
_WIDEST = 44


def as_number(value: float) -> str:
    """A number as a person writes it.

    Examples
    --------
    >>> as_number(23834698.0), as_number(2024), as_number(0.018801), as_number(-7.5), as_number(1e21)
    ('23,834,698', '2024', '0.0188', '-7.5', '1e+21')
    """
    if abs(value) >= 1e15 or (abs(value) < 10_000 and value != round(value)):
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"


def as_share(share: float) -> str:
    """A share in per cent; never 0 % for something, nor 100 % for less than all.

    Examples
    --------
    >>> as_share(0.2089), as_share(0.0281), as_share(0.00004), as_share(0.99999), as_share(1.0)
    ('21 %', '2.8 %', 'under 0.1 %', 'over 99.9 %', '100 %')
    """
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    number = f"{100 * share:.1f}".removesuffix(".0") if share < 0.1 else f"{100 * share:.0f}"
    return f"{number} %"


def as_value(text: str, longest: int = _LONGEST) -> str:
    r"""A raw value on one line, cut off, without characters that a comment cannot hold.

    Examples
    --------
    >>> as_value("_______"), as_value("a\nb"), as_value("x" * 30)
    ('_______', 'a b', 'xxxxxxxxxxxxxxxxxxxxxxx…')
    >>> as_value("WEEKDAY_APPR_PROCESS_START", longest=30)
    'WEEKDAY_APPR_PROCESS_START'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def as_values(values: Sequence[ValueCount], most: int = 3) -> str:
    """The most frequent values with their rows.

    Examples
    --------
    >>> as_values([ValueCount("Yes", 60), ValueCount("No", 30), ValueCount("NM", 10)], most=2)
    'Yes 60, No 30, ...'
    """
    shown = [f"{as_value(value.value)} {value.n:,}" for value in values[:most]]
    while len(shown) > 1 and len(", ".join(shown)) > _WIDEST:
        shown.pop()
    return ", ".join(shown) + (", ..." if len(values) > len(shown) else "")
