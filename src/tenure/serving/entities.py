"""A row as a client sends it → who it is about, and what is said of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Split:
    """One row, its fields by what they are for."""

    keys: dict[str, Any]
    """The entity's keys; empty unless each of them is there and not null."""
    features: dict[str, Any]
    """The features that were sent, nulls included."""


def split_row(given: Mapping[str, Any], *, keys: Sequence[str], features: Collection[str]) -> Split:
    """The keys and the features of a row; a key that is a feature, too, is both.

    Examples
    --------
    >>> split_row({"id": "a1", "age": None}, keys=("id",), features={"age", "income"})
    Split(keys={'id': 'a1'}, features={'age': None})
    >>> split_row({"id": None, "age": 31}, keys=("id",), features={"age", "income"}).keys
    {}
    """
    own = {name: given[name] for name in keys if given.get(name) is not None}
    said = {name: value for name, value in given.items() if name in features}
    return Split(own if len(own) == len(keys) else {}, said)
