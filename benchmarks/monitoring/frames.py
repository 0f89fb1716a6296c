"""A lender's months, drawn: 50 features of a month's applicants, a score and the outcome.

NumPy alone, so that every side draws the same rows in its own environment: a month is given by its seed.
Behind each applicant stands one number, `stress`, that most features lean on, as they do with real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Column: TypeAlias = "npt.NDArray[Any]"
Frame: TypeAlias = dict[str, Column]
"""Columns by name: numbers with NaN where null, and words."""

SOURCES = ("application", "bureau", "ledger", "account", "clicks")
N_REFERENCE = 2_000
N_REFERENCES = 10
"""Drawn one by one and taken in turn, so that no result hangs on one of them."""
SCORE, OUTCOME = "score", "outcome"

_LEANING = 0.4
"""Correlation of what a feature is made of with `stress`."""
_SHAPES: Mapping[str, Callable[[Column, np.random.Generator], Column]] = {
    "age": lambda x, _: np.round(40 + 12 * x),
    "bell": lambda x, _: 50 + 10 * x,
    "amount": lambda x, _: np.exp(8 + 0.6 * x),
    "heavy": lambda x, _: np.exp(7 + 1.2 * x),
    "count": lambda x, rng: rng.poisson(np.exp(1 + 0.4 * x)).astype(float),
    "rare": lambda x, rng: rng.poisson(np.exp(0.5 * x - 1.5)).astype(float),
    "share": lambda x, _: 1 / (1 + np.exp(1 - x)),
    "mostly_zero": lambda x, _: np.where(x < 0.3, 0.0, 100 * np.expm1(np.maximum(x, 0))),
    "flag": lambda x, _: (x > 1.3).astype(float),
}
_WORDS: Mapping[str, tuple[int, float]] = {
    "sex": (2, 0.2),
    "product": (4, 1.0),
    "channel": (6, 1.5),
    "job": (15, 1.0),
    "region": (25, 0.8),
    "town": (80, 1.2),
    "employer": (600, 1.1),
    "purpose": (12, 1.0),
    "housing": (5, 0.7),
    "bank": (40, 1.6),
}
"""How many values a category has, and how fast they become rare: the k-th has a weight of k ** -x."""
_NULL_SHARES = (0.0, 0.05, 0.0, 0.3, 0.05)
_DRIVERS = ("bureau_bell", "bureau_count", "ledger_amount", "ledger_share", "account_bell", "account_amount")
_WEIGHTS = (0.7, 0.6, -0.5, 0.6, -0.4, -0.5)
_LEVEL = -1.6


def _number_names() -> tuple[str, ...]:
    """Nine shapes of four sources, two that are mostly null, two of a history."""
    shaped = [f"{source}_{shape}" for source in SOURCES[1:] for shape in _SHAPES]
    return (*shaped, "bureau_seldom", "ledger_seldom", "clicks_mean_all", "clicks_count_all")


NUMBERS = _number_names()
WORDS = tuple(f"application_{name}" for name in _WORDS)
FEATURES = (*NUMBERS, *WORDS)


def source_of(feature: str) -> str:
    """The source that a feature is made of.

    Examples
    --------
    >>> source_of("bureau_bell")
    'bureau'
    """
    return feature.partition("_")[0]


@dataclass(frozen=True, slots=True)
class World:
    """What a month's rows are drawn from. All at 0: what the reference was drawn from."""

    stress: float = 0.0
    """By how much the mean of `stress` is higher, in its standard deviations."""
    default: float = 0.0
    """By how much the log-odds of default are higher for the same features."""
    shifts: Mapping[str, float] = field(default_factory=dict)
    """By feature: by how much what it is made of is higher, in its standard deviations."""
    history: int = 0
    """By how many months the histories are longer."""


def draw(n_rows: int, seed: tuple[int, ...], world: World | None = None) -> Frame:
    """The rows of a month.

    Parameters
    ----------
    n_rows
        Applicants.
    seed
        The same seed gives the same rows; a world other than the usual one changes only what it says.
    world
        What they are drawn from.
    """
    world, rng = world or World(), np.random.default_rng(seed)
    stress = rng.normal(world.stress, 1, n_rows)
    made_of: dict[str, Column] = {}
    frame: Frame = {}
    for place, name in enumerate(NUMBERS[:-2]):
        x = _LEANING * stress + np.sqrt(1 - _LEANING**2) * rng.normal(0, 1, n_rows)
        made_of[name] = x + world.shifts.get(name, 0.0)
        values = _SHAPES.get(name.partition("_")[2], _SHAPES["bell"])(made_of[name], rng)
        share = 0.9 if name.endswith("_seldom") else _NULL_SHARES[place % len(_NULL_SHARES)]
        frame[name] = np.where(rng.random(n_rows) < share, np.nan, values)
    months = rng.poisson(8, n_rows) + 1 + world.history
    frame["clicks_mean_all"] = rng.normal(0, 1, n_rows) / np.sqrt(months)
    frame["clicks_count_all"] = months.astype(float)
    for name, (n_values, falling) in _WORDS.items():
        weights = np.arange(1, n_values + 1) ** -falling
        codes = rng.choice(n_values, n_rows, p=weights / weights.sum())
        frame[f"application_{name}"] = np.array([f"{name} {n}" for n in range(n_values)], dtype=object)[codes]
    return frame | _outcomes(made_of, world, rng)


def _outcomes(made_of: Mapping[str, Column], world: World, rng: np.random.Generator) -> Frame:
    """The score of a model that knows four of the six drivers, and what came true."""
    pull = sum(w * made_of[name] for name, w in zip(_DRIVERS, _WEIGHTS, strict=True))
    known = sum(w * made_of[name] for name, w in zip(_DRIVERS[:4], _WEIGHTS[:4], strict=True))
    chance = 1 / (1 + np.exp(-(_LEVEL + world.default + pull)))
    score = 1 / (1 + np.exp(-(_LEVEL + known)))
    return {SCORE: score, OUTCOME: (rng.random(len(score)) < chance).astype(np.int64)}


def reference(number: int) -> Frame:
    """What a month is compared with: one of ten."""
    return draw(N_REFERENCE, (0, number % N_REFERENCES))


def checksum(frame: Frame) -> float:
    """One number of all columns, to see that two sides drew the same."""
    numbers = sum(float(np.round(np.nanmean(frame[name]), 6)) for name in (*NUMBERS, SCORE))
    return round(numbers + sum(len(set(frame[name].tolist())) for name in WORDS), 4)
