"""The latest known features of an entity, as an online store keeps them for serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class OnlineRow:
    """One row of ``gold/features``: the latest of its entity."""

    event_time: datetime
    """When it happened: the features are what was known then."""
    as_of: date
    """The period whose run wrote the row."""
    values: Mapping[str, Any]
    """The features by name, as ``pyarrow.Table.to_pylist`` gives them."""
