"""A small lender whose first period can train, and what its tables hold."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tenure.domain.tables import NOTIFICATIONS, RUNS
from tenure.simulate import Lender, simulate, write, write_project_files
from tenure.stores.delta import DeltaStore


def make_project(folder: Path, *, n_months: int) -> Path:
    """A lender with loans from July 2022; June 2023 is the first month with labels enough."""
    lender = Lender(
        n_months=n_months, n_customers_per_month=80, n_click_features=2, n_follow_up_months=0, seed=4
    )
    write(simulate(lender), folder / "data")
    write_project_files(folder)
    file = folder / "tenure.yaml"
    project = yaml.safe_load(file.read_text())
    project["model"] |= {"algorithms": ["decision_tree"], "tuning": {"trials": 2}, "min_labels": 100}
    project["retrain"] = {"min_labels": 100, "every_periods": 2, "cooldown_periods": 1}
    project["gate"] = {"minimum": {"roc_auc": 0.5}, "min_rows": 30, "latency_ms": None}
    columns = project["sources"]["clickstream"]["columns"]
    project["sources"]["clickstream"]["columns"] = {n: r for n, r in columns.items() if n in {"fe_1", "fe_2"}}
    file.write_text(yaml.safe_dump(project))
    return folder


def hashes(folder: Path) -> dict[str, str]:
    """The content of every table but of those that say who ran what, and what was sent."""
    store = DeltaStore(folder / "datamart")
    told = {RUNS, NOTIFICATIONS}
    return {table: store.content_hash(table) for table in store.tables() if table not in told}


@pytest.fixture(scope="session")
def lender_of():
    """Makes a project with loans of so many months."""
    return make_project


@pytest.fixture(scope="session")
def content():
    """The hash of every table that does not depend on who ran it."""
    return hashes
