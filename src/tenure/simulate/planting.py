"""clean rows, events → what arrives: categories, shifts and units in cells; outages and delays of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.simulate.applicants import bears_category
from tenure.simulate.arrays import Flags, Floats
from tenure.simulate.events import Event, FeedOutage, LateRows, NewCategory, Shift, UnitChange, is_active
from tenure.simulate.lender import Lender
from tenure.simulate.months import Months
from tenure.simulate.rows import RawSource
from tenure.simulate.streams import stream


def delay_rows(raw: RawSource, source: str, *, lender: Lender, events: Sequence[Event]) -> RawSource:
    """The rows with the month in which each arrives; the order stays."""
    received = raw.received
    for event in events:
        if isinstance(event, LateRows) and event.source == source:
            draws = stream(lender.seed, f"late {source} {event.start}").random(received.size)
            late = is_active(event, raw.month) & (draws < event.share)
            received = received + late * np.timedelta64(event.n_months, "M")
    return RawSource(raw.rows, raw.customer, raw.month, received)


def change_cells(
    raw: RawSource, source: str, *, start: Months, lender: Lender, events: Sequence[Event]
) -> RawSource:
    """The rows with planted categories, shifts and units in their cells, in this order."""
    for kind in (NewCategory, Shift, UnitChange):
        for event in events:
            if isinstance(event, kind) and event.source == source:
                raw = _change(raw, event, start=start, lender=lender)
    return raw


def drop_rows(raw: RawSource, source: str, *, lender: Lender, events: Sequence[Event]) -> RawSource:
    """The rows that arrive at all: an outage takes the others, of the same customers each month."""
    lost = np.zeros(raw.customer.size, dtype=bool)
    for event in events:
        if isinstance(event, FeedOutage) and event.source == source:
            covered = stream(lender.seed, f"outage {source} {event.start}").random(lender.n_customers)
            lost |= is_active(event, raw.month) & (covered[raw.customer] >= event.covered_share)
    return raw.take(np.flatnonzero(~lost)) if lost.any() else raw


def repeat_rows(raw: RawSource, source: str, *, lender: Lender) -> RawSource:
    """The rows, a share of them twice in a row."""
    draws = stream(lender.seed, f"duplicates {source}").random(raw.customer.size)
    twice = draws < lender.duplicate_share
    return raw.take(np.repeat(np.arange(draws.size), 1 + twice)) if twice.any() else raw


def _change(
    raw: RawSource, event: NewCategory | Shift | UnitChange, *, start: Months, lender: Lender
) -> RawSource:
    old = raw.rows[event.column].combine_chunks()
    match event:
        case NewCategory(category=category):
            bears = bears_category(lender, event, start)[raw.customer]
            new = pc.if_else(pa.array(bears), category, old)
        case Shift(size=size):
            new = _shifted(old, size, is_active(event, raw.month))
        case UnitChange(factor=factor):
            new = _scaled(old, factor, is_active(event, raw.received))
    position = raw.rows.column_names.index(event.column)
    return raw.with_rows(raw.rows.set_column(position, event.column, new))


def _shifted(values: pa.Array, size: float, hit: Flags) -> pa.Array:
    numbers: Floats = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return _like(values, numbers + hit * size * numbers.std())


def _scaled(values: pa.Array, factor: float, hit: Flags) -> pa.Array:
    numbers: Floats = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return _like(values, np.where(hit, numbers * factor, numbers))


def _like(values: pa.Array, numbers: Floats) -> pa.Array:
    """Whole numbers stay whole, others keep two decimals."""
    if pa.types.is_integer(values.type):
        return pa.array(np.rint(numbers).astype(np.int64))
    return pa.array(numbers.round(2))
