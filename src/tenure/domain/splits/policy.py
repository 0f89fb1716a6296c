"""The section ``model.split``: which events are trained on, chosen on, tested on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from tenure.domain.durations import Duration
from tenure.domain.sources import Section

Share = Annotated[float, Field(gt=0, lt=1)]
Days = tuple[date, date]
Side = Annotated[
    Annotated[Share, Tag("share")] | Annotated[Days, Tag("days")],
    Discriminator(lambda side: "days" if isinstance(side, list | tuple) else "share"),
]


class SplitBy(StrEnum):
    """What parts the rows."""

    TIME = "time"
    ENTITY = "entity"


class SplitPolicy(Section):
    """How labelled rows are parted: by time (shares of the rows, or explicit days), or by entity."""

    by: SplitBy = SplitBy.TIME
    """``time``: every side lies after the one before it. ``entity``: entities are dealt by a hash of
    their keys, for tables that have no time to part by; it says nothing about how a model ages."""
    train: Side = 0.70
    """Share of the rows, or first and last day, that models are fitted on."""
    validation: Side = 0.15
    """Share, or days, that hyperparameters, algorithm and threshold are chosen on."""
    test: Side = 0.15
    """Share, or days, that nothing is chosen on."""
    fold: int = Field(default=1, ge=1)
    """By entity only: which of the 1 / `test` parts is the test; `tenure cross-validate` takes each."""
    embargo: Duration = Duration()
    """Gap before validation and before test: rows whose event lies less than this before the first
    day of the next side are left out."""
    entity_embargo: Literal["overlapping", "always", "never"] = "overlapping"
    """When a row is left out because its entity is on a later side too: if that later event lies in
    the row's outcome window (which ends when the label is known), always, or never."""

    @property
    def n_folds(self) -> int:
        """How many tests without a common row there are: 1 / `test` by entity, 1 by time."""
        if self.by is SplitBy.TIME or isinstance(self.test, tuple):
            return 1
        return int(1 / self.test + 1e-9)

    @model_validator(mode="after")
    def _shares_or_days(self) -> Self:
        sides = (self.train, self.validation, self.test)
        days = [side for side in sides if isinstance(side, tuple)]
        if len(days) not in {0, len(sides)}:
            raise ValueError(
                "give `train`, `validation` and `test` all as shares or all as [first, last] day"
            )
        if days:
            _check_days(days)
        elif abs(sum(side for side in sides if isinstance(side, float)) - 1) > 1e-6:
            raise ValueError(f"the shares of train, validation and test must sum to 1; they are {sides}")
        return self

    @model_validator(mode="after")
    def _fits_what_parts(self) -> Self:
        if self.by is SplitBy.ENTITY and (isinstance(self.test, tuple) or self.embargo):
            raise ValueError("a split by entity takes shares, and has no days and no `embargo`")
        if self.fold > self.n_folds:
            raise ValueError(
                f"there is no fold {self.fold}: by {self.by} with this test there are {self.n_folds}"
            )
        return self


def _check_days(sides: Sequence[Days]) -> None:
    ordered = [day for side in sides for day in side]
    if any(first > last for first, last in sides) or any(
        earlier[1] >= later[0] for earlier, later in pairwise(sides)
    ):
        told = ", ".join(day.isoformat() for day in ordered)
        raise ValueError(f"train must end before validation begins, and validation before test; days: {told}")
