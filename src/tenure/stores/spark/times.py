r"""Text as a timestamp on Spark, by the formats of strptime and by ISO 8601, as DuckDB reads them.

Spark's own patterns are of another kind (``dd`` wants two digits, and there is no ``%p`` without a locale),
so a format becomes a regular expression, what it finds is put together as ISO text, and that is cast:

::

    %d/%m/%Y    ^\s*(\d{1,2}+)/(\d{1,2}+)/(\d{1,4}+)\s*$    →    2024-03-01 00:00:00.000000
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import ibis
import ibis.expr.types as ir

from tenure.errors import ProjectError

_ISO = (
    r"^\s*\d{4}([-/])\d{1,2}\1\d{1,2}"
    r"(?:[ T]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{1,9})?)?(?:Z|\s*UTC|[+-]\d{2}(?::?\d{2})?)?)?\s*$"
)
_ZONE = r"\s*(?:Z|UTC)\s*$"
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _names(words: tuple[str, ...]) -> str:
    return f"((?i:{'|'.join(words)}))"


_PATTERNS: Mapping[str, str] = {
    "Y": r"(\d{1,4}+)",
    "y": r"(\d{1,2}+)",
    "m": r"(\d{1,2}+)",
    "d": r"(\d{1,2}+)",
    "H": r"(\d{1,2}+)",
    "I": r"(\d{1,2}+)",
    "M": r"(\d{1,2}+)",
    "S": r"(\d{1,2}+)",
    "f": r"(\d{1,6}+)",
    "p": r"((?i:am|pm))",
    "b": _names(tuple(month[:3] for month in _MONTHS)),
    "B": _names(_MONTHS),
    "a": _names(tuple(day[:3] for day in _DAYS)),
    "A": _names(_DAYS),
}
"""The directives that are read, and what each matches: digits as many as there are, up to its width."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of strptime as a regular expression of Java, and which directive each group is."""

    pattern: str
    directives: tuple[str, ...]


def translate_format(time_format: str) -> Format:
    r"""A format of strptime as a regular expression.

    Raises
    ------
    ProjectError
        If it has a directive that is not read here, or has one twice.

    Examples
    --------
    >>> translate_format("%d/%m/%Y")
    Format(pattern='^\\s*(\\d{1,2}+)/(\\d{1,2}+)/(\\d{1,4}+)\\s*$', directives=('d', 'm', 'Y'))
    """
    pieces, directives = [], []
    for kind, text in _pieces(time_format):
        if kind == "directive":
            directives.append(text)
            pieces.append(_PATTERNS[text])
        else:
            pieces.append(r"\s+" if text.isspace() else re.escape(text))
    if len(set(directives)) < len(directives):
        raise ProjectError(f"the time format `{time_format}` names one part of a time twice", hint=_HINT)
    return Format(rf"^\s*{''.join(pieces)}\s*$", tuple(directives))


_HINT = f"the directives that Spark is taught are {', '.join(f'%{name}' for name in _PATTERNS)} and %%."


def _pieces(time_format: str) -> Iterator[tuple[str, str]]:
    """The directives, blanks and characters of a format, in order."""
    for found in re.finditer(r"%-?(.)|(\s+)|([^%])|(%)$", time_format, re.DOTALL):
        directive, blank, character, lonely = found.groups()
        if lonely or (directive not in {None, "%"} and directive not in _PATTERNS):
            raise ProjectError(
                f"the time format `{time_format}` has `{found[0]}`, which cannot be read on Spark",
                hint=_HINT,
            )
        yield ("directive", directive) if directive in _PATTERNS else ("text", blank or character or "%")


def parse_strptime(text: ir.StringValue, time_format: str) -> ir.TimestampValue:
    """Text as a timestamp by a format of strptime; null where it does not fit.

    What the format does not name is that of 1 January 1900 at midnight. ``%y`` is 1969 to 2068.

    Raises
    ------
    ProjectError
        If the format cannot be translated.
    """
    known = translate_format(time_format)
    fits = text.re_search(known.pattern)
    parts = {
        name: text.re_extract(known.pattern, place) for place, name in enumerate(known.directives, start=1)
    }
    iso = _year(parts) + "-" + _month(parts) + "-" + _two(parts, "d", "01") + " " + _hour(parts) + ":"
    iso = iso + _two(parts, "M", "00") + ":" + _two(parts, "S", "00") + "." + _fraction(parts)
    return cast(ir.TimestampValue, ibis.ifelse(fits, iso, ibis.null("string")).try_cast("timestamp"))


def parse_iso(text: ir.StringValue) -> ir.TimestampValue:
    """ISO text as a timestamp, a zone behind it left unread; null where it is none."""
    plain = text.strip().re_replace(_ZONE, "").replace("/", "-")
    fitting = ibis.ifelse(text.re_search(_ISO), plain, ibis.null("string"))
    return cast(ir.TimestampValue, fitting.try_cast("timestamp"))


_Parts = Mapping[str, ir.StringValue]


def _two(parts: _Parts, name: str, default: str) -> ir.StringValue:
    return parts[name].lpad(2, "0") if name in parts else ibis.literal(default)


def _year(parts: _Parts) -> ir.StringValue:
    if "Y" in parts:
        return parts["Y"].lpad(4, "0")
    if "y" not in parts:
        return ibis.literal("1900")
    year = _number(parts["y"])
    return (year + (year < 69).ifelse(2000, 1900)).cast("string")


def _month(parts: _Parts) -> ir.StringValue:
    named = parts.get("b", parts.get("B"))
    if named is None:
        return _two(parts, "m", "01")
    begins = named.lower().left(3)
    numbered = [(begins == name[:3], f"{number:02d}") for number, name in enumerate(_MONTHS, start=1)]
    return ibis.cases(*numbered, else_=ibis.null("string"))


def _hour(parts: _Parts) -> ir.StringValue:
    """The hour of the day; of twelve hours, from 1 to 12, with ``%p`` behind midday."""
    if "I" not in parts:
        return _two(parts, "H", "00")
    hour = _number(parts["I"])
    is_late = parts["p"].lower() == "pm" if "p" in parts else ibis.literal(value=False)
    of_day = hour % 12 + is_late.ifelse(12, 0)
    text = of_day.cast("string").lpad(2, "0")
    return ibis.ifelse(hour.between(1, 12), text, ibis.null("string"))


def _fraction(parts: _Parts) -> ir.StringValue:
    return parts["f"].rpad(6, "0") if "f" in parts else ibis.literal("000000")


def _number(text: ir.StringValue) -> ir.IntegerValue:
    return cast(ir.IntegerValue, text.try_cast("int32"))
