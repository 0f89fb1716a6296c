"""``tenure simulate``: raw files of a world whose truth is known, to try things on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import out, print_json, print_table
from tenure.cli.options import JsonOption
from tenure.simulate import SIMULATORS, write_world

SimulatorName = StrEnum("SimulatorName", [(name, name) for name in SIMULATORS])  # type: ignore[misc]

NameArgument = Annotated[
    SimulatorName | None, typer.Argument(metavar="NAME", help="What to simulate; the list if absent.")
]
PlaceArgument = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="The project's folder; NAME if absent.")
]


def simulate(
    name: NameArgument = None,
    folder: PlaceArgument = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed is another world.")] = 0,
    json: JsonOption = False,
) -> None:
    """Write simulated raw files below DIR/data, with a project where one is made for it, or list them."""
    if name is None:
        _list(json=json)
        return
    written = [str(path) for path in write_world(name, folder or Path(name), seed=seed)]
    if json:
        print_json(written)
        return
    for path in written:
        out.print(path, markup=False, highlight=False, soft_wrap=True)


def _list(*, json: bool) -> None:
    rows = [(name, simulator.words) for name, simulator in SIMULATORS.items()]
    if json:
        print_json(dict(rows))
        return
    print_table("what can be simulated", ("name", "what it is"), rows)
