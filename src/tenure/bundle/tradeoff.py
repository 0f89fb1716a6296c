"""What every threshold would do to the validation rows: a part of ``metrics.json`` of a binary task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRADEOFF = "thresholds"


@dataclass(frozen=True, slots=True)
class Tradeoff:
    """One entry per threshold, from the strictest to the laxest, on the rows that chose among them."""

    thresholds: tuple[float, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    mean_cost: tuple[float, ...] = ()
    """Per row; empty without a cost table."""

    def to_json(self) -> dict[str, Any]:
        """What ``metrics.json`` holds, under ``thresholds``."""
        return {name: list(getattr(self, name)) for name in self.__slots__}


def tradeoff_of(metrics: Mapping[str, Any]) -> Tradeoff | None:
    """The trade-off that a bundle's metrics tell; None where they tell none, as for more than two classes.

    Examples
    --------
    >>> told = Tradeoff((0.9, 0.1), (1.0, 0.5), (0.2, 1.0), (0.33, 0.67))
    >>> tradeoff_of({TRADEOFF: told.to_json()}) == told, tradeoff_of({}) is None
    (True, True)
    """
    record = metrics.get(TRADEOFF)
    return None if record is None else Tradeoff(**{name: tuple(values) for name, values in record.items()})
