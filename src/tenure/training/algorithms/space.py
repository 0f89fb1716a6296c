"""Search spaces as data: which parameters an algorithm has, from where to where, and its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Value: TypeAlias = float | int | str
Parameters: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Range:
    """A number from `low` to `high`, both included.

    `log` searches its order of magnitude; `whole` takes integers only.
    """

    name: str
    low: float
    high: float
    default: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    name: str
    options: tuple[str, ...]
    default: str


Space: TypeAlias = Sequence[Range | Choice]


class Suggests(Protocol):
    """What is asked of a trial: a value for each parameter."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number in the range."""
        ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number in the range."""
        ...

    def suggest_categorical(self, name: str, choices: Sequence[str]) -> str:
        """One of the words."""
        ...


def suggest(trial: Suggests, space: Space) -> dict[str, Value]:
    """The trial's value for each parameter of the space."""
    return {parameter.name: _suggest(trial, parameter) for parameter in space}


def defaults(space: Space) -> dict[str, Value]:
    """The default of each parameter of the space.

    Examples
    --------
    >>> defaults([Range("depth", 1, 9, 4, whole=True), Choice("criterion", ("gini", "entropy"), "gini")])
    {'depth': 4, 'criterion': 'gini'}
    """
    return {parameter.name: _default(parameter) for parameter in space}


def _suggest(trial: Suggests, parameter: Range | Choice) -> Value:
    if isinstance(parameter, Choice):
        return trial.suggest_categorical(parameter.name, parameter.options)
    if parameter.whole:
        low, high = int(parameter.low), int(parameter.high)
        return trial.suggest_int(parameter.name, low, high, log=parameter.log)
    return trial.suggest_float(parameter.name, parameter.low, parameter.high, log=parameter.log)


def _default(parameter: Range | Choice) -> Value:
    if isinstance(parameter, Range) and parameter.whole:
        return int(parameter.default)
    return parameter.default
