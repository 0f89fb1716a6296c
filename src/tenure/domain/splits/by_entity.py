"""A split by entity: each is dealt to a side by a hash of its keys, wherever and whenever it is seen.

For tables that have no time to part by. What such a test says holds for other entities of the same
time; how a model ages it cannot say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.domain.splits.policy import SplitPolicy
from tenure.domain.splits.rows import Arc, Mask, SplitRows, Times, split_rows

_SCALE = 2.0**64


def split_by_entity(
    event_times: Times, positions: npt.NDArray[np.float64], *, policy: SplitPolicy
) -> SplitRows:
    """The rows to train, validate and test on; no entity is on two sides.

    Parameters
    ----------
    event_times
        When each row's event happened; only told, not used.
    positions
        The place of each row's entity in [0, 1) (see `entity_positions`).
    policy
        Shares of the three sides, and which fold is the test: fold k of n tests on the places from
        (k - 1) / n on; validation follows (round the circle), the rest is train.

    Raises
    ------
    NotEnoughLabelsError
        If a side has no row.

    Examples
    --------
    >>> days = np.full(10, np.datetime64("2024-01-01"))
    >>> policy = SplitPolicy(by="entity", train=0.6, validation=0.2, test=0.2, fold=2)
    >>> rows = split_by_entity(days, np.arange(0.05, 1, 0.1), policy=policy)
    >>> np.flatnonzero(rows.test), np.flatnonzero(rows.validation)
    (array([2, 3]), array([4, 5]))
    """
    arcs = _arcs(policy)
    train, validation, test = (on_arc(positions, arc) for arc in arcs)
    return split_rows(event_times, train, validation, test, entities=arcs)


def on_arc(positions: npt.NDArray[np.float64], arc: Arc) -> Mask:
    """Which places lie from the arc's first number on and before its second, going round from 1 to 0.

    Examples
    --------
    >>> on_arc(np.array([0.1, 0.5, 0.9]), (0.8, 0.2))
    array([ True, False,  True])
    """
    first, end = arc
    after, before = positions >= first, positions < end
    return after & before if first < end else after | before


def _arcs(policy: SplitPolicy) -> tuple[Arc, Arc, Arc]:
    """The arcs of train, validation and test."""
    shares = (side if isinstance(side, float) else 0.0 for side in (policy.validation, policy.test))
    validation, test = shares
    first = (policy.fold - 1) * test
    ends = [round(np.mod(place, 1.0), 12) for place in (first, first + test, first + test + validation)]
    return (ends[2], ends[0]), (ends[1], ends[2]), (ends[0], ends[1])


def entity_positions(rows: pa.Table, keys: Sequence[str]) -> npt.NDArray[np.float64]:
    """A place in [0, 1) for each row, the same wherever its entity is seen, spread evenly over entities.

    Examples
    --------
    >>> places = entity_positions(pa.table({"id": ["x", "y", "x"]}), ["id"])
    >>> bool(places[0] == places[2]), bool(places[0] == places[1])
    (True, False)
    """
    columns = [rows[key].to_pylist() for key in keys]
    names = (repr(entity).encode() for entity in zip(*columns, strict=True))
    digests = (hashlib.blake2b(name, digest_size=8).digest() for name in names)
    return np.fromiter((int.from_bytes(each) / _SCALE for each in digests), np.float64, rows.num_rows)
