r"""Exact Shapley values of a model that is constant in boxes, against a background.

The game of a row x: a coalition S of features is worth the mean, over the rows z of the background, of what
the model says of the row that has x's values of the features in S and z's of the others [1]_. All columns of
a feature go together, so no row is asked about that has two jobs at once.

A box counts for such a row if x meets its conditions on the features of S and z those on the others. Take
U, the features on whose conditions x is right and z is wrong, and V, those where only z is right. If there is
a feature where neither is, the box never counts; else it counts for exactly the S that hold all of U and none
of V. Of what it adds, v, each feature of U then has :math:`v\,(u-1)!\,w!/(u+w)!` and each of V
:math:`-v\,u!\,(w-1)!/(u+w)!`, with u and w their numbers: the "path" algorithm [2]_, for all leaves at once.

References
----------
.. [1] S. Lundberg and S.-I. Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017.
.. [2] S. Lundberg et al., "From local explanations to global understanding with explainable AI for trees",
   Nature Machine Intelligence 2, 2020, algorithm 3; over leaves as in G. Laberge and Y. Pequignot,
   "Understanding Interventional TreeSHAP", 2022.
"""

from __future__ import annotations

from math import comb

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import Matrix
from tenure.bundle.reasons.boxes import Bools, Boxes, Floats, Ints
from tenure.errors import BundleError

MOST_FEATURES = 64
"""Features that the conditions of one box may be on: a bit each."""

Bits = npt.NDArray[np.unsignedinteger]


class BoxGame:
    """The Shapley values of boxes.

    What of a box does not depend on the row is worked out once: which of its conditions each row of the
    background meets, as a pattern of bits, rows of the same pattern taken together.

    Parameters
    ----------
    boxes
        The model.
    background
        What a row is compared with.
    weights
        Of its rows, with sum 1.
    players
        The feature that each column belongs to: 0 .. n_players − 1, ascending.

    Raises
    ------
    BundleError
        If a box has conditions on more than `MOST_FEATURES` features.
    """

    def __init__(self, boxes: Boxes, background: Matrix, weights: Floats, players: Ints) -> None:
        self._boxes = boxes
        self._n_players = int(players.max()) + 1
        self.base: Floats = weights @ boxes.outputs(background)
        if boxes.box.size:
            self._slots(players[boxes.column])
            self._meet(background, weights)

    def attribute(self, row: Matrix, direction: Floats) -> Floats:
        """What each player adds to the outputs of `row` in `direction`: shape (n_players,)."""
        if not self._boxes.box.size:
            return np.zeros(self._n_players)
        met = self._patterns(row)[0]
        of_row = met[self._entry_box]
        hits = np.flatnonzero((of_row | self._entry_pattern) == self._entry_full)
        ours, theirs = of_row[hits], self._entry_pattern[hits]
        gained, lost = ours & ~theirs, theirs & ~ours
        u, w = np.bitwise_count(gained), np.bitwise_count(lost)
        of_box = self._boxes.values @ direction
        worth = of_box[self._entry_box[hits]] * self._entry_weight[hits]
        gains, losses = worth * self._shares[u, w], worth * self._shares[w, u]
        each = self._spread(gained) * gains[:, None] - self._spread(lost) * losses[:, None]
        players = self._player_of[self._entry_box[hits]]
        total: Floats = np.bincount(players.ravel(), each.ravel(), self._n_players).astype(np.float64)
        return total

    def _spread(self, patterns: Bits) -> npt.NDArray[np.uint8]:
        """The bits of each pattern as 0 and 1: shape (n_patterns, n_slots)."""
        ordered = patterns.astype(patterns.dtype.newbyteorder("<"), copy=False)
        bytes_of = ordered.view(np.uint8).reshape(len(patterns), -1)
        return np.unpackbits(bytes_of, axis=1, count=self._n_slots, bitorder="little")

    def _slots(self, player: Ints) -> None:
        """Give the conditions of a box a bit per player: those on the same one are met together."""
        boxes = self._boxes
        is_first: Bools = (np.diff(boxes.box, prepend=-1) != 0) | (np.diff(player, prepend=-1) != 0)
        self._slot_starts = np.flatnonzero(is_first)
        self._is_one_each = bool(is_first.all())
        slot_box = boxes.box[self._slot_starts]
        self._box_starts = np.flatnonzero(np.diff(slot_box, prepend=-1))
        counts = np.diff(np.append(self._box_starts, slot_box.size))
        self._n_slots = int(counts.max())
        if self._n_slots > MOST_FEATURES:
            raise BundleError(
                f"a leaf has conditions on {self._n_slots} features; reasons can be told of "
                f"{MOST_FEATURES} at most"
            )
        kind = _smallest(self._n_slots)
        place = np.arange(slot_box.size) - np.repeat(self._box_starts, counts)
        self._bit = np.left_shift(kind(1), place.astype(kind))
        self._full = np.bitwise_or.reduceat(self._bit, self._box_starts)
        self._player_of = np.zeros((counts.size, self._n_slots), np.int64)
        self._player_of[slot_box, place] = player[self._slot_starts]
        self._shares = _shares(self._n_slots)

    def _meet(self, background: Matrix, weights: Floats) -> None:
        """The distinct patterns of each box, and how much of the background has them."""
        patterns = self._patterns(background).T
        order = np.argsort(patterns, axis=1, kind="stable")
        patterns = np.take_along_axis(patterns, order, axis=1)
        is_first = np.ones(patterns.shape, np.bool_)
        is_first[:, 1:] = patterns[:, 1:] != patterns[:, :-1]
        self._entry_box = np.nonzero(is_first)[0].astype(np.int32)
        self._entry_pattern = patterns[is_first]
        self._entry_weight = np.add.reduceat(weights[order].ravel(), np.flatnonzero(is_first.ravel()))
        self._entry_full = self._full[self._entry_box]

    def _patterns(self, matrix: Matrix) -> Bits:
        """Which players' conditions of each box each row meets: shape (n_rows, n_boxes)."""
        met = self._boxes.met(matrix)
        if not self._is_one_each:
            met = np.logical_and.reduceat(met, self._slot_starts, axis=1)
        bits: Bits = np.bitwise_or.reduceat(met * self._bit, self._box_starts, axis=1)
        return bits


def _smallest(n_bits: int) -> type[np.unsignedinteger]:
    """The smallest type with so many bits."""
    return next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if np.iinfo(kind).bits >= n_bits)


def _shares(most: int) -> Floats:
    """``(u − 1)! w! / (u + w)!`` at [u, w]; 0 where u is 0."""
    table = np.zeros((most + 1, most + 1))
    for u in range(1, most + 1):
        table[u] = [1 / (u * comb(u + w, u)) for w in range(most + 1)]
    return table
