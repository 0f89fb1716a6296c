"""``tenure tune``: the search of one algorithm, ahead of a training that is due."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from tenure.cli.console import TerminalProgress, err, out, print_json
from tenure.cli.options import AsOfOption, JobsOption, JsonOption, ProjectOption, as_day
from tenure.cli.stages import resolve_as_of
from tenure.domain.models import Search
from tenure.domain.wording import counted
from tenure.running.period import open_period, search_ahead
from tenure.running.runtime import open_runtime
from tenure.training.config import AlgorithmName

AlgorithmOption = Annotated[
    AlgorithmName, typer.Option("--algorithm", help="Whose parameters are searched.", show_default=False)
]


def tune(
    algorithm: AlgorithmOption,
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Search one algorithm's parameters, if a training is due; `train` then need not search them again."""
    runtime = open_runtime(project, progress=TerminalProgress(), jobs=jobs)
    period = open_period(resolve_as_of(as_day(as_of), runtime=runtime), runtime=runtime)
    searched = search_ahead(algorithm, period, runtime=runtime)
    if json:
        print_json(TypeAdapter(Search | None).dump_python(searched, mode="json"))
    elif searched is None:
        err.print(f"{period}  no training is due", markup=False, highlight=False)
    else:
        out.print(search_line(searched), markup=False, highlight=False, soft_wrap=True)


def search_line(searched: Search) -> str:
    """What was searched, in one line.

    Examples
    --------
    >>> from datetime import date
    >>> from tenure.domain.models import Searched
    >>> search_line(Search(date(2024, 5, 1), "roc_auc", (Searched("xgboost", 20, 0.7912),)))
    'xgboost: 20 trials, roc_auc 0.7912 on validation'
    """
    told = (
        f"{each.algorithm}: {counted(each.n_trials, 'trial')}, "
        f"{searched.metric} {abs(each.score):.4f} on validation"
        for each in searched.algorithms
    )
    return "; ".join(told)
