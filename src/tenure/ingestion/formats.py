"""Date formats that texts may be written in: to say how one is stated, never to choose one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

_DATES = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%y-%m-%d",
    "%d.%m.%y",
    "%Y-%m",
    "%m/%Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
)
_CLOCKS = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
FORMATS = tuple(day + clock for clock in _CLOCKS for day in _DATES)
"""strptime formats that are looked for, the most usual first."""


def fitting_formats(texts: Iterable[str]) -> tuple[str, ...]:
    """The known formats that every text can be read by; none when there are no texts.

    Examples
    --------
    >>> fitting_formats(["31/01/2024", "01/02/2024"])
    ('%d/%m/%Y',)
    >>> fitting_formats(["03/01/2024"])
    ('%d/%m/%Y', '%m/%d/%Y')
    >>> fitting_formats(["03/01/2024", "n/a"])
    ()
    """
    known = tuple(texts)
    return tuple(each for each in FORMATS if known and all(_fits(text, each) for text in known))


def dates_among(texts: Sequence[str]) -> tuple[str, ...]:
    """Those texts that some known format can read.

    Examples
    --------
    >>> dates_among(["03/01/2024", "n/a"])
    ('03/01/2024',)
    """
    return tuple(text for text in texts if any(_fits(text, each) for each in FORMATS))


def readings(text: str, formats: Iterable[str]) -> str:
    """What a text would mean by each format, for a person to choose from.

    Examples
    --------
    >>> readings("03/01/2024", ("%d/%m/%Y", "%m/%d/%Y"))
    '%d/%m/%Y (2024-01-03) or %m/%d/%Y (2024-03-01)'
    """
    return " or ".join(f"{each} ({_read(text, each).date()})" for each in formats)


def _fits(text: str, time_format: str) -> bool:
    try:
        _read(text, time_format)
    except ValueError:
        return False
    return True


def _read(text: str, time_format: str) -> datetime:
    # Naive on purpose: a raw table says no zone, and none is made up for it.
    return datetime.strptime(text.strip(), time_format)  # noqa: DTZ007
