"""``tenure prefect``: a project's deployments, served by this process or given to the workers of a pool."""

from __future__ import annotations

import importlib.util
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import print_line, say
from tenure.cli.options import ProjectOption, as_day
from tenure.cli.scheduling import FirstOption, UntilOption
from tenure.errors import ReplayError

prefect = typer.Typer(no_args_is_help=True, help="Run the project under Prefect 3.")

AtOption = Annotated[
    datetime, typer.Option("--at", formats=["%H:%M"], help="When, on the day after each period.")
]
CronOption = Annotated[str, typer.Option("--cron", help="When, as a cron line of your own.")]
ZoneOption = Annotated[
    str, typer.Option("--timezone", help="Where that time is told, such as Europe/Berlin.")
]
_SIX = "06:00"


@prefect.callback()
def _about() -> None:
    """Run the project under Prefect 3."""


@prefect.command("serve")
def serve(
    project: ProjectOption = Path(),
    first: FirstOption = None,
    until: UntilOption = None,
    at: AtOption = _SIX,  # type: ignore[assignment] # read by the option
    cron: CronOption = "",
    timezone: ZoneOption = "UTC",
) -> None:
    """Register the project's deployments at PREFECT_API_URL and run them here, until ended."""
    _check_installed()
    from tenure.orchestration.prefect import Deploying, serve_project  # noqa: PLC0415 - an extra, and slow

    deploying = Deploying(cron, _time(at), timezone, as_day(first), as_day(until))
    say("the loop by its schedule, the training when it was decided; until interrupted")
    serve_project(project, deploying=deploying)


@prefect.command("deploy")
def deploy(
    pool: Annotated[str, typer.Option("--pool", help="The work pool whose workers run it.")],
    project: ProjectOption = Path(),
    first: FirstOption = None,
    until: UntilOption = None,
    at: AtOption = _SIX,  # type: ignore[assignment] # read by the option
    cron: CronOption = "",
    timezone: ZoneOption = "UTC",
) -> None:
    """Register the project's deployments for the workers of a pool that have this package."""
    _check_installed()
    from tenure.orchestration.prefect import Deploying, register_project  # noqa: PLC0415 - as above

    deploying = Deploying(cron, _time(at), timezone, as_day(first), as_day(until), pool)
    for name in register_project(project, deploying=deploying):
        print_line(name)


def _time(at: datetime) -> time:
    return at.time()


def _check_installed() -> None:
    if importlib.util.find_spec("prefect") is None:
        raise ReplayError(
            "this needs the extra `prefect`: prefect is not installed",
            hint="`pip install 'tenure[prefect]'`; `tenure schedule` needs nothing.",
        )
