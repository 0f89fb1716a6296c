"""Rows whose time cannot be read: a format that must be stated is an error, a stray value a finding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tenure.domain.reading import received
from tenure.domain.sources import Column, Source
from tenure.domain.tables import FILE, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.domain.wording import counted
from tenure.errors import SourceError
from tenure.ingestion.columns import time_columns
from tenure.ingestion.formats import dates_among, fitting_formats, readings
from tenure.ingestion.times import time_rule
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_N_LOOKED_AT = 200


def unread_times(rows: ir.Table, column: str, source: Source, *, engine: Engine) -> tuple[str, ...]:
    """Distinct values of a time column that cannot be read, as text, in order; the first 200 of them."""
    value = received(rows, column, time_rule(column, source))
    if value is None:
        return ()
    undated = rows[ROW_EVENT_TIME].isnull()
    if column != source.event_time:
        undated = rows[ROW_EVENT_TIME].notnull() & rows[ROW_KNOWN_AT].isnull()
    text = value.cast("string")
    unread = rows.filter(undated & (text.strip() != "")).select(text=text).distinct()
    texts = engine.arrow(unread.order_by("text").limit(_N_LOOKED_AT))
    return tuple(texts["text"].to_pylist())


def check_times(name: str, rows: ir.Table, source: Source, *, is_any_dated: bool, engine: Engine) -> None:
    """Refuse times whose format has to be stated, or is not the one stated.

    Parameters
    ----------
    name
        The source's name.
    rows
        Its rows with their times, some of which are not dated.
    source
        What the project file says of it.
    is_any_dated
        Whether at least one row has a time that can be read.
    engine
        Where the rows are.

    Raises
    ------
    SourceError
        If no row can be dated, or if, without a stated format, values look like dates of a format other
        than ISO: which one is never guessed.
    """
    for column in time_columns(source):
        texts = unread_times(rows, column, source, engine=engine)
        dates = dates_among(texts)
        stated = time_rule(column, source).format
        if stated is None and dates:
            raise _not_iso(name, column, dates, source, is_mixed=is_any_dated)
        if texts and not is_any_dated:
            raise _unreadable(name, column, texts, source)
    if not is_any_dated:
        column = time_columns(source)[0]
        raise SourceError(
            f"source `{name}`: `{column}` is empty in every row", hint="check `event_time` and the file."
        )


def examples_of(rows: ir.Table, files: Sequence[str], source: Source, *, engine: Engine) -> tuple[str, ...]:
    """Values that could not be read as times in some files; none of a column marked ``pii``."""
    shown: tuple[str, ...] = ()
    for column in time_columns(source):
        if not source.columns.get(column, Column()).pii:
            shown += unread_times(rows.filter(rows[FILE].isin(files)), column, source, engine=engine)
    return shown


def _not_iso(name: str, column: str, dates: Sequence[str], source: Source, *, is_mixed: bool) -> SourceError:
    formats = fitting_formats(dates)
    key = _setting(column, source)
    others = " beside ISO dates" if is_mixed else ""
    shown = _shown(dates, column, source)
    if not formats:
        return SourceError(
            f"source `{name}`: `{column}` holds dates of several formats{others}, such as {shown}",
            hint=f"write them all in one format in the file, and state it in `{key}`.",
        )
    meaning = _meaning(dates[0], formats, column, source)
    if is_mixed:
        hint = f"write them all in one format in the file; `{key}` states which, if it is not ISO."
    else:
        hint = f'state it, for example `{key}: "{formats[0]}"`.'
    return SourceError(
        f"source `{name}`: `{column}` holds dates that are not ISO{others}: {shown} could be {meaning}",
        hint=hint,
    )


def _unreadable(name: str, column: str, texts: Sequence[str], source: Source) -> SourceError:
    key = _setting(column, source)
    stated = time_rule(column, source).format
    formats = fitting_formats(dates_among(texts))
    fits = f"; {_meaning(texts[0], formats, column, source)} would fit" if formats else ""
    return SourceError(
        f"source `{name}`: no value of `{column}` can be read as {stated or 'an ISO date'}, "
        f"such as {_shown(texts, column, source)}{fits}",
        hint=f"state how it is written in `{key}`, or name another column in `event_time`.",
    )


def _setting(column: str, source: Source) -> str:
    return "time_format" if column == source.event_time else f"columns.{column}.format"


def _meaning(text: str, formats: tuple[str, ...], column: str, source: Source) -> str:
    if source.columns.get(column, Column()).pii:
        return " or ".join(formats)
    return readings(text, formats) if dates_among([text]) else " or ".join(formats)


def _shown(texts: Sequence[str], column: str, source: Source) -> str:
    if source.columns.get(column, Column()).pii:
        return f"{counted(len(texts), 'value that is', 'values that are')} not shown"
    return ", ".join(f"`{text[:40]}`" for text in texts[:3])
