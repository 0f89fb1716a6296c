from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tenure.running.runtime import Runtime, open_runtime

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def open_example(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Runtime]:
    """A project file of an example, opened in a folder of its own."""
    monkeypatch.setenv("TENURE_SHARED_DATA", str(shared_data))

    def opened(file: str) -> Runtime:
        source = EXAMPLES / file
        shutil.copytree(source.parent, tmp_path / source.parent.name, dirs_exist_ok=True)
        return open_runtime(tmp_path / file, jobs=2)

    return opened
