"""Whether a lender and its events can be simulated: every problem at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tenure.errors import SimulationError
from tenure.simulate.events import (
    Event,
    FeedOutage,
    LateRows,
    NewCategory,
    RenamedColumn,
    Shift,
    UnitChange,
)
from tenure.simulate.lender import Lender, lender_problems
from tenure.simulate.shape import (
    CATEGORY_COLUMNS,
    CUSTOMER,
    RECEIVED,
    SNAPSHOT,
    SOURCES,
    number_columns,
    source_columns,
)


def check_plan(lender: Lender, events: Sequence[Event]) -> None:
    """Nothing, if the lender and its events can be simulated.

    Raises
    ------
    SimulationError
        With every problem found, if they cannot.
    """
    problems = (*lender_problems(lender), *event_problems(lender, events))
    if problems:
        raise SimulationError(
            f"the lender cannot be simulated: {'; '.join(problems)}",
            problems=problems,
            hint="the fields of `Lender` and of each event say what they may be",
        )


def event_problems(lender: Lender, events: Sequence[Event]) -> tuple[str, ...]:
    """What is wrong with the events, in words; empty when nothing is.

    Examples
    --------
    >>> from datetime import date
    >>> event_problems(Lender(), [FeedOutage(start=date(2024, 1, 1), source="clicks")])
    ('feed_outage: there is no source `clicks`, only attributes, financials, clickstream, loan_ledger',)
    """
    return (*_repeated(events), *(text for event in events for text in _problems(lender, event)))


def _repeated(events: Sequence[Event]) -> Iterator[str]:
    renames = Counter((e.source, e.column) for e in events if isinstance(e, RenamedColumn))
    for (source, column), count in renames.items():
        if count > 1:
            yield f"renamed_column: `{source}.{column}` is renamed {count} times; it can be once"


def _problems(lender: Lender, event: Event) -> Iterator[str]:
    if event.end is not None and event.end <= event.start:
        yield f"{event.kind}: it ends ({event.end}) before it has begun ({event.start})"
    for source in {planted.source for planted in event.planted()}:
        if source in SOURCES:
            yield from _column_problems(lender, event, source)
        else:
            yield f"{event.kind}: there is no source `{source}`, only {', '.join(SOURCES)}"
    yield from _share_problems(event)


def _column_problems(lender: Lender, event: Event, source: str) -> Iterator[str]:
    match event:
        case NewCategory(column=column):
            allowed = CATEGORY_COLUMNS.get(source, ())
        case Shift(column=column) | UnitChange(column=column):
            allowed = number_columns(lender, source)
        case RenamedColumn(column=column, name=name):
            allowed = source_columns(lender, source)
            if name in allowed:
                yield f"{event.kind}: `{source}` already has a column `{name}`"
            allowed = tuple(c for c in allowed if c not in {CUSTOMER, SNAPSHOT, RECEIVED})
        case _:
            return
    if column not in allowed:
        yield f"{event.kind}: not possible for `{source}.{column}`, only for {', '.join(allowed) or 'none'}"


def _share_problems(event: Event) -> Iterator[str]:
    match event:
        case FeedOutage(covered_share=share) if not 0 <= share < 1:
            yield f"{event.kind}: `covered_share` is {share}; it must lie in [0, 1)"
        case NewCategory(share=share) | LateRows(share=share) if not 0 < share <= 1:
            yield f"{event.kind}: `share` is {share}; it must lie in (0, 1]"
        case LateRows(n_months=n_months) if n_months < 1:
            yield f"{event.kind}: `n_months` is {n_months}; it must be at least 1"
        case _:
            return
