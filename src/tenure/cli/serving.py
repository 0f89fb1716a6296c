"""``tenure serve`` answers over HTTP, ``smoke`` asks whether it does. Imports no engine and no training."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import err, print_json, print_table
from tenure.cli.options import JsonOption, ProjectOption
from tenure.errors import ServingError

_NEEDED = ("fastapi", "uvicorn", "prometheus_client")

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, max=64, help="Processes that answer; default: project file.")
]


def serve(
    project: ProjectOption = Path(),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    workers: WorkersOption = None,
) -> None:
    """Answer over HTTP with the model in office, until interrupted."""
    _check_installed()
    from tenure.serving.supervisor import read_server  # noqa: PLC0415 - an extra
    from tenure.serving.supervisor import serve as serve_project  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings, _, _ = read_server(project, n_workers=workers)

    def started(address: str) -> None:
        told = f"{settings.project} on {address}, workers: {settings.n_workers}"
        err.print(told, markup=False, highlight=False, soft_wrap=True)

    serve_project(project, settings, host=host, port=port, started=started)


def smoke(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server, such as http://127.0.0.1:8000.")],
    version: Annotated[
        int | None, typer.Option("--version", help="The version that must be in office.")
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds for each answer.")] = 10.0,
    json: JsonOption = False,
) -> None:
    """Ask a server whether it answers as it should: exit code 0, 2 when not, 75 when it is not ready."""
    from tenure.serving.smoke import outcome, run_smoke  # noqa: PLC0415

    checks = run_smoke(url, version=version, timeout=timeout)
    if json:
        print_json(
            {"url": url, "passed": all(c.passed for c in checks), "checks": [c.as_json() for c in checks]}
        )
    else:
        rows = [(c.name, "passed" if c.passed else "FAILED", c.said) for c in checks]
        print_table(url, ("check", "outcome", "what was said"), rows)
    outcome(checks, url)


def _check_installed() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ServingError(
            f"serving needs the extra `serve`: {', '.join(missing)} is not installed",
            hint="`pip install 'tenure[serve]'`, or `make serve` in a checkout.",
        )
