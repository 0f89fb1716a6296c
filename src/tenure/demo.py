"""The demo: a simulated lender, two years of it replayed, and whether what was planted was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tenure.domain.findings import Outcome
from tenure.domain.periods import Period
from tenure.domain.tables import FINDINGS
from tenure.ports import Progress, TableStore
from tenure.replay import backfill, plan
from tenure.running.runtime import Runtime, open_runtime
from tenure.simulate import (
    Planted,
    read_planted,
    recession_scenario,
    simulate,
    write,
    write_project_files,
    write_truth,
)

FIRST, LAST = date(2023, 1, 1), date(2024, 12, 1)
"""The two years that are replayed."""


OUTCOMES = "loan_ledger"
"""The source that holds outcomes only: what is planted there shows when labels mature."""
_ON_OUTCOMES = ("MON007", "MON008")


@dataclass(frozen=True, slots=True)
class Discovery:
    """Something that was planted, and the first finding that is about it."""

    planted: Planted
    found_in: date | None
    """None when nothing was found."""
    code: str
    message: str


def prepare_demo(folder: Path, *, n_customers: int, seed: int) -> None:
    """A project with the raw files of a simulated lender, and the truth beside them.

    Raises
    ------
    SimulationError
        If the folder holds the files of another simulation.
    """
    scenario = recession_scenario(n_customers_per_month=n_customers, seed=seed)
    simulation = simulate(scenario.lender, events=scenario.events)
    write(simulation, folder / "data")
    write_truth(simulation, folder)
    write_project_files(folder)


def open_demo(folder: Path, *, progress: Progress, jobs: int | None) -> Runtime:
    """The demo's project, opened."""
    return open_runtime(folder, progress=progress, jobs=jobs)


def replay_demo(runtime: Runtime) -> Iterator[tuple[Period, Mapping[str, Any]]]:
    """Each of the 24 periods that has not run yet, with the artefacts it made, as soon as it has."""
    yield from backfill(plan(FIRST, LAST, runtime=runtime), runtime=runtime)


def discoveries(folder: Path, *, store: TableStore) -> tuple[Discovery, ...]:
    """For everything that was planted, whether and when it was found."""
    rows = [row for row in store.read(FINDINGS).to_pylist() if row["outcome"] == Outcome.FOUND.value]
    ordered = sorted(rows, key=lambda row: (row["as_of"], row["code"], row["column"]))
    return tuple(_discover(planted, ordered) for planted in read_planted(folder))


def _discover(planted: Planted, findings: Sequence[Mapping[str, Any]]) -> Discovery:
    """The first finding from the start on that names a planted column, or the source for all of them."""
    for row in findings:
        if row["as_of"] >= planted.start and _is_about(planted, row):
            return Discovery(planted, row["as_of"], row["code"], row["message"])
    return Discovery(planted, None, "", "")


def _is_about(planted: Planted, row: Mapping[str, Any]) -> bool:
    """Whether a finding is about what was planted, by its source and columns.

    What was done to outcomes is found by whoever says that they are not what the scores said.
    """
    code, scope, column = (str(row[name]) for name in ("code", "scope", "column"))
    if planted.source == OUTCOMES:
        return code in _ON_OUTCOMES
    if not planted.columns:
        return scope == planted.source or column.startswith(f"{planted.source}_")
    names = {name for column in planted.columns for name in (column, f"{planted.source}_{column}")}
    return bool(names & {column, *str(row["message"]).split("`")})
