"""Ensembles grow in chunks, and a chunk that is done is never done again.

A chunk is a function from the states so far (bytes) to the next state, seeded by how far it has come.
A run that was killed reads the states it saved and goes on: it takes the same road through the same
bytes as one that was not, so both end at the same model.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.training.config import Device, ScorecardPolicy

ENDING = ".checkpoint"

Predict: TypeAlias = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float64]]
"""Rows → one probability per row and class."""
Watch: TypeAlias = Callable[[int, Predict], None]
"""Told of a part-grown model: how many estimators it has, and what it says. It may end the fit by raising."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next estimators to add.

    Attributes
    ----------
    n_done, n_new : int
        Estimators there are, and how many come now.
    seed : int
        Differs from chunk to chunk.
    """

    n_done: int
    n_new: int
    seed: int


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where the states of one fit are kept: one file per chunk, named by the estimators done."""

    folder: Path

    def saved(self) -> tuple[tuple[int, bytes], ...]:
        """Estimators done and state, in the order they were saved."""
        files = sorted(self.folder.glob(f"*{ENDING}"))
        return tuple((int(file.stem), file.read_bytes()) for file in files)

    def save(self, n_done: int, state: bytes) -> None:
        """Keep a state: it is there whole or not at all, whenever the process dies."""
        self.folder.mkdir(parents=True, exist_ok=True)
        final = self.folder / f"{n_done:06d}{ENDING}"
        draft = final.with_suffix(".part")
        with draft.open("wb") as file:
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(final)


@dataclass(frozen=True, slots=True)
class Growth:
    """How far an ensemble grows, in which steps, and where its states are kept.

    Attributes
    ----------
    n_estimators : int
        How many there may be.
    every : int
        Estimators per chunk.
    seed : int
        Seed of the fit.
    checkpoints : Checkpoints, optional
        None keeps the states in memory only.
    watch : callable, optional
        Told after each chunk but the last.
    device : Device
        What boosters compute on.
    scorecard : ScorecardPolicy
        What points a scorecard gives.
    """

    n_estimators: int
    every: int
    seed: int
    checkpoints: Checkpoints | None = None
    watch: Watch | None = None
    device: Device = Device.CPU
    scorecard: ScorecardPolicy = field(default_factory=ScorecardPolicy)

    def share(self, share: float) -> int:
        """A share of `n_estimators` in whole chunks, at least one.

        Examples
        --------
        >>> Growth(n_estimators=200, every=20, seed=0).share(0.33)
        60
        """
        return min(max(round(share * self.n_estimators / self.every), 1) * self.every, self.n_estimators)

    def chunks(self, n_estimators: int) -> tuple[Chunk, ...]:
        """The chunks that make `n_estimators`.

        Examples
        --------
        >>> [chunk.n_new for chunk in Growth(n_estimators=50, every=20, seed=0).chunks(50)]
        [20, 20, 10]
        """
        starts = range(0, n_estimators, self.every)
        return tuple(
            Chunk(n_done, min(self.every, n_estimators - n_done), self.seed + n_done) for n_done in starts
        )


def grow(
    add: Callable[[tuple[bytes, ...], Chunk], bytes],
    growth: Growth,
    *,
    n_estimators: int,
    predict: Callable[[tuple[bytes, ...]], Predict],
) -> tuple[bytes, ...]:
    """The states of all chunks, the saved ones not made again.

    Parameters
    ----------
    add
        The states so far and the next chunk → the next state. It must not depend on anything else that
        changes.
    growth
        Steps, seed, and where states are kept.
    n_estimators
        How many estimators to make.
    predict
        The states so far → what they say of rows; asked while somebody watches only.
    """
    kept = dict(growth.checkpoints.saved()) if growth.checkpoints else {}
    states: tuple[bytes, ...] = ()
    for chunk in growth.chunks(n_estimators):
        n_done = chunk.n_done + chunk.n_new
        state = kept.get(n_done) or add(states, chunk)
        if growth.checkpoints and n_done not in kept:
            growth.checkpoints.save(n_done, state)
        states = (*states, state)
        if growth.watch and n_done < n_estimators:
            growth.watch(n_done, predict(states))
    return states
