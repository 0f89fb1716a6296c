"""``tenure serve`` answers over HTTP, ``smoke`` asks whether it does, ``materialise`` fills its features."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import TerminalProgress, err, out, print_json, print_table
from tenure.cli.options import AsOfOption, JsonOption, ProjectOption, as_day
from tenure.cli.stages import resolve_as_of
from tenure.domain.artefacts import Gold
from tenure.errors import ReplayError, ServingError
from tenure.features import materialise as materialise_features
from tenure.running.ledger import load_artefacts
from tenure.running.runtime import open_runtime

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


def materialise(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Fill the online store anew from gold, as known at the end of a period: after a loss, or a rollback."""
    runtime = open_runtime(project, progress=TerminalProgress())
    if runtime.online is None:
        raise ServingError(
            "this project has no online store", hint="`serve: {features: online}` in the project file."
        )
    day = resolve_as_of(as_day(as_of), runtime=runtime)
    gold = load_artefacts(day, store=runtime.store).get("gold")
    if not isinstance(gold, Gold):
        raise ReplayError(
            f"the features of {day} have not been built",
            hint=f"`tenure build --as-of {day}`, which fills it.",
        )
    n_entities = materialise_features(
        day, keys=gold.keys, store=runtime.store, engine=runtime.engine, online=runtime.online
    )
    if json:
        print_json({"as_of": str(day), "n_entities": n_entities})
    else:
        out.print(f"{n_entities:,} entities as of {day}", markup=False, highlight=False)


def _check_installed() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ServingError(
            f"serving needs the extra `serve`: {', '.join(missing)} is not installed",
            hint="`pip install 'tenure[serve]'`, or `make serve` in a checkout.",
        )
