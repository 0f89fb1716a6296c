"""Every simulator by its name: what it simulates, and how its raw files are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tenure.simulate.houses import HouseMarket, write_houses
from tenure.simulate.numbers import NumberStream, write_numbers
from tenure.simulate.payday import write_payday
from tenure.simulate.payday_lender import PaydayLender
from tenure.simulate.project_files import Template, write_project_files
from tenure.simulate.scenarios import recession_scenario
from tenure.simulate.simulation import simulate
from tenure.simulate.truth import write_truth
from tenure.simulate.writing import write

PROJECT_FILE = "tenure.yaml"


@dataclass(frozen=True, slots=True)
class Simulator:
    """One world that can be simulated at its usual size."""

    words: str
    """What it simulates."""
    write: Callable[[Path, int], list[Path]]
    """Writes the raw files into a folder, by a seed, and gives their paths."""
    template: Template | None = None
    """The project files that go with it."""


def _write_lender(folder: Path, seed: int) -> list[Path]:
    scenario = recession_scenario(seed=seed)
    simulation = simulate(scenario.lender, events=scenario.events)
    return [*write(simulation, folder), write_truth(simulation, folder.parent)]


SIMULATORS: Mapping[str, Simulator] = MappingProxyType(
    {
        "lender": Simulator(
            "a lender of cash loans with a recession, a feed outage and a schema change, and the truth of it",
            _write_lender,
            "lender",
        ),
        "houses": Simulator(
            "listings of houses with Turkish names, dirty cells and three price classes",
            lambda folder, seed: [write_houses(HouseMarket(seed=seed), folder)],
            "houses",
        ),
        "numbers": Simulator(
            "one numeric column, one numeric target",
            lambda folder, seed: [write_numbers(NumberStream(seed=seed), folder)],
        ),
        "payday": Simulator(
            "a payday lender's loans, payments and reports on fraud, which join one to many",
            lambda folder, seed: write_payday(PaydayLender(seed=seed), folder),
        ),
    }
)


def write_world(name: str, folder: Path, *, seed: int) -> list[Path]:
    """The files of a simulated world, written: raw ones below ``data/``, and a project where it has one.

    Parameters
    ----------
    name
        One of `SIMULATORS`.
    folder
        The project's folder; made when absent. A project file that is there stays as it is.
    seed
        Another seed is another world.

    Raises
    ------
    KeyError
        If there is no such simulator.
    SimulationError
        If the folder holds the files of another simulation.
    """
    simulator = SIMULATORS[name]
    written = simulator.write(folder / "data", seed)
    if simulator.template is not None and not (folder / PROJECT_FILE).exists():
        written += write_project_files(folder, template=simulator.template)
    return written
