"""When a row happened and when it was known: expressions over raw rows, and the order they are kept in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ibis

from tenure.domain.columns import canonical_columns
from tenure.domain.durations import Duration
from tenure.domain.reading import received, typed
from tenure.domain.sources import Column, ColumnType, Source
from tenure.domain.tables import DIGEST, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_DIGEST_LENGTH = 12  # 48 bits: enough for a fingerprint that is only ever a short cut


@dataclass(frozen=True, slots=True)
class Dating:
    """What an engine makes of raw rows before it keeps them; equal for equal sources.

    Adds ``_event_time``, ``_known_at`` and ``_digest``, and orders the rows by when they were known, so
    that a period of them is found without looking at the rest. ``_known_at`` is null where a row cannot
    be dated. A source without event time has null in both.
    """

    settings: str
    """The source as text: what tells one dating from another."""
    engine: Engine
    source: Source = field(compare=False)

    def __call__(self, rows: ir.Table) -> ir.Table:
        """The rows with their times and fingerprints, in the order in which they became known."""
        event_time = _time(rows, self.source.event_time, self.source, self.engine)
        known_at = _known_at(rows, event_time, self.source, self.engine)
        times = {ROW_EVENT_TIME: event_time, ROW_KNOWN_AT: known_at}
        dated = rows.mutate(**times, **{DIGEST: digest(rows, self.source)})
        return dated.order_by([dated[ROW_KNOWN_AT], dated[FILE], dated[ROW]])


def dating(source: Source, engine: Engine) -> Dating:
    """The dating of a source's rows."""
    return Dating(source.model_dump_json(), engine, source)


def time_rule(name: str, source: Source) -> Column:
    """How the column that holds a time is read: the format of its own rule, else `time_format`.

    For the event time `time_format` comes first.
    """
    rule = source.columns.get(name, Column())
    stated = source.time_format
    time_format = (stated or rule.format) if name == source.event_time else (rule.format or stated)
    return Column(
        type=ColumnType.DATE,
        format=time_format,
        strip=rule.strip,
        null_values=rule.null_values,
        renamed_from=rule.renamed_from,
    )


def later(time: ir.TimestampValue, span: Duration) -> ir.TimestampValue:
    """The time a span later; the last day of a month stays the last, as in `Duration.after`."""
    moved = time
    if span.months:
        next_month = time.truncate("M") + ibis.interval(months=span.months + 1)
        last = next_month - ibis.interval(days=1) + (time - time.truncate("D"))
        is_last = (time + ibis.interval(days=1)).month() != time.month()
        moved = ibis.ifelse(is_last, last, time + ibis.interval(months=span.months))
    return moved + ibis.interval(days=span.days) if span.days else moved


def digest(rows: ir.Table, source: Source) -> ir.StringValue:
    """A fingerprint of what a row says: its values that are not null, each with its column's name.

    It does not change when a column is renamed (`renamed_from`) or added empty. Two rows with the same
    fingerprint say the same but for one chance in 2^48; two with different ones may say the same
    (engines write numbers differently), so a difference is looked into before anything rests on it.
    """
    parts = [
        ibis.literal(f"{name}=") + value.cast("string")
        for name, value in sorted(canonical_columns(rows, source).items())
    ]
    return ibis.literal("\x1f").join(parts).hexdigest("md5").left(_DIGEST_LENGTH)


def _known_at(
    rows: ir.Table, event_time: ir.TimestampValue, source: Source, engine: Engine
) -> ir.TimestampValue:
    if source.known_at is None:
        return later(event_time, source.delay)
    known_at = _time(rows, source.known_at, source, engine)
    return ibis.ifelse(event_time.isnull(), ibis.null("timestamp(6)"), known_at)


def _time(rows: ir.Table, name: str | None, source: Source, engine: Engine) -> ir.TimestampValue:
    value = None if name is None else received(rows, name, time_rule(name, source))
    if name is None or value is None:
        return ibis.null("timestamp(6)")
    return typed(value, time_rule(name, source), engine=engine).cast("timestamp(6)")
