"""The latest known features of an entity, as an online store keeps them for serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class OnlineRow:
    """One row of ``gold/features``: the latest of its entity."""

    event_time: datetime
    """When it happened: the features are what was known then."""
    as_of: date
    """The period whose run wrote the row."""
    values: Mapping[str, Any]
    """The features by name, as ``pyarrow.Table.to_pylist`` gives them."""


def entity_id(keys: Mapping[str, object]) -> str:
    """The one text that stands for an entity, whatever the order of its keys.

    A number and its digits are the same key, so that a client may send either; ``7`` and ``007`` are two.

    Parameters
    ----------
    keys
        Value by name; none of them null.

    Raises
    ------
    ValueError
        If a key is null.

    Examples
    --------
    >>> entity_id({"loan": 7, "customer": "a"})
    '["a","7"]'
    >>> entity_id({"customer": "a", "loan": "7"})
    '["a","7"]'
    """
    return id_of_values(keys, [keys[name] for name in sorted(keys)])


def id_of_values(names: Sequence[str] | Mapping[str, object], values: Sequence[object]) -> str:
    """As `entity_id`, of values in the order of their sorted `names`.

    Examples
    --------
    >>> id_of_values(["customer", "loan"], ["a", True])
    '["a","true"]'
    """
    if any(value is None for value in values):
        raise ValueError(f"an entity has a value for each of its keys: {', '.join(sorted(names))}")
    return to_json([_as_text(value) for value in values]).decode()


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)
