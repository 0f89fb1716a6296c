"""What each source is to the population, and what features it gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tenure.domain.sources import ColumnType
from tenure.domain.wording import counted
from tenure.drafting.draft import BlockDraft, PopulationDraft, Role
from tenure.drafting.linking import Link, Seen, Timing
from tenure.drafting.naming import common_prefix, words_of
from tenure.drafting.wording import as_share
from tenure.features.config import Aggregate, RelativeTime

_MOST_FEATURES = 400
_UNITS = {
    "day": "day", "days": "day", "week": "week", "weeks": "week",
    "month": "month", "months": "month", "year": "year", "years": "year",
}  # fmt: skip
_DAYS_PER_MONTH = 365.25 / 12
_TIMED = (Aggregate.MEAN, Aggregate.LAST, Aggregate.STD, Aggregate.TREND, Aggregate.COUNT)
_TIMED_FEW = (Aggregate.MEAN, Aggregate.LAST, Aggregate.COUNT)
_UNTIMED = (Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.MODE, Aggregate.COUNT)
_UNTIMED_FEW = (Aggregate.MEAN, Aggregate.MODE, Aggregate.COUNT)


def draft_block(
    source: Seen, link: Link | None, timing: Timing | None, population: PopulationDraft
) -> BlockDraft:
    """What a source is to the population, and what features it gives.

    - no link: nothing;
    - rows that lie at and after the event, none before: outcomes, never features;
    - one row per entity: its last known row;
    - several: aggregates, over windows where the rows have a time, absolute or relative.
    """
    if link is None:
        return BlockDraft(Role.UNLINKED, "no key leads from the population to it")
    if timing is not None and timing.n_before == 0 and timing.n_after > timing.n_at:
        return BlockDraft(Role.OUTCOMES, _timing_seen(timing))
    known = (*population.keys, *population.extra)
    if source.key.one_row and set(source.key.keys) <= set(known) and link.through is None:
        return BlockDraft(Role.ENTITY, _coverage(link))
    return _history(source, link, timing)


def inputs_of(source: Seen, keys: Sequence[str]) -> tuple[str, ...]:
    """The columns of a source that become features where a block names none."""
    never = {*keys, *source.key.keys, source.key.event_time, source.key.known_at}
    return tuple(
        c.name
        for c in source.columns
        if c.name not in never and c.rule.feature and not c.rule.pii and c.type not in {ColumnType.TEXT, None}
    )


def relative_time(source: Seen) -> RelativeTime | None:
    """The column that counts time before the event: called days or months, and never above zero."""
    for column in source.columns:
        units = [_UNITS[word] for word in words_of(column.name) if word in _UNITS]
        is_past = column.number is not None and column.number.high.value <= 0 < column.number.n_distinct - 1
        if units and is_past and source.look.column(column.name).null_share == 0:
            return RelativeTime.model_validate({"column": column.name, "unit": units[0]})
    return None


def windows_of(first: date | None, last: date | None) -> tuple[str, ...]:
    """The windows that rows from `first` to `last` fill.

    Examples
    --------
    >>> windows_of(date(2023, 1, 1), date(2024, 12, 1)), windows_of(date(2024, 1, 1), date(2024, 2, 1))
    (('3 months', 'all'), ('all',))
    """
    if first is None or last is None:
        return ("3 months", "all")
    n_months = (last - first).days / _DAYS_PER_MONTH
    return ("3 months", "all") if n_months >= 6 else ("all",)


def _history(source: Seen, link: Link, timing: Timing | None) -> BlockDraft:
    inputs = inputs_of(source, link.columns)
    relative = relative_time(source) if source.key.event_time is None else None
    is_timed = source.key.event_time is not None or relative is not None
    windows = _windows(source, relative)
    aggregates: tuple[Aggregate, ...] = _TIMED if is_timed else _UNTIMED
    if len(inputs) * max(len(windows), 1) * len(aggregates) > _MOST_FEATURES:
        windows, aggregates = windows[-1:], _TIMED_FEW if is_timed else _UNTIMED_FEW
    if is_timed and any(source.column(name).type is ColumnType.CATEGORY for name in inputs):
        aggregates = (*aggregates, Aggregate.MODE)
    prefix = common_prefix(inputs) if len(inputs) > 2 else ""
    seen = "; ".join(part for part in (_coverage(link), _timing_seen(timing) if timing else "") if part)
    return BlockDraft(
        Role.HISTORY, seen, (f"{prefix}*",) if prefix else (), windows, aggregates, link.through, relative
    )


def _windows(source: Seen, relative: RelativeTime | None) -> tuple[str, ...]:
    if relative is not None:
        return ("6 months", "all")
    if source.key.event_time is None:
        return ()
    time = source.column(source.key.event_time).time
    return windows_of(time.first, time.last) if time is not None else ("3 months", "all")


def _coverage(link: Link) -> str:
    if not link.n_population:
        return ""
    whole = "population" if link.through is None else f"`{link.through}`"
    share = as_share(link.n_entities / link.n_population)
    return f"has rows of {share} of the {whole} ({link.n_entities:,} of {link.n_population:,})"


def _timing_seen(timing: Timing) -> str:
    before = counted(timing.n_before, "row")
    return f"{before} before the event, {timing.n_at:,} at it, {timing.n_after:,} after it"
