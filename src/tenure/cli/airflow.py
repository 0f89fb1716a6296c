"""``tenure airflow``: the project's loop as a DAG of Airflow."""

from __future__ import annotations

import shlex
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import err, out
from tenure.cli.options import ProjectOption, as_day
from tenure.errors import ReplayError
from tenure.orchestration.airflow import Dag, dag_of, write_dag
from tenure.running.ledger import recorded_periods
from tenure.running.runtime import open_runtime

FolderOption = Annotated[
    Path, typer.Option("--write", metavar="DIR", help="Airflow's folder of DAGs.", show_default=False)
]
FirstOption = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d"], help="End of the first period; of the first that ran if absent."
    ),
]
LastOption = Annotated[
    datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], help="End of the last period; none if absent."),
]
AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        formats=["%H:%M"],
        help="When on the day after a period's end it runs, in UTC; 00:00 if absent.",
    ),
]
CommandOption = Annotated[
    str | None,
    typer.Option(
        "--command", help="How a task calls Tenure; this one if absent, TENURE_COMMAND before both."
    ),
]


def airflow(
    write: FolderOption,
    project: ProjectOption = Path(),
    first: FirstOption = None,
    last: LastOption = None,
    at: AtOption = None,
    command: CommandOption = None,
) -> None:
    """Write the DAG of Airflow: one task per step, a run per period. Written again, it is the same."""
    runtime = open_runtime(project)
    recorded = recorded_periods(store=runtime.store)
    begin = as_day(first) or (recorded[0] if recorded else None)
    if begin is None:
        raise ReplayError(
            "no period has run yet: the schedule does not know where to begin",
            hint="say where the first one ends: --from YYYY-MM-DD.",
        )
    dag = dag_of(
        runtime.project,
        folder=runtime.root,
        command=command or this_command(),
        first=begin,
        last=as_day(last),
        at=at.time() if at else time.min,
    )
    path = write_dag(dag, write)
    out.print(str(path), markup=False, highlight=False, soft_wrap=True)
    err.print(backfill_line(dag, begin), markup=False, highlight=False, soft_wrap=True)


def this_command() -> str:
    """How this very installation is called.

    Examples
    --------
    >>> this_command().endswith("-m tenure")
    True
    """
    return shlex.join([sys.executable, "-m", "tenure"])


def backfill_line(dag: Dag, first: date) -> str:
    """How the past is filled in: of each period Airflow wants to know the first day."""
    begin, end = dag.start.date(), dag.end.date() if dag.end else "YYYY-MM-DD"
    return (
        f"Airflow knows a period by its first day: {begin} for the one that ends at {first}. To fill in:\n"
        f"airflow backfill create --dag-id {dag.id} --from-date {begin} --to-date {end} "
        "--max-active-runs 1 --reprocess-behavior failed"
    )
