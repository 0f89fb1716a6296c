"""What the tables of a project hold, whoever ran it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenure.domain.tables import NOTIFICATIONS, RUNS
from tenure.stores.delta import DeltaStore


def hashes(folder: Path) -> dict[str, str]:
    """The content of every table but of those that say who ran what, and what was sent."""
    store = DeltaStore(folder / "datamart")
    told = {RUNS, NOTIFICATIONS}
    return {table: store.content_hash(table) for table in store.tables() if table not in told}


@pytest.fixture(scope="session")
def content():
    """The hash of every table that does not depend on who ran it."""
    return hashes
