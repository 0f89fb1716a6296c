"""lender, events → raw, dirty CSV files and the truth behind them.

>>> from datetime import date
>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from tenure.simulate import Lender, Recession, simulate, write, write_truth
>>> lender = Lender(n_months=3, n_customers_per_month=20, n_follow_up_months=0)
>>> simulation = simulate(lender, events=[Recession(start=date(2022, 9, 1))])
>>> with TemporaryDirectory() as folder:
...     files = write(simulation, Path(folder))
...     truth = write_truth(simulation, Path(folder))
>>> files[0].name, truth.name
('attributes_2022-07.csv', 'truth.json')
"""

from tenure.simulate.catalogue import SIMULATORS, Simulator, write_world
from tenure.simulate.events import (
    Event,
    FeedOutage,
    LateRows,
    NewCategory,
    Planted,
    Recession,
    RenamedColumn,
    Shift,
    UnitChange,
)
from tenure.simulate.houses import HouseMarket, simulate_houses, write_houses
from tenure.simulate.lender import Lender
from tenure.simulate.numbers import NumberStream, simulate_numbers, write_numbers
from tenure.simulate.payday import PaydayBook, simulate_payday, write_payday
from tenure.simulate.payday_lender import PaydayLender
from tenure.simulate.project_files import write_project_files
from tenure.simulate.scenarios import Scenario, recession_scenario, stationary_scenario
from tenure.simulate.simulation import Simulation, simulate
from tenure.simulate.truth import read_planted, write_truth
from tenure.simulate.writing import write

__all__ = [
    "SIMULATORS",
    "Event",
    "FeedOutage",
    "HouseMarket",
    "LateRows",
    "Lender",
    "NewCategory",
    "NumberStream",
    "PaydayBook",
    "PaydayLender",
    "Planted",
    "Recession",
    "RenamedColumn",
    "Scenario",
    "Shift",
    "Simulation",
    "Simulator",
    "UnitChange",
    "read_planted",
    "recession_scenario",
    "simulate",
    "simulate_houses",
    "simulate_numbers",
    "simulate_payday",
    "stationary_scenario",
    "write",
    "write_houses",
    "write_numbers",
    "write_payday",
    "write_project_files",
    "write_truth",
    "write_world",
]
