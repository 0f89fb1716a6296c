"""A step of the loop as a task of Prefect, with what it made as an artifact."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from prefect import Task, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from tenure.errors import TenureError
from tenure.flow import LOOP, Step
from tenure.orchestration.steps import StepProcess
from tenure.orchestration.told import tell_artefact

RETRY_SECONDS = (5.0, 60.0, 300.0)
"""The pauses before a task is tried again."""


def may_be_tried_again(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a task failed of something that a retry may mend: the error says so."""
    return isinstance(state.data, TenureError) and state.data.transient


def step_task(step: Step) -> Task[..., Any]:
    """The task that runs a step and shows what it made."""

    def run(process: StepProcess, project: str, as_of: date) -> Any:
        made = process.run(step, as_of, say=get_run_logger().info)
        if made is not None:
            show(step, made, project=project, as_of=as_of)
        return made

    return task(
        name=step.name,
        description=(step.function.__doc__ or "").strip().splitlines()[0],
        task_run_name=f"{step.name} {{as_of}}",
        retries=len(RETRY_SECONDS),
        retry_delay_seconds=list(RETRY_SECONDS),
        retry_condition_fn=may_be_tried_again,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(run)


TASKS = {step.name: step_task(step) for step in LOOP}
"""One task per step of the loop, in its order."""


def show(step: Step, made: Any, *, project: str, as_of: date) -> None:
    """Keep what a step made as an artifact: a table, or a sentence where there are no rows."""
    told = tell_artefact(made)
    key = re.sub(r"[^a-z0-9]+", "-", f"{project}-{step.name}".lower())
    about = f"`{step.name}` of {as_of}: {told.sentence}"
    if told.rows:
        columns = list(dict.fromkeys(name for row in told.rows for name in row))
        create_table_artifact([{name: row.get(name) for name in columns} for row in told.rows], key, about)
    else:
        create_markdown_artifact(about, key, about)
