"""Which time format texts are written in: said where they tell, and left open where they do not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from tenure.drafting.draft import TimeFormat
from tenure.drafting.looks import ColumnLook, FormatCount, FormatLook, Held
from tenure.drafting.naming import words_of
from tenure.drafting.vocabulary import TIME
from tenure.ingestion.formats import fitting_formats
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")
_ISO_FORMATS = frozenset(
    f"%Y-%m-%d{clock}" for clock in ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", " %H:%M:%S.%f")
)
_COMPACT = re.compile(r"(19|20)[0-9]{6}")
_DATE_LIKE = re.compile(
    r"(?=(?:[^0-9]*[0-9]){3})[0-9A-Za-z]{1,10}[-/., ][-0-9A-Za-z/., :]{2,29}|(?:19|20)[0-9]{6}"
)
_N_TRIED = 8  # values for which every format is tried; later ones only where those found so far do not fit
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_MIN_DATES = 0.9  # of the values must be dates before a column is one
_CLEAR = 0.99  # a second format that reads this share of what the first reads leaves the choice open


def candidate_formats(look: ColumnLook) -> tuple[str | None, ...]:
    """The formats in which some of the column's most frequent values are dates; None is ISO.

    None at all where fewer than nine in ten of those values are dates by any format. Plain digits
    (``20240301``) are dates only in a column whose name says so.
    """
    if look.held is Held.TIME:
        return (None,)
    texts = [value.value for value in look.top]
    if look.held not in {Held.TEXT, Held.INTEGER} or (look.n_numbers and not _is_compact(look, texts)):
        return ()
    found: dict[str | None, None] = {}
    n_dates = 0
    for number, text in enumerate(texts):
        is_known = number >= _N_TRIED and any(reading(text, each) for each in found)
        formats = () if is_known else _formats_of(text)
        found |= dict.fromkeys(formats)
        n_dates += is_known or bool(formats)
    return tuple(found) if n_dates >= _MIN_DATES * len(texts) else ()


def count_formats(
    values: ir.Table, wanted: Mapping[str, tuple[str | None, ...]], *, engine: Engine
) -> dict[str, FormatLook]:
    """How many values of each column the wanted formats read, as the engine reads them.

    Parameters
    ----------
    values
        Distinct values with the rows that have them, as `looking.look_at` gives them.
    wanted
        Formats by the name that ``column`` has in `values`.
    engine
        Whoever parses times.
    """
    formats = list(dict.fromkeys(each for several in wanted.values() for each in several))
    if not formats:
        return {}
    texts = values.filter(values["column"].isin(list(wanted)))
    times = [_plausible(engine.parse_time(texts["value"], each)) for each in formats]
    sums = {"n_any": ibis.ifelse(ibis.coalesce(*times).notnull(), texts["n"], 0).sum()}
    for number, time in enumerate(times):
        sums |= {
            f"n_{number}": ibis.ifelse(time.notnull(), texts["n"], 0).sum(),
            f"first_{number}": time.min(),
            f"last_{number}": time.max(),
        }
    counted = engine.arrow(texts.group_by("column").aggregate(**sums)).to_pylist()
    return {
        row["column"]: FormatLook(
            tuple(_count(row, formats.index(each), each) for each in wanted[row["column"]]), int(row["n_any"])
        )
        for row in counted
    }


def settle_format(n_values: int, look: FormatLook, examples: Sequence[str]) -> TimeFormat | None:
    """The format that a column's times are written in, or those that are open; None: they are no times.

    Parameters
    ----------
    n_values
        Rows with a value that does not mean null.
    look
        How many of them each format reads, and any.
    examples
        Values to show.

    Notes
    -----
    A column holds times when the formats read at least nine in ten values. One of them is settled when it
    alone reads so many, and no other reads 99 % of what it reads with another meaning. ``03/01/2024``
    alone says nothing; ``25/01/2024`` among a hundred does.
    """
    known = sorted((each for each in look.counts if each.n), key=lambda each: -each.n)
    if not known or look.n_any < _MIN_DATES * n_values:
        return None
    best = known[0]
    if best.n < _MIN_DATES * n_values:
        seen = f"mixed: {_shares(known[:4], n_values)}"
        return TimeFormat(_formats(known[:4]), seen, is_open=True, is_mixed=True)
    rivals = [each for each in known[1:] if each.n >= _CLEAR * best.n]
    if any(_differ(best.time_format, each.time_format, examples) for each in rivals):
        shown = _example(examples, [each.time_format for each in (best, *rivals)])
        fits = tuple(sorted(_formats((best, *rivals)), key=str))
        return TimeFormat(fits, f"`{shown}` reads as any of them", is_open=True)
    return _settled(best, n_values)


def _settled(best: FormatCount, n_values: int) -> TimeFormat:
    first, last = (moment.date() if moment else None for moment in (best.first, best.last))
    n_rest = n_values - best.n
    seen = f"{first} to {last}" + (f"; {n_rest:,} are no such dates" if n_rest else "")
    return TimeFormat((best.time_format,), seen, first=first, last=last)


def reading(text: str, time_format: str | None) -> str:
    """The day that a text means by a format, as ISO; empty where it means none.

    Examples
    --------
    >>> reading("03/01/2024", "%d/%m/%Y"), reading("x", "%d/%m/%Y")
    ('2024-01-03', '')
    """
    try:
        # Naive on purpose: a raw table says no zone, and none is made up for it.
        moment = datetime.strptime(text, time_format) if time_format else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        return ""
    return moment.date().isoformat()


def _is_compact(look: ColumnLook, texts: Sequence[str]) -> bool:
    """Whether plain digits are dates: written so, and called so."""
    is_called = bool(TIME & set(words_of(look.name)))
    return is_called and all(_COMPACT.fullmatch(text) for text in texts)


def _formats_of(text: str) -> tuple[str | None, ...]:
    if _ISO.fullmatch(text) and reading(text, None):
        return (None,)
    if not _DATE_LIKE.fullmatch(text):
        return ()
    return tuple(each for each in fitting_formats((text,)) if each not in _ISO_FORMATS)


def _plausible(time: ir.TimestampValue) -> ir.TimestampValue:
    in_calendar = time.year().between(_FIRST_YEAR, _LAST_YEAR)
    return ibis.ifelse(in_calendar, time, ibis.null("timestamp"))


def _count(row: Mapping[str, object], number: int, time_format: str | None) -> FormatCount:
    first, last = row[f"first_{number}"], row[f"last_{number}"]
    return FormatCount(
        time_format,
        int(str(row[f"n_{number}"])),
        first if isinstance(first, datetime) else None,
        last if isinstance(last, datetime) else None,
    )


def _differ(one: str | None, other: str | None, examples: Iterable[str]) -> bool:
    """Whether two formats read any of the examples as different days."""
    return any(len({reading(text, one), reading(text, other)} - {""}) > 1 for text in examples)


def _example(examples: Sequence[str], formats: Sequence[str | None]) -> str:
    """An example that all formats read, if there is one."""
    telling = (text for text in examples if all(reading(text, each) for each in formats))
    return next(telling, examples[0] if examples else "")


def _formats(counts: Iterable[FormatCount]) -> tuple[str | None, ...]:
    return tuple(each.time_format for each in counts)


def _shares(counts: Iterable[FormatCount], n_values: int) -> str:
    return ", ".join(f"{each.time_format or 'ISO'} reads {each.n / n_values:.0%}" for each in counts)
