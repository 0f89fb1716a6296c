"""One step of one period: read its artefacts, run it, record what it made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenure.domain.periods import Period
from tenure.flow import Step
from tenure.running.ledger import save_artefact
from tenure.running.records import record
from tenure.running.runtime import Runtime


def run_step(step: Step, artefacts: Mapping[str, Any], *, period: Period, runtime: Runtime) -> Any:
    """The artefact that the step makes, recorded in the gold tables and in the ledger.

    Killed anywhere, the step can run again: what it wrote is replaced by the same.
    """
    circumstances = runtime.circumstances(step)
    artefact = call(step, artefacts, runtime=runtime)
    record(step.name, artefact, as_of=period.as_of, store=runtime.store)
    save_artefact(step, artefact, as_of=period.as_of, circumstances=circumstances, store=runtime.store)
    return artefact


def call(step: Step, artefacts: Mapping[str, Any], *, runtime: Runtime) -> Any:
    """What the step's function makes of its artefacts; nothing is recorded."""
    given = runtime.settings()
    arguments = [artefacts.get(artefact) for _, artefact in step.inputs]
    return step.function(*arguments, **{name: given[name] for name in step.settings})


def is_due(step: Step, artefacts: Mapping[str, Any]) -> bool:
    """Whether the step has what it takes: every artefact that it cannot do without, proceeding."""
    return all(
        step.optional(parameter) or _proceeds(artefacts.get(artefact)) for parameter, artefact in step.inputs
    )


def _proceeds(artefact: Any) -> bool:
    return artefact is not None and getattr(artefact, "proceeds", True)
