"""Where the real tables are, and what holds for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

_DATA_BESIDE_THE_PROJECT = Path(__file__).resolve().parents[2] / "shared" / "data"

# How long a test takes depends on what else the machine does: pytest's timeout is the limit, no deadline.
settings.register_profile("tenure", deadline=None, max_examples=50)
settings.load_profile("tenure")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for `shared_data`, so that ``-m "not data"`` leaves it out."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real tables; the test is skipped where they are not."""
    folder = Path(os.environ.get("TENURE_SHARED_DATA", _DATA_BESIDE_THE_PROJECT))
    if not folder.is_dir():
        pytest.skip(f"no real tables at {folder}: set TENURE_SHARED_DATA to their folder")
    return folder
