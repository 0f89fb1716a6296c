"""A split by time: every side lies wholly after the one before it, whole days together.

The rule is pure: arrays in, masks out. Training cuts its rows with it, and the leakage audit asks it
which rows would have been used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from tenure.domain.splits.policy import Days, SplitPolicy
from tenure.domain.splits.rows import SIDES, Codes, Mask, SplitRows, Times, split_rows
from tenure.domain.wording import counted
from tenure.errors import NotEnoughLabelsError

_NEVER = np.iinfo(np.int64).max


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
    n_embargoed = n_before - int(train.sum() + validation.sum())
    return split_rows(times, train, validation, test, n_embargoed=n_embargoed)


def folds_by_time(
    event_times: Times, label_known_at: Times, entities: Codes, *, policy: SplitPolicy, n_folds: int
) -> tuple[tuple[Mask, Mask], ...]:
    """Rows to fit on and rows held out, fold by fold; what is held out lies wholly after what is fitted on.

    The days are cut into one block more than there are folds, of about as many rows. Each block but the
    first is held out once, against the blocks before it; between the two the policy leaves out what it
    leaves out between the sides of the split.

    Parameters
    ----------
    event_times, label_known_at, entities
        Of the rows, as for `split_by_time`.
    policy
        What is left out in between.
    n_folds
        How many there are at most: fewer days make fewer, one day none.

    Examples
    --------
    >>> days = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")
    >>> folds = folds_by_time(days, days, np.arange(4), policy=SplitPolicy(), n_folds=3)
    >>> [(np.flatnonzero(fitted).tolist(), np.flatnonzero(held_out).tolist()) for fitted, held_out in folds]
    [([0], [1]), ([0, 1], [2]), ([0, 1, 2], [3])]
    """
    times, known = (values.astype("datetime64[us]") for values in (event_times, label_known_at))
    _, day, counts = np.unique(times.astype("datetime64[D]"), return_inverse=True, return_counts=True)
    middles = (np.cumsum(counts) - counts / 2) / times.size
    blocks = np.unique((middles * (n_folds + 1)).astype(np.int64), return_inverse=True)[1][day]
    windows = _Windows(times, known.astype(np.int64), entities, policy)
    parted = ((blocks < block, blocks == block) for block in range(1, int(blocks.max(initial=0)) + 1))
    return tuple((windows.clear(fitted, before=held_out), held_out) for fitted, held_out in parted)


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
            f"the events of the labelled rows fall on {counted(distinct.size, 'day')}; "
            "a split by time needs 3",
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
