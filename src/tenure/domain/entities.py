"""An entity: the one text that stands for its keys, whoever wrote them and however."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic_core import to_json


def key_text(row: Mapping[str, object], keys: Sequence[str]) -> str | None:
    """The keys of a row as one text, whatever their order; None where one is absent or null.

    A number and its digits are the same: JSON, CSV and tables disagree about which one a key is. ``7`` and
    ``007`` are two.

    Examples
    --------
    >>> key_text({"id": 5, "day": date(2024, 1, 31), "x": 1.0}, ("id", "day"))
    '{"day":"2024-01-31","id":"5"}'
    >>> key_text({"id": 5.0}, ("id",)) == key_text({"id": "5"}, ("id",))
    True
    >>> key_text({"id": None}, ("id",)) is None
    True
    """
    return text_of_values(sorted(keys), [row.get(name) for name in sorted(keys)])


def entity_id(keys: Mapping[str, object]) -> str:
    """As `key_text`, of keys that an entity must have.

    Raises
    ------
    ValueError
        If one is null.

    Examples
    --------
    >>> entity_id({"loan": 7, "customer": "a"}) == entity_id({"customer": "a", "loan": "7"})
    True
    """
    text = key_text(keys, tuple(keys))
    if text is None:
        raise ValueError(f"an entity has a value for each of its keys: {', '.join(sorted(keys))}")
    return text


def text_of_values(names: Sequence[str], values: Sequence[object]) -> str | None:
    """As `key_text`, of values in the order of their sorted `names`.

    Examples
    --------
    >>> text_of_values(["customer", "loan"], ["a", True])
    '{"customer":"a","loan":"true"}'
    """
    if not names or any(value is None for value in values):
        return None
    plain = {name: _plain(value) for name, value in zip(names, values, strict=True)}
    return to_json(plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)
