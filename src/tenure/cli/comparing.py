"""``tenure features``: whose features are worth having."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from tenure.cli.console import TerminalProgress, out, print_json, print_table
from tenure.cli.options import AsOfOption, JsonOption, ProjectOption, as_day
from tenure.cli.stages import run_beside
from tenure.domain.group_values import FeatureComparison, GroupValue, GroupVerdict
from tenure.flow import FEATURE_COMPARISON
from tenure.running.runtime import Runtime, open_runtime
from tenure.training.config import AlgorithmName, TuningMetric

features = typer.Typer(no_args_is_help=True, help="Whose features are worth having.")

_WORDS = {
    GroupVerdict.ADDS: "adds",
    GroupVerdict.LUCK: "adds nothing that can be told from luck",
    GroupVerdict.HARMS: "adds nothing: better without it",
    GroupVerdict.SOLE: "no feature that varies is left without it",
}
_COLUMNS = ("group", "features", "without it", "adds", "95 % interval", "which says")


@features.callback()
def _about() -> None:
    """Whose features are worth having."""


@features.command()
def compare(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    algorithm: Annotated[
        AlgorithmName | None,
        typer.Option("--algorithm", "-a", help="What is fitted; the champion's, or the project's first."),
    ] = None,
    metric: Annotated[
        TuningMetric | None,
        typer.Option("--metric", "-m", help="Compared in; `model.tuning.metric` if absent."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fit with and without each group of features, on the same rows, and say what each adds."""
    runtime = _asked_for(open_runtime(project, progress=TerminalProgress()), algorithm, metric)
    found: FeatureComparison = run_beside(FEATURE_COMPARISON, as_day(as_of), runtime=runtime)
    if json:
        value = TypeAdapter(FeatureComparison).dump_python(found, mode="json")
        for group, each in zip(value["groups"], found.groups, strict=True):
            group["verdict"] = each.verdict.value
        print_json(value)
        return
    print_table(headline(found), _COLUMNS, [cells(group) for group in found.groups])
    for line in remarks(found):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def headline(found: FeatureComparison) -> str:
    """What was measured, of what, on which rows."""
    folds = f" of {found.n_folds} folds" if found.n_folds > 1 else ""
    return (
        f"{found.metric} {found.value:.4f} with all {found.n_features} features, "
        f"on {found.n_test_rows:,} test rows{folds}; {found.algorithm}, parameters: {found.taken_from}"
    )


def cells(group: GroupValue) -> tuple[str, ...]:
    """The line of a group."""
    said = _WORDS[group.verdict]
    if group.without is None or group.adds is None:
        return (group.group, str(group.n_features), "", "", "", said)
    known = group.low is not None and group.high is not None
    interval = f"{group.low:+.4f} to {group.high:+.4f}" if known else "undefined"
    return (group.group, str(group.n_features), f"{group.without:.4f}", f"{group.adds:+.4f}", interval, said)


def remarks(found: FeatureComparison) -> tuple[str, ...]:
    """What a person must know before deciding by the table."""
    idle = [group.group for group in found.groups if group.verdict in {GroupVerdict.LUCK, GroupVerdict.HARMS}]
    if len(idle) < 2:
        return ()
    told = f"each is left out alone: of {', '.join(idle)}, two that say the same both look idle. "
    return (told + "Take one out and compare again.",)


def _asked_for(runtime: Runtime, algorithm: AlgorithmName | None, metric: TuningMetric | None) -> Runtime:
    """The same project with what the options say in the place of what its file says."""
    model = runtime.project.model
    if algorithm is not None:
        model = model.model_copy(update={"algorithms": (algorithm,)})
    if metric is not None:
        model = model.model_copy(update={"tuning": model.tuning.model_copy(update={"metric": metric})})
    return replace(runtime, project=runtime.project.model_copy(update={"model": model}))
