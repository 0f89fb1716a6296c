"""``tenure profile``: what is in a folder of raw files, or in the sources of a project."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from tenure.cli.console import TerminalProgress, out, print_json
from tenure.cli.options import JsonOption, as_day
from tenure.domain.wording import counted
from tenure.errors import ProjectError, SourceError, StoreError
from tenure.exploration import Exploration, explore_folder, explore_project
from tenure.exploration.worries import headline
from tenure.ports import Progress
from tenure.project import Project, SparkConfig, load_project
from tenure.project.loading import FILE_NAME
from tenure.render.exploration import index_headline, write_exploration
from tenure.stores.duckdb import DuckDBEngine

PlaceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER_OR_PROJECT",
        help="A folder of raw files, or a project file (or its folder).",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Where the pages go; `profile` here, or below the project's reports."
    ),
]
DayOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Of a project: rows and labels known by this day only."
    ),
]


def profile(
    place: PlaceArgument,
    out_folder: OutOption = None,
    as_of: DayOption = None,
    json: JsonOption = False,
) -> None:
    """Explore raw tables: one page per source, which says first what to worry about."""
    exploration, usual = _explored(place, as_day(as_of), TerminalProgress())
    written = _written(exploration, out_folder or usual)
    if json:
        print_json(exploration_as_json(exploration, written))
        return
    for line in exploration_lines(exploration, written):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def exploration_lines(exploration: Exploration, written: tuple[Path, ...]) -> list[str]:
    """What was found, a sentence per source, and where the pages are."""
    return [
        index_headline(exploration),
        *(f"  {source.name:<28} {headline(source)}" for source in exploration.sources),
        *(f"  left out: {each.file}: {each.why}" for each in exploration.left_out),
        f"wrote {written[0]} and {counted(len(written) - 1, 'page')} of sources",
    ]


def exploration_as_json(exploration: Exploration, written: tuple[Path, ...]) -> dict[str, Any]:
    """The whole exploration as one JSON value, with the pages that were written."""
    found: dict[str, Any] = TypeAdapter(Exploration).dump_python(exploration, mode="json")
    return {"written": [str(path) for path in written]} | found


def _explored(place: Path, as_of: date | None, progress: Progress) -> tuple[Exploration, Path]:
    """The exploration, and the folder where its pages usually go."""
    if place.suffix in {".yaml", ".yml"} or (place / FILE_NAME).is_file():
        project, root = load_project(place)
        engine = _reader(project)
        found = explore_project(project, root, as_of=as_of, engine=engine, progress=progress)
        return found, root / project.reports / "profile"
    if place.is_file():
        raise SourceError(
            f"{place} is a file, neither a project file nor a folder of raw files",
            hint=f"name the folder that it lies in: `tenure profile {place.parent}`.",
        )
    if as_of is not None:
        raise ProjectError(
            f"{place} has no {FILE_NAME}, so nothing says which rows were known by {as_of}",
            hint="leave --as-of away, or draft a project first: `tenure init my-project --from FOLDER`.",
        )
    engine = DuckDBEngine(threads=os.cpu_count() or 1)
    return explore_folder(place, engine=engine, progress=progress), Path("profile")


def _reader(project: Project) -> DuckDBEngine:
    """Raw files are looked at in this process, whatever engine the project runs on."""
    if isinstance(project.engine, SparkConfig):
        return DuckDBEngine(threads=os.cpu_count() or 1)
    return DuckDBEngine(threads=project.engine.threads, memory_limit=project.engine.memory_limit)


def _written(exploration: Exploration, folder: Path) -> tuple[Path, ...]:
    try:
        return write_exploration(exploration, folder)
    except OSError as error:
        raise StoreError(
            f"the pages cannot be written to {folder}: {error.strerror or error}",
            hint="name a folder that you may write to: --out DIR.",
        ) from error
