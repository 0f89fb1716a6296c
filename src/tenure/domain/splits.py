"""Which events a model is fitted on, tuned on and tested on: by time, whole days together.

The rule is pure: arrays in, masks out. Training cuts its rows with it, and the leakage audit asks it
which rows would have been used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Discriminator, Field, Tag, model_validator

from tenure.domain.durations import Duration
from tenure.domain.models import Span, Split
from tenure.domain.sources import Section
from tenure.errors import NotEnoughLabelsError

Mask: TypeAlias = npt.NDArray[np.bool_]
Times: TypeAlias = npt.NDArray[np.datetime64]
Codes: TypeAlias = npt.NDArray[np.int64]
Share = Annotated[float, Field(gt=0, lt=1)]
Days = tuple[date, date]
Side = Annotated[
    Annotated[Share, Tag("share")] | Annotated[Days, Tag("days")],
    Discriminator(lambda side: "days" if isinstance(side, list | tuple) else "share"),
]

SIDES = ("train", "validation", "test")
_NEVER = np.iinfo(np.int64).max


class SplitPolicy(Section):
    """How events are parted by time: by shares of the rows, or by explicit days."""

    train: Side = 0.70
    """Share of the rows, or first and last day, that models are fitted on."""
    validation: Side = 0.15
    """Share, or days, that hyperparameters, algorithm and threshold are chosen on."""
    test: Side = 0.15
    """Share, or days, that nothing is chosen on."""
    embargo: Duration = Duration()
    """Gap before validation and before test: rows whose event lies less than this before the first
    day of the next side are left out."""
    entity_embargo: Literal["overlapping", "always", "never"] = "overlapping"
    """When a row is left out because its entity is on a later side too: if that later event lies in
    the row's outcome window (which ends when the label is known), always, or never."""

    @property
    def by_days(self) -> bool:
        """Whether the sides are given as days."""
        return isinstance(self.train, tuple)

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


@dataclass(frozen=True, slots=True, eq=False)
class SplitRows:
    """Which rows are on which side; a row may be on none."""

    split: Split
    train: Mask
    validation: Mask
    test: Mask

    def sides(self) -> tuple[tuple[str, Mask], ...]:
        """Name and rows of each side, the earliest first."""
        return tuple(zip(SIDES, (self.train, self.validation, self.test), strict=True))


def split_by_time(
    event_times: Times, label_known_at: Times, entities: Codes, *, policy: SplitPolicy
) -> SplitRows:
    """The rows to train, validate and test on; every side lies wholly after the one before it.

    Parameters
    ----------
    event_times
        When each row's event happened. Rows of one day are never parted.
    label_known_at
        When each row's label was known: the end of its outcome window.
    entities
        A code per row; rows of one entity have the same one (see `entity_codes`).
    policy
        Shares or days, and what is left out between the sides.

    Returns
    -------
    SplitRows
        With shares, a side ends with the day at which the share of rows comes nearest to what is asked
        for (the earlier of two as near), shares counted before anything is left out.

    Raises
    ------
    NotEnoughLabelsError
        If there are fewer than three days with events, or a side has no row.

    Notes
    -----
    A row is left out of the earlier side when its outcome window reaches over a later event of the
    same entity: what happens to the entity then is partly the same outcome, seen twice. This is the
    purging of [1]_, by entity; `embargo` is the gap of the same source.

    References
    ----------
    .. [1] M. López de Prado, "Advances in Financial Machine Learning", 2018, chapter 7.
    """
    times, known = (values.astype("datetime64[us]") for values in (event_times, label_known_at))
    train, validation, test = _sides(times, policy)
    n_before = int(train.sum() + validation.sum())
    windows = _Windows(times, known.astype(np.int64), entities, policy)
    validation = windows.clear(validation, before=test)
    train = windows.clear(train, before=validation | test)
    split = Split(
        train=_span("train", times[train]),
        validation=_span("validation", times[validation]),
        test=_span("test", times[test]),
        n_embargoed=n_before - int(train.sum() + validation.sum()),
    )
    return SplitRows(split, train, validation, test)


def require_classes(labels: npt.NDArray[np.object_], rows: SplitRows, *, min_rows: int) -> tuple[str, ...]:
    """The classes, sorted, of which every side has at least `min_rows` rows.

    Raises
    ------
    NotEnoughLabelsError
        If there is one class only, or a side has fewer rows of a class.
    """
    classes = tuple(sorted({str(label) for label in labels[rows.train | rows.validation | rows.test]}))
    if len(classes) < 2:
        raise NotEnoughLabelsError(
            f"all {len(labels):,} labels are of one class, `{''.join(classes)}`: nothing can be learned",
            hint="check the label's SQL, or wait until other outcomes are known.",
        )
    for name, side in rows.sides():
        for label in classes:
            n_rows = int((labels[side] == label).sum())
            if n_rows < min_rows:
                raise NotEnoughLabelsError(
                    f"{name} has {n_rows} rows of class `{label}`; {min_rows} are needed",
                    hint="wait for more labels, or set `model.split` to longer sides.",
                )
    return classes


def entity_codes(rows: pa.Table, keys: Sequence[str]) -> Codes:
    """A code per row, equal where all `keys` are equal; null keys are equal to each other.

    Examples
    --------
    >>> entity_codes(pa.table({"a": ["x", "y", "x"], "b": [1, 1, 1]}), ["a", "b"])
    array([0, 1, 0])
    """
    codes = np.zeros(rows.num_rows, dtype=np.int64)
    for key in keys:
        encoded = rows[key].combine_chunks().dictionary_encode(null_encoding="encode")
        column = np.asarray(encoded.indices, dtype=np.int64)
        pairs = codes * (column.max(initial=0) + 1) + column
        codes = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return codes


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """The rows' outcome windows, and what of an earlier side stays clear of a later one."""

    times: Times
    known: Codes
    entities: Codes
    policy: SplitPolicy

    def clear(self, side: Mask, *, before: Mask) -> Mask:
        if not before.any():
            return side
        return side & ~self._too_near(before) & ~self._seen_again(before)

    def _too_near(self, later: Mask) -> Mask:
        """Rows whose event lies within the embargo before the first later day."""
        days = self.times.astype("datetime64[D]")
        first = days[later].min().item()
        distinct, place = np.unique(days, return_inverse=True)
        near = np.array([self.policy.embargo.after(day) > first for day in distinct.tolist()], dtype=bool)
        return near[place] if self.policy.embargo else np.zeros(days.size, dtype=bool)

    def _seen_again(self, later: Mask) -> Mask:
        """Rows whose entity has a later event that the policy does not allow."""
        if self.policy.entity_embargo == "never":
            return np.zeros(later.size, dtype=bool)
        earliest = np.full(int(self.entities.max(initial=0)) + 1, _NEVER, dtype=np.int64)
        np.minimum.at(earliest, self.entities[later], self.times[later].astype(np.int64))
        next_event = earliest[self.entities]
        return next_event < _NEVER if self.policy.entity_embargo == "always" else next_event <= self.known


def _sides(times: Times, policy: SplitPolicy) -> tuple[Mask, Mask, Mask]:
    days = [side for side in (policy.train, policy.validation, policy.test) if isinstance(side, tuple)]
    if days:
        train, validation, test = (_within(times, side) for side in days)
        return train, validation, test
    on = times.astype("datetime64[D]")
    last_of_train, last_of_validation = _cuts(on, policy)
    return on <= last_of_train, (on > last_of_train) & (on <= last_of_validation), on > last_of_validation


def _cuts(days: Times, policy: SplitPolicy) -> tuple[np.datetime64, np.datetime64]:
    """The last days of train and of validation."""
    distinct, counts = np.unique(days, return_counts=True)
    if distinct.size < len(SIDES):
        raise NotEnoughLabelsError(
            f"the events of the labelled rows fall on {distinct.size} days; a split by time needs 3",
            hint="wait until labels of more periods are known.",
        )
    shares = np.cumsum(counts) / days.size
    wanted = _share(policy.train)
    first_cut = _nearest(shares[:-2], wanted)
    after = first_cut + 1
    second_cut = after + _nearest(shares[after:-1], wanted + _share(policy.validation))
    return distinct[first_cut], distinct[second_cut]


def _share(side: float | Days) -> float:
    return 0.0 if isinstance(side, tuple) else side


def _nearest(shares: npt.NDArray[np.float64], wanted: float) -> int:
    return int(np.argmin(np.abs(shares - wanted)))


def _within(times: Times, days: Days) -> Mask:
    first, last = np.datetime64(days[0]), np.datetime64(days[1] + timedelta(days=1))
    inside: Mask = (times >= first) & (times < last)
    return inside


def _span(name: str, times: Times) -> Span:
    if times.size == 0:
        raise NotEnoughLabelsError(
            f"no labelled row is left for {name}",
            hint="wait for more labels, or change the days or the embargo in `model.split`.",
        )
    days = times.astype("datetime64[D]")
    return Span(days.min().item(), days.max().item(), times.size)


def _check_days(sides: Sequence[Days]) -> None:
    ordered = [day for side in sides for day in side]
    if any(first > last for first, last in sides) or any(
        earlier[1] >= later[0] for earlier, later in pairwise(sides)
    ):
        told = ", ".join(day.isoformat() for day in ordered)
        raise ValueError(f"train must end before validation begins, and validation before test; days: {told}")
