"""The tables of a lender, written as the runner writes them, and a report of each period."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tenure.stores.memory import MemoryRegistry

HERE = Path(__file__).parent


def _beside(name: str):
    """A module of this folder, loaded once for all folders of tests that use it."""
    known = f"tenure_tests_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@pytest.fixture(scope="session")
def datamart():
    """The generator of tables."""
    return _beside("datamart")


@pytest.fixture(scope="session")
def tables():
    """Tables in memory, none written."""
    return _beside("tables").Tables


@pytest.fixture(scope="session")
def lend(datamart, tmp_path_factory):
    """Write the tables of a lender and give them; in memory, unless a store is given."""

    def make(store=None, **settings):
        root = tmp_path_factory.mktemp("lender")
        tables = store if store is not None else _beside("tables").Tables()
        registry = MemoryRegistry("cash-loans", root / "registry")
        made = datamart.Datamart(datamart.Lender(**settings), tables, registry, root / "bundles")
        made.write()
        return made

    return make


@pytest.fixture(scope="session")
def recession(lend):
    """24 periods: nobody for nine, version 1, a recession, version 2 refused, version 3."""
    return lend()
