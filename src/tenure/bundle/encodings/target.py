"""Target encoding: how often rows of a category were of each class, drawn towards how often all rows were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from tenure.bundle.encodings.reading import Reader, Vectors


@dataclass(frozen=True, slots=True)
class TargetShares:
    """A share per class but the first, for each category of the training rows; null is one of them.

    Parameters
    ----------
    classes
        The classes that have a column: all but the first.
    categories
        Those that were seen, null (None) last where it was.
    shares
        Of each category, the share of each of the classes, in [0, 1].
    unknown
        The shares of a category that was never seen: those of all training rows.
    """

    method: ClassVar[str] = "target"

    classes: tuple[str, ...]
    categories: tuple[str | None, ...]
    shares: tuple[tuple[float, ...], ...]
    unknown: tuple[float, ...]

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return len(self.classes)

    def names(self, feature: str) -> list[str]:
        """The names of its columns: ``feature→class``."""
        return [f"{feature}→{name}" for name in self.classes]

    def reader(self) -> Reader:
        """Its look-up table; what is no text counts as null."""
        shares = dict(zip(self.categories, self.shares, strict=True))
        unknown = self.unknown

        def vector_of(value: object) -> tuple[float, ...]:
            return shares.get(value if isinstance(value, str) else None, unknown)

        return Vectors(vector_of, self.width)

    def settings(self) -> dict[str, Any]:
        """What ``schema.json`` says of it."""
        return {"classes": list(self.classes)}

    def table(self) -> dict[str, Any]:
        """What ``encodings.json`` holds of it."""
        return {"categories": self.categories, "shares": self.shares, "unknown": self.unknown}

    @classmethod
    def read(cls, settings: Mapping[str, Any], table: Mapping[str, Any]) -> Self:
        """The encoding that was written."""
        shares = tuple(tuple(part) for part in table["shares"])
        return cls(tuple(settings["classes"]), tuple(table["categories"]), shares, tuple(table["unknown"]))
