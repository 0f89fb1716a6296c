"""Search spaces as data: which parameters an algorithm has, from where to where, and its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from tenure.errors import TrainingError

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

    def takes(self, value: Value) -> bool:
        """Whether the value is one of its values."""
        return not isinstance(value, str) and self.low <= value <= self.high

    @property
    def told(self) -> str:
        """Its values in words."""
        return f"{'a whole number' if self.whole else 'a number'} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    name: str
    options: tuple[str, ...]
    default: str

    def takes(self, value: Value) -> bool:
        """Whether the value is one of its options."""
        return value in self.options

    @property
    def told(self) -> str:
        """Its options in words."""
        return f"one of {', '.join(self.options)}"


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


def starting_point(space: Space, chosen: Parameters, *, algorithm: str) -> dict[str, Value]:
    """The defaults of the space with what somebody chose in their place.

    Raises
    ------
    TrainingError
        If the space has no such parameter, or the value is none of its values.

    Examples
    --------
    >>> starting_point(
    ...     [Range("depth", 1, 9, 4, whole=True), Range("rate", 0, 1, 0.1)], {"depth": 2}, algorithm="tree"
    ... )
    {'depth': 2, 'rate': 0.1}
    """
    known = {parameter.name: parameter for parameter in space}
    for name, value in chosen.items():
        if name not in known:
            raise TrainingError(
                f"`{algorithm}` has no parameter `{name}` (model.tuning.start)",
                hint=f"it has {', '.join(f'`{each}`' for each in known)}.",
            )
        if not known[name].takes(value):
            raise TrainingError(
                f"`{name}` of `{algorithm}` is {value!r} (model.tuning.start)",
                hint=f"give {known[name].told}.",
            )
    return {**defaults(space), **chosen}


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
