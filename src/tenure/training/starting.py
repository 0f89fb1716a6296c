"""Where a search begins: at the defaults or where somebody wants it to, then at what the champion has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias

from tenure.bundle import load_bundle
from tenure.bundle.provenance import members_of
from tenure.domain.office import in_office
from tenure.domain.tables import DECISIONS
from tenure.ports import ModelRegistry, TableStore
from tenure.training.algorithms.space import Parameters, Space, defaults, starting_point
from tenure.training.algorithms.spaces import SPACES
from tenure.training.config import AlgorithmName, ModelConfig

Known: TypeAlias = Mapping[AlgorithmName, Parameters]


def champion_parameters(
    model: ModelConfig, *, as_of: date, registry: ModelRegistry, store: TableStore
) -> Known:
    """What whoever was in office when the period began was fitted with, by algorithm.

    Empty when nobody was, or `model.tuning.warm_start` is off. By the decisions, not by the alias: a
    training that is repeated later starts from the same.
    """
    office = in_office(store.read(DECISIONS, until=as_of), as_of) if model.tuning.warm_start else None
    if office is None:
        return {}
    version = office.version
    bundle = load_bundle(registry.bundle(version.version), sha256=version.bundle_sha256)
    names = {name.value: name for name in AlgorithmName}
    return {
        names[member.algorithm]: member.parameters
        for member in members_of(bundle.provenance)
        if member.algorithm in names
    }


def starting_points(algorithm: AlgorithmName, model: ModelConfig, champion: Known) -> tuple[Parameters, ...]:
    """What the first trials of an algorithm try, in order.

    First `model.tuning.start`, the defaults where it says nothing; then the champion's parameters if it
    is of this algorithm and they are others. Of the champion's, only those count that the space still has.

    Raises
    ------
    TrainingError
        If `model.tuning.start` names a parameter or a value that the space does not have.
    """
    space = SPACES[algorithm]
    first = starting_point(space, model.tuning.start.get(algorithm, {}), algorithm=algorithm)
    if algorithm not in champion:
        return (first,)
    second = fitting(space, champion[algorithm])
    return (first,) if second == first else (first, second)


def fitting(space: Space, parameters: Parameters) -> Parameters:
    """The parameters that the space takes, and its defaults for the others.

    Examples
    --------
    >>> from tenure.training.algorithms.space import Range
    >>> fitting([Range("depth", 1, 9, 4, whole=True), Range("rate", 0, 1, 0.1)], {"depth": 99, "rate": 0.5})
    {'depth': 4, 'rate': 0.5}
    """
    taken = {
        parameter.name: parameters[parameter.name]
        for parameter in space
        if parameter.name in parameters and parameter.takes(parameters[parameter.name])
    }
    return {**defaults(space), **taken}
