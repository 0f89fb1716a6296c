"""Which labelled rows are trained on, chosen on and tested on.

``policy``: what the project file says. ``by_time`` and ``by_entity``: the two rules. ``rows``: the sides
that come out. `split` takes the rule that the policy names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tenure.domain.models import Span
from tenure.domain.splits.by_entity import entity_positions, on_arc, split_by_entity
from tenure.domain.splits.by_time import folds_by_time, split_by_time
from tenure.domain.splits.policy import SplitBy, SplitPolicy
from tenure.domain.splits.rows import (
    SIDES,
    Codes,
    Mask,
    SplitRows,
    Times,
    entity_codes,
    require_classes,
)

__all__ = [
    "SIDES",
    "Codes",
    "Mask",
    "SplitBy",
    "SplitPolicy",
    "SplitRows",
    "Times",
    "belongs_to",
    "entity_codes",
    "entity_positions",
    "folds_by_time",
    "require_classes",
    "split",
    "split_by_entity",
    "split_by_time",
]


def split(
    rows: pa.Table, keys: Sequence[str], event_times: Times, label_known_at: Times, *, policy: SplitPolicy
) -> SplitRows:
    """The sides of labelled rows, by the rule of the policy.

    Parameters
    ----------
    rows
        A table with the columns `keys`.
    keys
        What names an entity.
    event_times, label_known_at
        Of each row.
    policy
        By time or by entity, and how much of each.

    Raises
    ------
    NotEnoughLabelsError
        If a side has no row, or there are too few days to part by time.
    """
    if policy.by is SplitBy.ENTITY:
        return split_by_entity(event_times, entity_positions(rows, keys), policy=policy)
    return split_by_time(event_times, label_known_at, entity_codes(rows, keys), policy=policy)


def belongs_to(span: Span, rows: pa.Table, keys: Sequence[str], event_times: Times) -> Mask:
    """Which rows lie in the span, by the day of their event and, where it parts them, by their entity.

    Examples
    --------
    >>> from datetime import date
    >>> rows = pa.table({"id": ["a", "b"]})
    >>> days = np.array(["2024-03-01", "2024-05-01"], dtype="datetime64[us]")
    >>> belongs_to(Span(date(2024, 4, 1), date(2024, 6, 1), 1), rows, ["id"], days)
    array([False,  True])
    """
    days = event_times.astype("datetime64[D]")
    inside: Mask = (days >= np.datetime64(span.first)) & (days <= np.datetime64(span.last))
    return inside if span.entities is None else inside & on_arc(entity_positions(rows, keys), span.entities)
