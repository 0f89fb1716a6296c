"""``python -m tenure.serving.watcher``: ask the registry who is in office, and write it down.

The only process of a server that knows MLflow. When the registry does not answer, what it said last stays.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from tenure.domain.models import ModelVersion
from tenure.errors import TenureError
from tenure.ports import ModelRegistry
from tenure.project import load_project
from tenure.serving.office import Level, OfficeFile, Seat, read_office, write_office
from tenure.stores.mlflow import MlflowRegistry

_LOG = logging.getLogger("tenure.serving.watcher")


def watch_once(path: Path, *, registry: ModelRegistry, clock: Callable[[], float] = time.time) -> OfficeFile:
    """What the registry says, written to `path`; with what it said before where it cannot be asked.

    Parameters
    ----------
    path
        The office file.
    registry
        Whom to ask.
    clock
        Seconds since 1970.
    """
    before = read_office(path)
    try:
        office = OfficeFile(_seats(registry), clock())
    except Exception as error:  # noqa: BLE001 - whatever the registry is made of: what it said before holds
        said = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        _LOG.warning("the registry does not answer: %s", said)
        office = OfficeFile(before.seats, before.heard_at, said)
    if office.seats != before.seats:
        told = ", ".join(f"{seat.level}: version {seat.version}" for seat in office.seats) or "nobody"
        _LOG.info("in office: %s", told)
    write_office(office, path)
    return office


def main() -> None:
    """Ask every few seconds until the process that started this one is gone."""
    parser = argparse.ArgumentParser(prog="python -m tenure.serving.watcher", description=__doc__)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--office", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--parent", type=int, required=True, help="the process that started this one")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    project, root = load_project(options.project)
    registry = MlflowRegistry(project.project, root / project.models, project.tracking, project.artifacts)
    while os.getppid() == options.parent:
        watch_once(options.office, registry=registry)
        time.sleep(options.seconds)


def _seats(registry: ModelRegistry) -> tuple[Seat, ...]:
    asked = ((Level.PRODUCTION, registry.production()), (Level.STAGING, registry.staging()))
    return tuple(_seat(level, version, registry) for level, version in asked if version is not None)


def _seat(level: Level, version: ModelVersion, registry: ModelRegistry) -> Seat:
    try:
        folder = registry.bundle(version.version).resolve()
    except TenureError as error:
        _LOG.warning("version %s at %s has no bundle: %s", version.version, level, error.message)
        folder = None
    return Seat(level, version.version, version.bundle_sha256, folder)


if __name__ == "__main__":
    main()
