"""Feature columns: what a model may see, and how rows of features meet their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tenure.domain.sources import ReasonWords
from tenure.domain.tables import EVENT_TIME, KNOWN_AT, LABEL

if TYPE_CHECKING:
    import ibis.expr.types as ir


class FeatureKind(StrEnum):
    """How a model reads a feature."""

    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """One feature: its column in ``gold/features`` and where it comes from."""

    name: str
    kind: FeatureKind
    block: str
    """The feature view that made it: a source, ``cross`` or the name of an SQL file."""
    inputs: tuple[str, ...] = ()
    """Silver columns it is computed from, as ``source.column``; empty when SQL made it."""
    words: str = ""
    """What a person calls it."""
    reason: ReasonWords | None = None
    """What an applicant is told when it pushed the score, if the project file says."""

    @property
    def sources(self) -> frozenset[str]:
        """The sources that it was made of; its block where SQL made it of nothing that is told.

        Examples
        --------
        >>> clicks = FeatureColumn("clicks_mean_3m", FeatureKind.NUMBER, "clicks", ("clicks.fe_1",))
        >>> sorted(clicks.sources)
        ['clicks']
        """
        return frozenset(part.partition(".")[0] for part in self.inputs) or frozenset({self.block})


def label_rows(features: ir.Table, labels: ir.Table, *, keys: Sequence[str]) -> ir.Table:
    """Feature rows that have a label: the features' columns, ``label`` and ``label_known_at``.

    Rows meet on the keys and the event time, which identify one row on both sides, so that the
    result never has more rows than `labels`.
    """
    known = labels.select(*keys, EVENT_TIME, LABEL, label_known_at=labels[KNOWN_AT])
    return features.join(known, [*keys, EVENT_TIME], how="inner")
