"""A simulated lender's project in a folder: ``lender.py FOLDER CUSTOMERS_PER_MONTH N_MONTHS``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tenure.simulate import Lender, simulate, write, write_project_files


def write_lender(folder: Path, *, n_customers_per_month: int, n_months: int) -> dict[str, int]:
    """The raw rows of each source, written with the project that reads them."""
    lender = Lender(n_months=n_months, n_customers_per_month=n_customers_per_month, n_follow_up_months=0)
    simulation = simulate(lender)
    write(simulation, folder / "data")
    write_project_files(folder)
    return {name: rows.num_rows for name, rows in simulation.tables.items()}


if __name__ == "__main__":
    target, customers, months = sys.argv[1:]
    rows = write_lender(Path(target), n_customers_per_month=int(customers), n_months=int(months))
    json.dump(rows, sys.stdout)
