"""A project's deployments: when its flows run, and who runs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import prefect
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

import tenure
from tenure.errors import ReplayError
from tenure.orchestration.cron import cron_of
from tenure.orchestration.prefect.flows import RETRAIN, resource, run_due, train_decided
from tenure.running.ledger import recorded_periods
from tenure.running.runtime import open_runtime

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment


@dataclass(frozen=True, slots=True)
class Deploying:
    """When a project runs under Prefect."""

    cron: str = ""
    """When the periods that are over are run; after each period, at `at`, when empty."""
    at: time = time(6)
    timezone: str = "UTC"
    first: date | None = None
    """The end of the first period, for a project of which none has run."""
    until: date | None = None
    """The end of the last period that is ever run by the schedule."""
    work_pool: str | None = None
    """Whose workers run it; the process that serves it, when None."""


def deployments(project: Path, *, deploying: Deploying) -> tuple[RunnerDeployment, RunnerDeployment]:
    """The deployments of a project: its periods by a schedule, and the training that a decision starts.

    Raises
    ------
    ReplayError
        If no period has run, and nobody says which is the first.
    """
    runtime = open_runtime(project)
    name, unit = runtime.project.project, runtime.project.period
    recorded = recorded_periods(store=runtime.store)
    end = recorded[-1] if recorded else deploying.first
    if end is None:
        raise ReplayError("no period has run yet", hint="say which one is the first: --first YYYY-MM-DD.")
    given: dict[str, Any] = {
        "tags": ["tenure", name],
        "concurrency_limit": 1,
        "work_pool_name": deploying.work_pool,
        "entrypoint_type": EntrypointType.MODULE_PATH,
        "version": tenure.__version__,
    }
    place = str(project.resolve())
    loop = run_due.to_deployment(
        name,
        schedule=Cron(deploying.cron or cron_of(end, unit, at=deploying.at), timezone=deploying.timezone),
        parameters={
            "project": place,
            "first": deploying.first,
            "until": deploying.until,
            "timezone": deploying.timezone,
        },
        **given,
    )
    training = train_decided.to_deployment(
        name, triggers=[training_trigger(name)], parameters={"project": place, "as_of": end}, **given
    )
    return cast("RunnerDeployment", loop), cast("RunnerDeployment", training)


def training_trigger(project: str) -> DeploymentEventTrigger:
    """What starts the training of a project: the event of its decision, with its period."""
    return DeploymentEventTrigger(
        name=f"{project}: a decision to retrain starts the training",
        expect={RETRAIN},
        match={"prefect.resource.id": resource(project)},
        parameters={"as_of": _from_event("as_of"), "decided_in": _from_event("run")},
    )


def serve_project(project: Path, *, deploying: Deploying) -> None:
    """Register both deployments, and run what they are asked for on this machine, one run at a time."""
    prefect.serve(*deployments(project, deploying=deploying), limit=1)


def register_project(project: Path, *, deploying: Deploying) -> tuple[str, ...]:
    """Register both deployments for the workers of a pool; their names."""
    made = deployments(project, deploying=deploying)
    for each in made:
        each.apply()
    return tuple(f"{each.flow_name}/{each.name}" for each in made)


def _from_event(name: str) -> dict[str, str]:
    """A parameter that comes out of the event's payload."""
    return {"__prefect_kind": "jinja", "template": f"{{{{ event.payload.{name} }}}}"}
