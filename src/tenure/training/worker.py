"""A tuning process: tasks come in on stdin, what happens goes out on stdout, one line of JSON each.

``python -m tenure.training.worker``. A fresh interpreter takes no lock, thread or open file of its
parent along. It ends when its stdin is closed, at once and whatever it is doing: so it does not outlive
a parent that was killed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import IO, Any

from tenure.errors import TenureError
from tenure.stats.evaluate import Outcomes
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.growth import Growth, Predict
from tenure.training.algorithms.space import Parameters
from tenure.training.algorithms.spaces import SPACES
from tenure.training.choosing import validation_score
from tenure.training.study import Objective, Report, StudyPlan, TrialResult, run_study
from tenure.training.task import Task, read_arrays, read_task, write_results

Send = Callable[[dict[str, Any]], None]

CARRIED_SHARE = 0.3
"""Of the estimators there may be: what the shortest booster of the spaces has, and every trial may grow."""


def run_task(task: Task, *, send: Send) -> tuple[TrialResult, ...]:
    """The completed trials of the task's study; each is sent as it comes."""
    results = []
    for result in run_study(study_plan(task), objective(task)):
        results.append(result)
        send({"algorithm": task.algorithm, "trial": result.number, "score": result.score})
    write_results(task.results, results)
    return tuple(results)


def study_plan(task: Task) -> StudyPlan:
    """What the task searches, and where it is written down."""
    return StudyPlan(
        name=task.algorithm,
        journal=task.journal,
        space=SPACES[task.algorithm],
        starts=task.starts,
        n_trials=task.n_trials,
        seconds=task.seconds,
        seed=task.seed,
        prune_after=round(CARRIED_SHARE * task.n_estimators) if task.pruning else None,
        workers=task.workers,
        database=task.database,
    )


def objective(task: Task) -> Objective:
    """Parameters → score on validation of a model fitted on train, reported after each chunk of it."""
    arrays = read_arrays(task.arrays, n_classes=task.n_classes)
    fit = FITS[task.algorithm]

    def score(predict: Predict) -> float:
        outcomes = Outcomes(arrays.validation_codes, predict(arrays.validation))
        return validation_score(outcomes, task.metric, task.threshold)

    def score_of(parameters: Parameters, report: Report) -> float:
        def watch(n_estimators: int, predict: Predict) -> None:
            report(n_estimators, score(predict))

        watched = watch if task.pruning else None
        growth = Growth(task.n_estimators, task.every, task.seed, watch=watched, device=task.device)
        return score(fit(arrays.sample, parameters, growth).probabilities)

    return score_of


def main() -> None:
    """Serve tasks until stdin is closed."""
    out = own_stdout()

    def send(event: dict[str, Any]) -> None:
        out.write(json.dumps(event) + "\n")
        out.flush()

    for line in lines_until_closed(sys.stdin):
        _serve(line, send)


def _serve(line: str, send: Send) -> None:
    task = read_task(line)
    try:
        results = run_task(task, send=send)
    except TenureError as error:
        send({"error": error.message, "hint": error.hint, "transient": error.transient})
    else:
        send({"done": task.algorithm, "seconds": sum(result.seconds for result in results)})


def own_stdout() -> IO[str]:
    """Our own way to the parent process; what libraries print goes to stderr from now on."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def lines_until_closed(source: IO[str]) -> Iterator[str]:
    """The lines of `source`, as they come; the process ends, at once, when `source` does."""
    lines: Queue[str] = Queue()

    def read() -> None:
        for line in source:
            lines.put(line)
        os._exit(0)  # the parent is done with us, or dead

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield lines.get()


if __name__ == "__main__":
    main()
