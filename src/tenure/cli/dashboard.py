"""``tenure dashboard`` shows a project's gold tables in a browser."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import err
from tenure.cli.options import ProjectOption
from tenure.cli.serving import HostOption
from tenure.errors import DashboardError
from tenure.project import load_project

_NEEDED = ("streamlit", "altair")

PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port.")]


def dashboard(
    project: ProjectOption = Path(),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8501,
) -> None:
    """Show who is in office, how it does and what is wrong, in a browser, until interrupted."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise DashboardError(
            f"the dashboard needs the extra `dashboard`: {', '.join(missing)} is not installed",
            hint="`pip install 'tenure[dashboard]'`, or `make dashboard` in a checkout.",
        )
    from tenure.dashboard.server import serve  # noqa: PLC0415 - an extra

    opened, _ = load_project(project)
    err.print(f"{opened.project} on http://{host}:{port}", markup=False, highlight=False, soft_wrap=True)
    serve(project, host=host, port=port)
