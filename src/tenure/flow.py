"""The loop: which step makes what, out of what. The page to open first.

A step is a plain function. Its positional parameters are artefacts of earlier steps, its
keyword-only parameters are settings and ports; it returns the one artefact it makes. `LOOP` names
the artefacts; `check_flow` compares the types at both ends of every arrow. The local runner, the
plan of a replay, and the command line are made from this table.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenure.alerting import alert
from tenure.auditing import audit
from tenure.cleaning import clean
from tenure.comparison import compare_features
from tenure.domain.periods import Period
from tenure.evaluation import judge
from tenure.features import build
from tenure.ingestion import ingest
from tenure.monitoring import monitor
from tenure.prediction import predict
from tenure.promotion import promote
from tenure.reporting import report
from tenure.retraining import decide
from tenure.training import cross_validate, search_parameters, train
from tenure.validation import validate


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow of the loop.

    Parameters
    ----------
    function
        What runs.
    inputs
        Which artefact each of its positional parameters takes, in order.
    into
        The name of the artefact it makes.
    guards
        Whether the period stops, with nothing taken in, when the artefact does not proceed.
    """

    function: Callable[..., Any]
    inputs: tuple[tuple[str, str], ...]
    into: str
    guards: bool = False

    @property
    def name(self) -> str:
        """The step's name: the function's, and the command's."""
        return self.function.__name__

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of its keyword-only parameters."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)

    @property
    def makes(self) -> Any:
        """The type of the artefact it makes."""
        return typing.get_type_hints(self.function)["return"]

    def optional(self, parameter: str) -> bool:
        """Whether the parameter may be None: then the step runs without that artefact, too."""
        return type(None) in _members(typing.get_type_hints(self.function)[parameter])


def step(function: Callable[..., Any], *, into: str, guards: bool = False, **inputs: str) -> Step:
    """A step whose parameters take the artefacts named in `inputs`."""
    return Step(function, tuple(inputs.items()), into, guards)


PERIOD = "period"
"""The artefact that everything begins with."""

LOOP: tuple[Step, ...] = (
    step(ingest, period="period", into="bronze", guards=True),
    step(validate, bronze="bronze", into="validation", guards=True),
    step(clean, bronze="bronze", validation="validation", into="silver"),
    step(build, silver="silver", into="gold"),
    step(predict, gold="gold", into="predictions"),
    step(monitor, gold="gold", predictions="predictions", into="monitoring"),
    step(decide, gold="gold", monitoring="monitoring", into="decision"),
    step(audit, gold="gold", decision="decision", into="audit"),
    step(train, gold="gold", decision="decision", audit="audit", into="candidate"),
    step(judge, candidate="candidate", into="verdict"),
    step(promote, verdict="verdict", into="promotion"),
    step(
        alert,
        gold="gold",
        monitoring="monitoring",
        decision="decision",
        verdict="verdict",
        promotion="promotion",
        into="alerting",
    ),
    step(
        report,
        monitoring="monitoring",
        decision="decision",
        candidate="candidate",
        verdict="verdict",
        promotion="promotion",
        into="report",
    ),
)

CROSS_VALIDATION = step(cross_validate, gold="gold", audit="audit", into="cross_validation")
"""Beside the loop: the training once per fold, for who asks; nothing of it is kept."""

FEATURE_COMPARISON = step(compare_features, gold="gold", audit="audit", into="feature_comparison")
"""Beside the loop: a fit without each group of features, for who asks; nothing of it is kept."""

PARAMETER_SEARCH = step(search_parameters, gold="gold", decision="decision", audit="audit", into="search")
"""Beside the loop: the search of a training that is due, ahead of it; the studies are kept."""


def step_named(name: str, flow: Sequence[Step] = LOOP) -> Step:
    """The step called `name`.

    Raises
    ------
    KeyError
        If there is none.
    """
    for candidate in flow:
        if candidate.name == name:
            return candidate
    raise KeyError(name)


def steps_through(last: Step, flow: Sequence[Step] = LOOP) -> tuple[Step, ...]:
    """The steps of the loop from the first one to `last`.

    Examples
    --------
    >>> [each.name for each in steps_through(step_named("clean"))]
    ['ingest', 'validate', 'clean']
    """
    return tuple(flow[: flow.index(last) + 1])


def steps_of_every_period(flow: Sequence[Step] = LOOP) -> tuple[Step, ...]:
    """The steps that no decision can leave out.

    Examples
    --------
    >>> [each.name for each in steps_of_every_period()][-3:]
    ['decide', 'alert', 'report']
    """
    sure, kept = {PERIOD}, []
    for arrow in flow:
        if all(arrow.optional(parameter) or artefact in sure for parameter, artefact in arrow.inputs):
            kept.append(arrow)
            if arrow.guards or not hasattr(arrow.makes, "proceeds"):
                sure.add(arrow.into)
    return tuple(kept)


def check_flow(flow: Sequence[Step], *, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What does not fit: an artefact nobody makes, a type that differs, a setting nobody gives.

    Parameters
    ----------
    flow
        The steps, in order.
    settings
        The type of every setting and port that a runner provides, by name.
    """
    made: dict[str, Any] = {PERIOD: Period}
    problems: list[str] = []
    for arrow in flow:
        problems += _check_step(arrow, made, settings)
        if arrow.into in made:
            problems.append(f"{arrow.name}: `{arrow.into}` is made twice")
        made[arrow.into] = arrow.makes
    return tuple(problems)


def _check_step(arrow: Step, made: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    hints = typing.get_type_hints(arrow.function, include_extras=True)
    problems = [
        f"{arrow.name}: `{parameter}` wants {hints.get(parameter)}, `{artefact}` is {made.get(artefact)}"
        for parameter, artefact in arrow.inputs
        if artefact not in made or made[artefact] not in _members(hints.get(parameter))
    ]
    for name in arrow.settings:
        if name not in settings:
            problems.append(f"{arrow.name}: nobody provides `{name}`")
        elif settings[name] != hints[name]:
            problems.append(f"{arrow.name}: `{name}` wants {hints[name]}, gets {settings[name]}")
    return problems


def _members(hint: Any) -> tuple[Any, ...]:
    """The types that an annotation allows."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return typing.get_args(hint)
    return (hint,)
