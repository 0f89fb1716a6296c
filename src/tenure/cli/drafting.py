"""``tenure init``: a first project file from a folder of raw files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from tenure.cli.console import TerminalProgress, out, print_json
from tenure.cli.options import JsonOption
from tenure.drafting import Draft, draft_project, write_draft
from tenure.stores.duckdb import DuckDBEngine

TargetArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="The project's folder; made when absent.", show_default=False)
]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FOLDER", help="The folder of raw files; DIR/data, or DIR itself, if absent."
    ),
]


def init(target: TargetArgument, folder: FolderOption = None, json: JsonOption = False) -> None:
    """Draft a project: look at a folder of CSV, Parquet and JSON files, and write what was guessed."""
    engine = DuckDBEngine(threads=os.cpu_count() or 1)
    draft = draft_project(folder_of(target, folder), engine=engine, progress=TerminalProgress())
    written = write_draft(draft, target)
    if json:
        print_json(draft_as_json(draft, written))
        return
    for line in draft_lines(draft, written):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def folder_of(target: Path, folder: Path | None) -> Path:
    """The folder that is looked at: the one named, the project's ``data``, or the project itself."""
    if folder is not None:
        return folder
    return target / "data" if (target / "data").is_dir() else target


def draft_lines(draft: Draft, written: tuple[Path, ...]) -> list[str]:
    """What was written, what was guessed, and what is left to do."""
    sources = [
        f"  {source.name:<28} {source.look.n_rows:>12,} rows  {source.block.role:<9} {_keys(source.keys)}"
        for source in draft.sources
    ]
    left_out = [f"  left out: {each.file}: {each.why}" for each in draft.left_out]
    times = [f"  choose the time format of {source}.{column}" for source, column in draft.open_times]
    warnings = [f"  look at {warning}" for warning in draft.warnings]
    label = "check" if draft.label.column else "write"
    return [
        *(f"wrote {path}" for path in written),
        *sources,
        *left_out,
        "before the first run:",
        *times,
        *warnings,
        f"  {label} the label: {written[-1]}",
    ]


def draft_as_json(draft: Draft, written: tuple[Path, ...]) -> dict[str, Any]:
    """The same as one JSON value."""
    return {
        "written": [str(path) for path in written],
        "sources": [
            {
                "name": source.name,
                "path": source.path,
                "n_rows": source.look.n_rows,
                "role": str(source.block.role),
                "keys": list(source.keys),
                "event_time": source.key.event_time,
            }
            for source in draft.sources
        ],
        "population": draft.population.source if draft.population else None,
        "left_out": [{"file": each.file, "why": each.why} for each in draft.left_out],
        "choose_time_format": [f"{source}.{column}" for source, column in draft.open_times],
        "warnings": list(draft.warnings),
    }


def _keys(keys: tuple[str, ...]) -> str:
    return f"keys: {', '.join(keys)}" if keys else "NO KEY FOUND"
