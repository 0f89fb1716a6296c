"""The loop as a DAG of Airflow: a file for its folder of DAGs, made from the table in `tenure.flow`.

Airflow lives in an environment of its own, in which there is no Tenure to import. So the DAG is written, not
imported: it carries the steps as data, and each task calls the command line in the project's environment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.tables import (
    DECISIONS,
    FEATURES,
    FINDINGS,
    INCIDENTS,
    LABELS,
    MONITORING,
    PREDICTIONS,
    RUNS,
)
from tenure.errors import ReplayError
from tenure.flow import LOOP
from tenure.orchestration.cron import cron_of
from tenure.project import Project
from tenure.training import train

ANNOUNCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "build": (FEATURES, LABELS),
        "predict": (PREDICTIONS,),
        "monitor": (MONITORING,),
        "alert": (INCIDENTS,),
        "report": (DECISIONS, FINDINGS, RUNS),
    }
)
"""The tables that are whole for the period after a step: each once, after whoever writes it last."""


@dataclass(frozen=True, slots=True)
class Dag:
    """What the file says: a project, its steps, and when its periods run."""

    project: str
    folder: Path
    """Of the project file."""
    command: str
    """What is called for each step, with its own arguments in front."""
    unit: PeriodUnit
    first: date
    """The end of the first period."""
    last: date | None
    """The end of the last one; None is no end."""
    at: time
    """When on the day after a period's end it runs, in UTC."""
    algorithms: tuple[str, ...]
    """What is searched side by side before a training."""

    @property
    def id(self) -> str:
        """Its name in Airflow."""
        return f"tenure_{self.project.replace('-', '_')}"

    @property
    def cron(self) -> str:
        """When an interval ends and the next one begins."""
        return cron_of(self.first, self.unit, at=self.at)

    @property
    def start(self) -> datetime:
        """The first moment of the first interval."""
        return self._interval_start(self.first)

    @property
    def end(self) -> datetime | None:
        """The first moment of the last interval; None is no end."""
        return None if self.last is None else self._interval_start(self.last)

    @property
    def steps(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every step of the loop, in its order, with the tables that are whole after it."""
        return tuple((step.name, ANNOUNCES.get(step.name, ())) for step in LOOP)

    def _interval_start(self, as_of: date) -> datetime:
        return datetime.combine(Period(as_of, self.unit).start + timedelta(days=1), self.at)


def dag_of(
    project: Project, *, folder: Path, command: str, first: date, last: date | None, at: time = time.min
) -> Dag:
    """The DAG of a project.

    Parameters
    ----------
    project
        What its file says.
    folder
        Where that file is.
    command
        What is called for each step.
    first, last
        The ends of the first and of the last period; None is no end.
    at
        When on the day after a period's end it runs, in UTC.

    Raises
    ------
    ReplayError
        If a period cannot end on `first`, or the last one ends before it.
    """
    if last is not None and last < first:
        raise ReplayError(
            f"the last period would end ({last}) before the first one ({first})",
            hint="give --from the earlier date and --to the later one.",
        )
    Period(first, project.period)
    names = tuple(name.value for name in project.model.algorithms)
    return Dag(project.project, folder.resolve(), command, project.period, first, last, at, names)


def dag_text(dag: Dag) -> str:
    """The file: Python that Airflow reads; the same DAG gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("tenure.orchestration", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Python, not HTML: every value goes in as a literal
        variable_start_string="<<",
        variable_end_string=">>",
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["literal"] = _literal
    template = environment.get_template("airflow_dag.py.j2")
    return template.render(dag=dag, searched_for=train.__name__)


def _literal(value: Any) -> str:
    """The value as a formatter writes it: texts in double quotes, tuples of them on one line."""
    if isinstance(value, tuple):
        inner = ", ".join(map(_literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return "None" if value is None else json.dumps(str(value), ensure_ascii=False)


def write_dag(dag: Dag, folder: Path) -> Path:
    """Write the DAG's file into Airflow's folder of DAGs; one that says the same stays untouched."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dag.id}.py"
    text = dag_text(dag)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        draft = path.with_suffix(".part")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    return path
