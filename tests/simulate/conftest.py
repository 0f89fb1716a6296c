"""Lenders that several tests look at, and how they read dirty cells."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from tenure.simulate import Lender, Simulation, simulate

CALM = Lender(n_months=24, n_customers_per_month=300, seed=11)
SPOTLESS = Lender(n_months=24, n_customers_per_month=300, dirt_share=0.0, seed=11)


@pytest.fixture(scope="session")
def calm() -> Simulation:
    """A lender to whom nothing happens."""
    return simulate(CALM)


@pytest.fixture(scope="session")
def spotless() -> Simulation:
    """The same lender without dirt."""
    return simulate(SPOTLESS)


@pytest.fixture(scope="session")
def frames() -> Callable[[Simulation], dict[str, pd.DataFrame]]:
    """Tables as pandas frames, with snapshots as timestamps."""

    def read(simulation: Simulation) -> dict[str, pd.DataFrame]:
        tables = {name: table.to_pandas() for name, table in simulation.tables.items()}
        for table in tables.values():
            table["snapshot_date"] = pd.to_datetime(table["snapshot_date"])
        return tables

    return read
