"""Readers of the documentation: what they type, and the small projects that they type it in."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

# Modules of this folder, for its tests and for each other.
for _name in (
    "reading",
    "loans",
    "world",
    "scenarios",
):
    _spec = importlib.util.spec_from_file_location(
        f"tenure_docs_{_name}", Path(__file__).with_name(f"{_name}.py")
    )
    sys.modules[_spec.name] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_spec.name])

from tenure_docs_world import World  # noqa: E402 - made above


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[World]:
    """An empty folder to type in."""
    for name in ("TENURE_DEBUG", "TENURE_PROJECT", "TENURE_ALERTS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    made = World(tmp_path, request.getfixturevalue)
    yield made
    made.close()


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A project whose periods from 2024-05-01 to 2024-07-01 have run, under a name; made once."""
    made: dict[str, Path] = {}

    def give(world: World, name: str, **changes: Any) -> Path:
        kind = repr(sorted(changes.items()))
        if kind not in made:
            base = World(tmp_path_factory.mktemp("replayed"))
            made[kind] = base.project("project", date(2023, 12, 1), date(2024, 7, 1), **changes)
            span = ("--from", "2024-05-01", "--to", "2024-07-01", "--jobs", "1")
            assert base.tenure("backfill", "-p", "project", *span) == 0, base.said
        return Path(shutil.copytree(made[kind], world.folder / name))

    return give
