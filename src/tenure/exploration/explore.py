"""The shell: a folder or a project, explored source by source."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tenure.exploration.columns import summarise_columns
from tenure.exploration.keys import measure_joins, summarise_key
from tenure.exploration.readings import Reading, read_folder, read_project
from tenure.exploration.relating import relate
from tenure.exploration.summary import Exploration, Join, SourceSummary
from tenure.exploration.times import rows_by_period
from tenure.exploration.worries import by_weight, find_worries, join_worries
from tenure.ports import Engine, Progress
from tenure.project import Project


def explore_folder(folder: Path, *, engine: Engine, progress: Progress | None = None) -> Exploration:
    """What is in the raw files of a folder, read as a draft of them would.

    Parameters
    ----------
    folder
        CSV, Parquet and JSON-lines files, in it or in folders below it.
    engine
        What reads, counts and sorts.
    progress
        Who is told how far it is.

    Raises
    ------
    SourceError
        If the folder is none, or nothing in it can be read, with the reason for every file.
    """
    readings, left_out = read_folder(folder, engine=engine, progress=progress)
    sources, joins, n_left_out = _explored(readings, engine, progress)
    return Exploration(
        folder.resolve().name, str(folder), None, sources, joins, n_left_out, left_out=left_out
    )


def explore_project(
    project: Project,
    root: Path,
    *,
    as_of: date | None,
    engine: Engine,
    progress: Progress | None = None,
) -> Exploration:
    """What is in the sources of a project, read as its file says.

    Parameters
    ----------
    project
        What the project file says.
    root
        The folder that its paths start from.
    as_of
        The day: rows known by its end only, and what columns and features say of the labels known by
        then. When absent all rows are read, and nothing is said of the label.
    engine
        What reads, counts and sorts.
    progress
        Who is told how far it is.

    Raises
    ------
    SourceError
        If a file is missing or cannot be read.
    ProjectError
        If a query or a feature block does not fit the data.
    """
    readings = read_project(project.sources, root, as_of=as_of, engine=engine, progress=progress)
    sources, joins, n_left_out = _explored(readings, engine, progress)
    found = Exploration(project.project, str(root), as_of, sources, joins, n_left_out)
    if as_of is None:
        note = "give a day (--as-of) to see what each column says of the label, as known by then"
        return dataclasses.replace(found, notes=(note,))
    if progress is not None:
        progress.say("relating columns and features to the label")
    return relate(found, project, root, readings=readings, as_of=as_of, engine=engine)


def _explored(
    readings: Sequence[Reading], engine: Engine, progress: Progress | None
) -> tuple[tuple[SourceSummary, ...], tuple[Join, ...], int]:
    tracked = progress.track(readings, "counting", total=len(readings)) if progress else readings
    sources = [_source(reading, engine) for reading in tracked]
    joins, n_left_out = measure_joins(readings, engine=engine)
    return tuple(_with_joins(source, joins) for source in sources), joins, n_left_out


def _source(reading: Reading, engine: Engine) -> SourceSummary:
    columns, values = summarise_columns(reading, engine=engine)
    key = summarise_key(reading, engine=engine)
    periods = rows_by_period(reading, values, engine=engine)
    return SourceSummary(
        reading.name,
        reading.path,
        reading.look.n_rows,
        len(reading.look.raw.files),
        reading.look.step,
        columns,
        key,
        periods,
        reading.notes,
        find_worries(reading, columns, key, periods),
    )


def _with_joins(source: SourceSummary, joins: Sequence[Join]) -> SourceSummary:
    own = [join for join in joins if source.name in {join.left, join.right}]
    return dataclasses.replace(source, worries=by_weight([*source.worries, *join_worries(own, source.name)]))
