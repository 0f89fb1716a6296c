"""A store, a registry, and the tables of a lender in them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tenure.stores.delta import DeltaStore
from tenure.stores.memory import MemoryRegistry


def _module(path: Path):
    """The generator beside this file, once for all folders of tests that use it."""
    name = "lenders_datamart"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def datamart():
    return _module(Path(__file__).parent / "datamart.py")


@pytest.fixture(scope="session")
def lend(datamart, tmp_path_factory):
    """Write the tables of a lender and give them."""

    def make(**settings):
        root = tmp_path_factory.mktemp("lender")
        registry = MemoryRegistry("cash-loans", root / "registry")
        made = datamart.Datamart(datamart.Lender(**settings), DeltaStore(root / "datamart"), registry, root)
        made.write()
        return made

    return make


@pytest.fixture(scope="session")
def recession(lend):
    """24 periods: nobody for nine, version 1, a recession, a refusal, version 2."""
    return lend()
