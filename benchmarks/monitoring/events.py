"""What is planted in a lender's months and lasts from then on, and what it should be called.

NumPy alone, as `frames`: all sides are given the same rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from monitoring.frames import NUMBERS, Frame, World, draw, source_of

N_ROWS = 500
N_REPETITIONS = 30
N_MONTHS = 10
"""That an event is looked for, the first among them."""
_EVENTS, _STATIONARY = 2, 1
"""First number of the seeds."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to the rows, and lasts."""

    words: str
    features: tuple[str, ...]
    """Those that it changes: found is an event of which one of them is told."""
    world: World = field(default_factory=World)
    grows: bool = False
    """Whether histories are longer by a month in each month."""
    constant: Mapping[str, float] = field(default_factory=dict)
    """Features that have the same value in all rows: NaN in an outage."""
    times: Mapping[str, float] = field(default_factory=dict)
    """Features whose values are so many times what they were."""
    new_share: float = 0.0
    """Share of the rows whose product nobody had before."""
    cause: tuple[str, str] | None = None
    """Kind and subject of the cause that should be named."""

    def month(self, repetition: int, month: int, n_rows: int = N_ROWS) -> Frame:
        """The rows of the month, 0 for the first that has it."""
        seed = (_EVENTS, n_rows, repetition, month)
        frame = draw(n_rows, seed, World(history=month + 1) if self.grows else self.world)
        frame |= {name: np.full(n_rows, value) for name, value in self.constant.items()}
        frame |= {name: frame[name] * factor for name, factor in self.times.items()}
        if self.new_share:
            is_new = np.random.default_rng((*seed, 1)).random(n_rows) < self.new_share
            frame["application_product"] = np.where(is_new, "product new", frame["application_product"])
        return frame


def stationary(n_rows: int, month: int) -> Frame:
    """A month in which nothing happened."""
    return draw(n_rows, (_STATIONARY, n_rows, month))


SHIFTED: Mapping[str, Callable[[float], float]] = {
    "bureau_bell": lambda size: size,
    "ledger_amount": lambda size: math.log(1 + 0.658 * size) / 0.6,
    "account_count": lambda size: math.log(1 + 0.716 * size) / 0.4,
}
"""By how much what a feature is made of is to be higher for its mean to be so many of its standard deviations
higher. The latter two are exponentials, with standard deviations of 0.658 and 0.716 of their means."""
_CLICKS = tuple(name for name in NUMBERS if source_of(name) == "clicks")


def _events() -> Iterator[tuple[str, Event]]:
    for size in (0.1, 0.25, 0.5):
        for name, step in SHIFTED.items():
            world = World(shifts={name: step(size)})
            yield f"{name} {size}", Event(f"{size} sd in `{name}`", (name,), world)
    gone = dict.fromkeys(_CLICKS, np.nan) | {"clicks_count_all": 0.0}
    yield "outage", Event("a source stops", _CLICKS, constant=gone, cause=("outage", "clicks"))
    for share in (0.05, 0.2):
        words = f"a new category, {share:.0%} of the rows"
        yield f"new {share}", Event(words, ("application_product",), new_share=share)
    unit = Event(
        "a unit changes, × 12",
        ("ledger_amount",),
        times={"ledger_amount": 12.0},
        cause=("unit change", "ledger_amount"),
    )
    yield "unit", unit
    yield "recession", Event("a recession", NUMBERS[:-2], World(stress=0.4, default=0.8))
    yield "count grows", Event("a history that grows: its count", ("clicks_count_all",), grows=True)
    yield "mean grows", Event("a history that grows: its mean", ("clicks_mean_all",), grows=True)


EVENTS: Mapping[str, Event] = dict(_events())
WORLDS: Mapping[str, World] = {
    "nothing": World(),
    "other applicants": World(stress=0.4),
    "a recession": World(stress=0.4, default=0.8),
}
"""In which estimates of the AUC are held against what came true."""


def labelled(world: str, month: int) -> Frame:
    """A month of one of the worlds, with its outcomes."""
    return draw(N_ROWS, (3, list(WORLDS).index(world), month), WORLDS[world])
